"""The whole pipeline under every fault, simulated: one seed is one schedule, and repeats it to the letter.

Real are the fold, `Partitions`, `Store`, `GroupCommit`, the checkpointer, the watchdogs, redis-py and its connections,
and the Lua scripts. Simulated are time, the network, Redis, the log, the consumer group, the end of processes, and the
operator, who comes where a worker ends with 1.

    python -m tests.simulation --schedules 10000
    python -m tests.simulation --seed 7
"""
