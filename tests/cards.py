"""Which cards tests go by: those of a year where no other is said, or two that meet at a New Year in Oslo."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import config
from config import Centre, Texts

YEAR = 2026
DAY = date(YEAR, 1, 1)
NEW_YEAR_MS = 1_798_758_000_000  # 2026-12-31T23:00:00Z: midnight in Oslo
OLD, NEW = 420_000, 390_000  # ms: what the first target promises by the one card, and by the other
OPEN = "Mon-Sun 00:00-24:00"

Edit = Callable[[str], str]


def texts(targets: Edit = str, queues: Edit = str) -> Texts:
    """The project's own configuration, without what is promised of days: by a card of 2026, and one of 2027, which
    promises a shorter mean.
    """
    own = Path(config.__file__).parent
    of_windows, _, _ = (own / "targets.toml").read_text().partition("\n# What is promised of days")
    head, *tables = of_windows.split("[[targets]]")
    of_2026 = "".join(f"[[targets]]{table}" for table in tables if 'card = "2025"' in table).replace('"2025"', '"2026"')
    of_2027 = of_2026.replace('"2026"', '"2027"').replace('at_most = "7m"', 'at_most = "390s"')
    head = head.replace('"2025" = { label', '"2026" = { label').replace("from = 2025-01-01", "until = 2026-12-31")
    head = re.sub(r'"older" = .*\n', '"2027" = { label = "That of 2027", from = 2027-01-01 }\n', head)
    return {
        "queues.toml": queues((own / "queues.toml").read_text()),
        "targets.toml": targets(f"{head}{of_2026}\n{of_2027}"),
    }


def two_cards(targets: Edit = str, queues: Edit = str) -> Centre:
    """The centre of those."""
    return config.centre_of(texts(targets, queues), "two cards")


def always_open(text: str) -> str:
    """The queues' file, of channels that never close and have no holidays."""
    return re.sub(r"Mon-Fri [0-9:-]+", OPEN, text.replace('holidays = "NO"\n', ""))


def split(text: str) -> str:
    """The targets' file, whose first target of 2026 is a minute stricter from the first of July on."""
    table = text.split("[[targets]]")[1].rstrip()
    stricter = table.replace('at_most = "7m"', 'at_most = "6m"')
    both = f"{table}\nuntil = 2026-06-30\n\n[[targets]]{stricter}\nfrom = 2026-07-01"
    return text.replace(table, both, 1)
