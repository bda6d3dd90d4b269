"""A study of the alerts over simulated days: how soon, how often for nothing, and how early drift was seen.

    python -m tests.study          (make study)

Every rule is evaluated by a real Prometheus over what it would have scraped of svartid; what is true is counted by
the oracle, from the simulator's events alone (tests/truth.py).
"""
