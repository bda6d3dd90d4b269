"""How many examples Hypothesis tries: as many as a test says, or one in so many where a run is to be quick."""

import os

FEWER = int(os.environ.get("SVARTID_FEWER_EXAMPLES", "1"))


def examples(n: int) -> int:
    """So many, or fewer; never less than ten."""
    return max(min(n, 10), n // FEWER)
