"""How we reach a Kafka broker: connections, security, administration, reading, transactions."""
