"""The hours by which waits were counted stay what they were on a real Redis, whatever configuration comes next."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

import config
from streams.cli.verify import definitions_for
from streams.core.account import account
from streams.core.fold import fold
from streams.core.rules import Rules
from streams.core.state import PartitionState
from streams.ingest.store import Store
from streams.oracle import differences, recount
from streams.redis_client import Client
from tests.core.test_open_hours import at
from tests.events import Record, event
from tests.ingest.conftest import Run
from tests.ingest.contract import KEYS, NAME

pytestmark = pytest.mark.real
FOLDER = Path(config.__file__).parent
CHAT = "chat/personbruker/helse"
USUAL = 'chat = "Mon-Fri 09:00-15:00"'
ENTRIES = [("queue.entered", "2025-03-07T14:50", "a"), ("queue.entered", "2025-03-07T14:55", "b")]
ANSWERS = [("queue.answered", "2025-03-10T09:05", "a"), ("queue.answered", "2025-03-10T11:00", "b")]


def rules(tmp_path: Path, hours: str) -> Rules:
    """Ours, with other hours of chats."""
    text = (FOLDER / "queues.toml").read_text()
    assert USUAL in text
    (tmp_path / "queues.toml").write_text(text.replace(USUAL, hours))
    (tmp_path / "targets.toml").write_text((FOLDER / "targets.toml").read_text())
    return config.load(tmp_path).rules(b"a key")


def _records(rows: Sequence[tuple[str, str, str]], first: int) -> list[Record]:
    made = [(at(when), event(type_, at(when), visit, CHAT)) for type_, when, visit in rows]
    return [Record(first + n, ms, orjson.dumps(one)) for n, (ms, one) in enumerate(made)]


class Counted:
    """One partition, by one process after the other."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._log: list[Record] = []

    async def by(self, rules: Rules, *rows: tuple[str, str, str]) -> PartitionState:
        """The next process takes it by its own configuration, and counts these events."""
        store = Store(self._client, KEYS, rules, f"{len(self._log)}")
        owned = await store.claim(NAME, None)
        if owned.committed_offset is None:
            await store.begin(owned, 0)
        records = _records(rows, len(self._log))
        self._log += records
        assert (await store.commit(NAME, store.pack(owned, fold(owned.state, records), now_ms=1)))[0] == "ok"
        state, _ = await store.load(NAME)
        assert state.hash() == owned.state.hash()
        expected = recount([record.recounted for record in self._log], definitions_for(state))
        assert not differences(expected, account(state)), "a recount goes by the days that are kept"
        return state


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        (USUAL, 10 + 5 + 5 + 120),
        ('chat = "Mon-Fri 08:00-18:00"', 10 + 65 + 5 + 180),
        ('chat = "Mon-Fri 10:30-15:00"', 10 + 0 + 5 + 30),
        ('chat = "Mon-Fri 09:00-15:00; 2025 Mar 07 off"', 10 + 5 + 5 + 120),
    ],
    ids=["the same", "longer ones", "shorter ones", "that day off, as is told afterwards"],
)
def test_other_hours_hold_from_when_they_are_taken(run: Run, tmp_path: Path, hours: str, minutes: int) -> None:
    """Two chats are asked ten and five minutes before closing time on Friday, and answered on Monday."""

    async def does(client: Client) -> None:
        counted = Counted(client)
        await counted.by(rules(tmp_path, USUAL), *ENTRIES, ("queue.entered", "2025-03-07T18:01", "c"))
        state = await counted.by(rules(tmp_path, hours), *ANSWERS)
        (cell,) = [cell for line, cell in state.aggregates.totals.items() if line.startswith("chat")]
        assert cell["while_open_wait_sum_ms"] == minutes * 60_000

    run(does)


def test_a_worker_that_runs_takes_them_too(run: Run, tmp_path: Path) -> None:
    async def does(client: Client) -> None:
        state = await Counted(client).by(rules(tmp_path, USUAL), *ENTRIES, ("queue.entered", "2025-03-10T10:00", "c"))
        state.configure(rules(tmp_path, 'chat = "Mon-Fri 08:00-12:00"'))
        friday, monday, tuesday = (at(f"2025-03-{day}T00:00") for day in ("07", "10", "11"))
        of_day = state.rules.definitions.open_hours.of_day
        assert list(of_day("chat", friday)) == [(at("2025-03-07T09:00"), at("2025-03-07T15:00"))]
        assert list(of_day("chat", monday)) == [(at("2025-03-10T09:00"), at("2025-03-10T12:00"))]
        assert list(of_day("chat", tuesday)) == [(at("2025-03-11T08:00"), at("2025-03-11T12:00"))]

    run(does)
