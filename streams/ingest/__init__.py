"""From Kafka into Redis: batches through Faust, folded, committed with their offset in one atomic step.

The only place that knows Faust and aiokafka's consumer, and the only one that writes state. May import: the core,
settings, clock.
"""
