"""Two builds at once on one Kafka and one Redis, under load: `python -m tests.rolling CLONE`."""
