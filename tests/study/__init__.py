"""A study of the alerts over simulated days: how soon, how often for nothing, and how early drift was seen.

    python -m tests.study          (make study)

The verdicts are svartid's own, of the snapshot that it would have published; what is true is counted by the oracle,
from the simulator's events alone (tests/truth.py).
"""
