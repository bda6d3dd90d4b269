"""`python -m tests.kinds.table`: writes the rows into the table of streams/MEASURES.md."""

import re
from pathlib import Path
from typing import Final

from tests.kinds.kinds import KINDS

PAGE: Final = Path(__file__).parents[2] / "streams" / "MEASURES.md"
_HEAD: Final = "| kind | what the source does | what is right (edition 5) |\n|---|---|---|\n"


def table() -> str:
    """All rows."""
    return _HEAD + "".join(f"| {kind.name} | {kind.what} | {kind.in_words} |\n" for kind in KINDS)


def main() -> None:
    """Replaces the table that is there."""
    text = PAGE.read_text()
    PAGE.write_text(re.sub(re.escape(_HEAD) + r"(\|.*\n)*", lambda _: table(), text))


if __name__ == "__main__":
    main()
