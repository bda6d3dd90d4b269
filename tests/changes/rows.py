"""The changes that people make of a configuration, each with what it is before and after.

What each takes and does is measured (trying.py), not written here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import config
from streams.serve.configuration import Configured, configured

Edit = tuple[str, str]  # what there is once in the files, and what is in its place
KEYS: Final = (b"a key", b"a queues' key")


@dataclass(frozen=True)
class Row:
    """One change: edits of the project's own configuration, before it and with it."""

    after: tuple[Edit, ...] = ()
    before: tuple[Edit, ...] = ()
    keys: tuple[bytes, bytes] = KEYS  # after it
    how: Literal["taken", "side by side", "refused"] = "taken"  # by one worker, by one of two, or by none

    @property
    def old(self) -> Configured:
        """The configuration before it."""
        return configured(_edited(self.before, 1), "before", *KEYS)

    @property
    def new(self) -> Configured:
        """With it. Raises ConfigError."""
        return configured(_edited((*self.before, *self.after), 2), "after", *self.keys)


TEXTS: Final = config.texts_of()


def _edited(edits: tuple[Edit, ...], revision: int) -> Mapping[str, str]:
    made = {name: re.sub(r"(?m)^revision = \d+", f"revision = {revision}", text) for name, text in TEXTS.items()}
    for old, new in edits:
        assert sum(text.count(old) for text in made.values()) == 1, f"{old!r} is not there once"
        made = {name: text.replace(old, new) for name, text in made.items()}
    return made


PHONE: Final = '"arbeid", "helse", "familie", "pensjon", "sosiale-tjenester"'
NEW: Final = "Økonomi & bolig"  # what the source calls the queue that nobody has configured at first


def _phone(*ids: str) -> Edit:
    """Other queues of citizens by phone."""
    return PHONE, ", ".join(one if one.startswith("{") else f'"{one}"' for one in ids)


def _queue(id_: str, *more: str) -> str:
    return f"{{ {', '.join((f'id = {id_!r}', *more))} }}"


def _sources(*names: str) -> str:
    return f"sources = [{', '.join(name if name.startswith('{') else repr(name) for name in names)}]"


def _later(text: str) -> Edit:
    return "\n[retention]\n", f"\n[[definitions.later]]\n{_FROM}\n{text}\n\n[retention]\n"


_MEAN: Final = """card = "2025"
id = "phone-personbruker-mean"
measure = "mean_wait"
channel = "phone"
audience = "personbruker"
at_most = "7m"
"""


def _and_one(first: str = _MEAN, card: str = "2025", id_: str = "phone-personbruker-mean", at_most: str = "7m") -> str:
    """A target and another after it."""
    other = _MEAN.replace("2025", card).replace("phone-personbruker-mean", id_).replace("7m", at_most)
    return f"{first}\n[[targets]]\n{other}"


_REST: Final = ("arbeid", "familie", "pensjon", "sosiale-tjenester")
_TOGETHER: Final = _queue("helse", _sources("helse", NEW))
_ADDED: Final = _phone("nytt", "helse", *_REST)
_FROM: Final = "from = 2026-01-15"  # half a month ahead
_UNTIL: Final = "until = 2026-01-14"

_NOT_BY_CHANNEL: Final[Edit] = ('while_open = ["chat"]', "while_open = []")
_NO_LETTERS: Final[Edit] = ('letter_lost = "28d"      # a letter', "# no letters: a letter")

_FIRST_EDITION: Final[tuple[Edit, ...]] = (
    ("edition = 6              #", "edition = 1              #"),
    _NOT_BY_CHANNEL,
    _NO_LETTERS,
    ('one_place = ["phone", "chat"]', "one_place = []"),
    ('memory = { chat = "3d" }', "memory = {}"),
)

_SECOND_EDITION: Final[tuple[Edit, ...]] = (
    ("edition = 6              #", "edition = 2              #"),
    _NOT_BY_CHANNEL,
    _NO_LETTERS,
    ('memory = { chat = "3d" }', "memory = {}"),
)

_THIRD_EDITION: Final[tuple[Edit, ...]] = (
    ("edition = 6              #", "edition = 3              #"),
    _NOT_BY_CHANNEL,
    _NO_LETTERS,
)

_FOURTH_EDITION: Final[tuple[Edit, ...]] = (
    ("edition = 6              #", "edition = 4              #"),
    _NOT_BY_CHANNEL,
    _NO_LETTERS,
)

_FIFTH_EDITION: Final[tuple[Edit, ...]] = (("edition = 6              #", "edition = 5              #"), _NO_LETTERS)

ROWS: Final[dict[str, Row]] = {
    "a queue is added": Row((_ADDED,)),
    "an unknown queue is named": Row((_phone("helse", *_REST, _queue("bolig", _sources(NEW))),)),
    "a queue is renamed": Row((_phone(*_REST, _queue("helse-og-sykdom", _sources("helse"))),)),
    "a queue is renamed, from a date on": Row(
        (_phone(*_REST, _queue("helse", _UNTIL), _queue("helse-og-sykdom", _sources("helse"), _FROM)),)
    ),
    "a queue gets a label": Row((_phone(*_REST, _queue("helse", "label = 'Helse og sykdom'")),)),
    "two queues are merged": Row((_phone(_TOGETHER, *_REST),)),
    "two queues are merged, from a date on": Row(
        (_phone(_queue("helse", _sources("helse", f"{{ name = {NEW!r}, {_FROM} }}")), *_REST),)
    ),
    "a queue is split": Row(
        after=((_TOGETHER, f'"helse", {_queue("bolig", _sources(NEW))}'),), before=(_phone(_TOGETHER, *_REST),)
    ),
    "a queue moves to another group": Row(
        (
            ('"lege-behandler", ', ""),
            (
                '"sosiale-tjenester", "internasjonalt"',
                '"sosiale-tjenester", "internasjonalt", '
                + _queue("lege", _sources("{ name = 'lege-behandler', audience = 'samhandler' }")),
            ),
        )
    ),
    "a queue becomes external": Row((_phone(*_REST, _queue("helse", "external = true")),)),
    "a queue becomes external, from a date on": Row(
        (_phone(*_REST, _queue("helse", _UNTIL), _queue("helse", "external = true", _FROM)),)
    ),
    "a queue is left out": Row((_phone(*_REST, _queue("helse", "left_out = true")),)),
    "a queue is taken out of the file": Row((_phone(*_REST),)),
    "a window is added": Row((('lengths = ["5m"', 'lengths = ["10m", "5m"'),)),
    "opening hours": Row((('chat = "Mon-Fri 09:00-15:00"', 'chat = "Mon-Fri 08:00-15:00"'),)),
    "opening hours, from a date on": Row(
        (
            (
                'chat = "Mon-Fri 09:00-15:00"',
                f"chat = [{{ hours = 'Mon-Fri 09:00-15:00', {_UNTIL} }}, {{ hours = 'Mon-Fri 08:00-15:00', {_FROM} }}]",
            ),
        )
    ),
    "opening hours of one queue": Row((_phone(*_REST, _queue("helse", "hours = 'Mon-Fri 08:00-18:00'")),)),
    "a planned stop": Row(
        (
            (
                'written = "Mon-Fri 08:00-15:30"',
                'written = "Mon-Fri 08:00-15:30"\n\n[[planned_stops]]\nchannel = "phone"\nreason = "Ny sentral"\n'
                "from = 2025-12-30T08:00:00\nuntil = 2025-12-31T08:00:00\n",
            ),
        )
    ),
    "another calendar of holidays": Row((('holidays = "NO"', 'holidays = "SE"'),)),
    "a target's limit": Row((('at_most = "7m"', 'at_most = "390s"'),)),
    "a target's threshold": Row((('within = "10m"\nmore_than', 'within = "9m"\nmore_than'),)),
    "a target is added": Row(((_MEAN, _and_one(id_="phone-five", at_most="5m")),)),
    "a target is taken out": Row(((f"[[targets]]\n{_MEAN}", ""),)),
    "a target's limit, from a date on": Row(((_MEAN, f"{_MEAN}{_UNTIL}\n" + _and_one("", at_most="6m") + _FROM),)),
    "a card for the New Year": Row(
        (
            (
                "from = 2025-01-01 }",
                "from = 2025-01-01, until = 2025-12-31 }\n'2026' = { label = '2026', from = 2026-01-01 }",
            ),
            (_MEAN, _and_one(card="2026", at_most="6m")),
        )
    ),
    "a threshold off the scale": Row((('within = "10m"\nmore_than', 'within = "601s"\nmore_than'),), how="refused"),
    "days are kept for longer": Row((('days = "800d"', 'days = "1200d"'),)),
    "days are kept for 100 days": Row((('days = "800d"', 'days = "100d"'),)),
    "what is short, from a date on": Row((_later("short_abandon = { phone = '10s' }"),)),
    "what is lost, from a date on": Row((_later("ghost_after = '1h'"),)),
    "what is promised, from a date on": Row((_later("promise = '1h'"),)),
    "when a promise is broken, from a date on": Row((_later("promise_lost = '5h'"),)),
    "a shorter horizon, from a date on": Row((_later("horizon = '12h'"),)),
    "a longer horizon, from a date on": Row((_later("horizon = '72h'"),)),
    "the second edition of the definitions, from a date on": Row(
        (_later("edition = 2\none_place = ['phone']"),), before=_FIRST_EDITION
    ),
    "the third edition of the definitions, from a date on": Row(
        (_later("edition = 3\nmemory = { chat = '3d' }"),), before=_SECOND_EDITION
    ),
    "the fourth edition of the definitions, from a date on": Row((_later("edition = 4"),), before=_THIRD_EDITION),
    "the fifth edition of the definitions, from a date on": Row(
        (_later("edition = 5\nghost_after_of = { chat = '6h' }\nwhile_open = ['chat']"),), before=_FOURTH_EDITION
    ),
    "the sixth edition of the definitions, from a date on": Row((_later("edition = 6"),), before=_FIFTH_EDITION),
    "when a letter is lost, from a date on": Row((_later("letter_lost = '40d'"),)),
    "another ghost_after of a channel, from a date on": Row((_later('ghost_after_of = { chat = "1d" }'),)),
    "of whose waits it is counted how long it was open, from a date on": Row(
        (_later("while_open = ['phone', 'chat']"),)
    ),
    "of which channel conversations are counted, from a date on": Row((_later("conversations = ['phone']"),)),
    "another memory of a channel, from a date on": Row((_later('memory = { phone = "1d" }'),)),
    "another edition of the definitions, since ever": Row(
        tuple((new, old) for old, new in _FIRST_EDITION), before=_FIRST_EDITION
    ),
    "what does not hold yet is another": Row(
        (("ghost_after = '2h'", "promise = '1h'"),), (_later("ghost_after = '2h'"),)
    ),
    "what is short, since last summer": Row(
        (_later("short_abandon = { phone = '10s' }"), (_FROM, "from = 2025-07-01"))
    ),
    "the time zone": Row((('timezone = "Europe/Oslo"', 'timezone = "Europe/Helsinki"'),)),
    "the queues' key": Row(keys=(KEYS[0], b"another")),
    "a channel's topic": Row((("nks.chat.events.v1", "nks.chat.events.v2"),)),
    "an audience is added": Row((('samhandler = "samhandler"', 'samhandler = "samhandler"\nverge = "verge"'),)),
    "two workers, one with a queue more": Row((_ADDED,), how="side by side"),
    "a file that cannot be read": Row((("[windows]", "[windows"),), how="refused"),
}
