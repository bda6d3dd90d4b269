"""Long runs with real faults: `python -m tests.soak hours`, `kills`, `takeover` and `recovery`.

All four have one rig (a real Kafka, a real Valkey that keeps its append-only file, `svartid worker` processes that are
started again as a cluster would) and one stream of events. What a run does to it is drawn from a seed that is printed;
when it strikes depends on the machine. Linux only: where a kill struck is read from `/proc`.
"""
