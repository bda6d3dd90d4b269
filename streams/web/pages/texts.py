"""The words of the boards, a file for each language.

Bokmål has those that the terminal board, alerts and Grafana say from where they say them; `texts/nb.json` has only what
the pages alone say. The others have all of it. May import: boards, serve's words.
"""

import json
from pathlib import Path
from typing import Any, Final

from streams.serve import bokmal, day_words, scorecard_words
from streams.serve.looks import LOOKS, SOURCES
from streams.serve.target_words import COUNTED, WORDS
from streams.serve.wait_words import WITHHELD
from streams.serve.wall_figures import OF_LETTERS, OF_WAITS
from streams.web.pages.boards import BOARDS

FOLDER: Final = Path(__file__).with_name("texts")
LANGUAGES: Final = ("nb", "nn", "en")  # the first one is asked for where nobody says which


def words_of(language: str) -> dict[str, Any]:
    """All that a page says in a language."""
    own: dict[str, Any] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return {**_shared(), **own} if language == LANGUAGES[0] else own


def body(language: str) -> bytes:
    """The same as it is sent."""
    told = {**words_of(language), "code": language, "unknown": bokmal.UNKNOWN, "shapes": _SHAPES}
    return json.dumps(told, ensure_ascii=False).encode()


_ALL_LOOKS: Final = (SOURCES, LOOKS, scorecard_words.LOOKS)
_SHAPES: Final = {state: look.partition(" ")[0] for looks in _ALL_LOOKS for state, (look, _) in looks.items()}


def _shared() -> dict[str, Any]:
    """What is said elsewhere, too."""
    return {
        "looks": {state: look.partition(" ")[2] for state, (look, _) in LOOKS.items()},
        "figures": {figure.name: figure.heading for figure in (*OF_WAITS, *OF_LETTERS)},
        "sources": {state: look.partition(" ")[2] for state, (look, _) in SOURCES.items()},
        "rejections": bokmal.REJECTIONS,
        "titles": {board.name: board.title for board in BOARDS},
        "withheld": dict(WITHHELD),
        "measures": {measure: words.measure for measure, words in WORDS.items()},
        "weekdays": list(bokmal.DAYS),
        "months": list(bokmal.MONTHS),
        "scorecard": {
            "stretches": scorecard_words.HEADINGS,
            "titles": scorecard_words.TITLES,
            "about": scorecard_words.ABOUT,
            "columns": scorecard_words.COLUMNS,
            "judged": {name: look.partition(" ")[2] for name, (look, _) in scorecard_words.LOOKS.items()},
            "of_days": {name: words.short for name, words in day_words.WORDS.items()},
            "meanings": {name: words.meaning for name, words in day_words.WORDS.items()},
            "samples": {name: counted.of for name, counted in COUNTED.items()},
            "together": bokmal.TOGETHER,
        },
    }
