"""Where events come from: a simulated contact centre, queueing formulas to hold it against, and sending to Kafka.

`simulator.events` yields what a day brings, `records.records` what goes on the wire; `feed` sends that at the pace of a
clock, and `ndjson` checks and sends other people's events. May import: streams.core, settings, clock, kafka, config.
"""
