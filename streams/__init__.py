"""Wireroom: a Kafka topic of raw news articles becomes clean, tagged and labelled ones, exactly once."""

__version__ = "0.1.0"
