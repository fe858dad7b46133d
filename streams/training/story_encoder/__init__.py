"""Train the encoder of the accurate story vectors."""
