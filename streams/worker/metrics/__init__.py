"""What a worker counts about itself. `definitions` has every metric, and needs neither Kafka nor Faust."""
