"""How we reach a Kafka broker: connection, security, administration, reading, transactions."""
