"""Runs that end: replay dead letters, relabel articles."""
