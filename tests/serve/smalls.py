"""Small documents, read as any service would, and what each should say by the whole: derived of its JSON alone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import orjson
from redis.exceptions import ConnectionError as RedisConnectionError

from streams.keys import Keys
from streams.redis_client import Client
from streams.serve.publisher import Publisher
from tests.events import START_MS
from tests.serve.publishing import Part

GROUP, HELSE, ARBEID = "phone/personbruker", "phone/personbruker/helse", "phone/personbruker/arbeid"
LAG = 5000  # alerts.lag_records, as shipped
GRAVEST_FIRST = ["breach", "drifting", "stale", "insufficient", "ok", "closed"]
Document = dict[str, Any]
FORETOLD = ("low_ms", "likely_ms", "high_ms", "said_from_ms", "withheld")


async def read_small(client: Client, keys: Keys, name: str, now_ms: int) -> Document | None:
    """One small document, if it may be believed at an instant (epoch ms)."""
    answers: Any = await client.mget(f"{keys.now}:{name}", keys.now)
    packed, believed = answers
    if packed is None or believed is None or now_ms > orjson.loads(believed)["until_ms"]:
        return None
    document: Document = orjson.loads(packed)
    return document


async def all_in_redis(client: Client, keys: Keys) -> dict[str, Document]:
    """Whatever lies there, by name."""
    found = {}
    async for key in client.scan_iter(match=f"{keys.now}:*", count=1000):
        packed: Any = await client.get(key)
        found[key.decode().removeprefix(f"{keys.now}:")] = orjson.loads(packed)
    return found


def ages(small: Document, now_ms: int) -> Document:
    """The same with ages in place of the instants that the whole has ages of; of the expected wait what that has."""
    names = ("oldest_entered_ms", "longest_since_ms", "mean_entered_ms")
    instants = {name: None if small[name] is None else max(0, now_ms - small[name]) for name in names}
    stock = small.get("letters")  # not there where there are none
    if stock and stock["oldest_received_ms"] is not None:
        stock = stock | {"oldest_received_ms": max(0, now_ms - stock["oldest_received_ms"])}
    return small | instants | {"expected_wait": foretold(small["expected_wait"]), "letters": stock}


def foretold(expected: Document | None) -> Document | None:
    """What both say of an expected wait."""
    return expected and {name: expected[name] for name in FORETOLD}


def by_the_whole(whole: Document, name: str) -> Document:
    """What a small document should say, as `ages` has it; when it opens and closes next the whole does not say."""
    entry = (whole["lines"] | whole["groups"]).get(name)
    feed = whole["feeds"][name.partition("/")[0]]
    is_behind = (feed["behind"] or 0) > LAG
    told = sorted(
        (
            target
            for target in whole["targets"]
            if "/".join(filter(None, (target["channel"], target["audience"], target.get("queue")))) == name
        ),
        key=lambda target: GRAVEST_FIRST.index(target["verdict"]),
    )
    verdict = {"verdict": None, "verdict_since_ms": None, "target": None}
    if told:
        verdict = {"verdict": told[0]["verdict"], "verdict_since_ms": told[0]["since_ms"], "target": told[0]["id"]}
    if entry is None:
        state = {"open": "stale"}.get(feed["status"], feed["status"])
        nothing = dict.fromkeys(FORETOLD) | {"withheld": state}
        is_foretold = any(line["expected_wait"] for line in whole["lines"].values())
        said = {"name": name, "state": state, **NOTHING, **verdict}
        return said | {"expected_wait": nothing} if is_foretold else said
    state = "catching_up" if is_behind and entry["status"] != "stale" else entry["status"]
    known = {"name": name, "state": state, "is_open": entry["is_open"], **verdict}
    known["expected_wait"] = foretold(entry["expected_wait"])
    if is_behind or feed["status"] not in ("open", "closed"):
        return NOTHING | known
    main = entry["windows"].get(whole["main_window"])
    return known | {
        "waiting": entry["waiting"],
        "disputed": entry["disputed"],
        "oldest_entered_ms": entry["oldest_wait_ms"],
        "longest_since_ms": entry["longest_wait"]["ms"],
        "mean_entered_ms": None if entry["mean_age_ms"] is None else round(entry["mean_age_ms"]),
        "wait_mean_ms": None if main is None else main["wait_mean_ms"],
        "abandonment_rate": None if main is None else main["abandonment_rate"],
        "letters": letters(entry),
    }


def letters(entry: Document) -> Document | None:
    """The stock of them, as `ages` has it; None where the whole tells of none."""
    if entry["letters_open"] is None:
        return None
    oldest = entry["letters_oldest_ms"]
    return {"open": entry["letters_open"], "overdue": entry["letters_overdue_now"], "oldest_received_ms": oldest}


NOTHING: Document = dict.fromkeys(
    (
        "waiting",
        "disputed",
        "oldest_entered_ms",
        "longest_since_ms",
        "mean_entered_ms",
        "wait_mean_ms",
        "abandonment_rate",
        "letters",
    )
)


def differences(whole: Document, small: dict[str, Document]) -> dict[str, Any]:
    """By name where they do not say the same: (what it says, what it should); a mean may be a millisecond off."""
    found = {}
    for name, one in small.items():
        said, should = ages(one, whole["as_of_ms"]), by_the_whole(whole, name)
        if said["mean_entered_ms"] is not None and should["mean_entered_ms"] is not None:
            said["mean_entered_ms"] -= abs(said["mean_entered_ms"] - should["mean_entered_ms"]) <= 1 and (
                said["mean_entered_ms"] - should["mean_entered_ms"]
            )
        wrong = {field: (said[field], of) for field, of in should.items() if said[field] != of}
        if wrong:
            found[name] = wrong
    missing = (whole["lines"] | whole["groups"]).keys() - small.keys()
    return found | dict.fromkeys(missing, "has no document")


async def waiting(client: Client, keys: Keys, name: str = HELSE, now_ms: int = START_MS) -> Any:
    """How many wait by the small document; None where it is not to be believed, or does not know."""
    small = await read_small(client, keys, name, now_ms)
    return None if small is None else small["waiting"]


async def wrong(client: Client, keys: Keys) -> dict[str, Any]:
    """Where the small documents and the whole do not say the same."""
    whole = orjson.loads(await client.get(keys.snapshot) or b"null")
    return differences(whole, await all_in_redis(client, keys))


async def members(client: Client, keys: Keys) -> set[str]:
    """The keys of all, as whoever takes over finds them."""
    found: Any = await client.smembers(keys.now_keys)
    return {key.decode() for key in found}


async def said(client: Client, keys: Keys) -> Any:
    """Until when all may be believed, who says so, and how many steps there were."""
    return orjson.loads(await client.get(keys.now) or b"null")


class Heard:
    """What was announced of small documents."""

    def __init__(self, listens: Any, keys: Keys) -> None:
        self._listens, self._keys = listens, keys

    async def names(self) -> list[str]:
        return [name for name, _ in await self.messages()]

    async def messages(self) -> list[tuple[str, bytes]]:
        """Since this was last asked, in order: the name, and what was said."""
        found = []
        while (message := await self._listens.get_message(timeout=0.2)) is not None:
            found.append((message["channel"].decode().removeprefix(f"{self._keys.now}:"), message["data"]))
        return found


@asynccontextmanager
async def listening(client: Client, keys: Keys) -> AsyncIterator[Heard]:
    async with client.pubsub(ignore_subscribe_messages=True) as listens:
        await listens.psubscribe(f"{keys.now}:*")
        await listens.get_message(timeout=5)  # that it listens now
        yield Heard(listens, keys)


def one_part(*log: list[Any], **given: Any) -> Part:
    part = Part("t-0", **given)
    part.fold(event for events in log for event in events)
    return part


@contextmanager
def breaking(shows: Publisher, *, arrives: bool) -> Iterator[None]:
    """Meanwhile the connection breaks as a step is done, or before it is."""
    publishes = shows._writer._publish

    async def breaks(**given: Any) -> Any:
        if arrives:
            await publishes(**given)
        raise RedisConnectionError

    shows._writer._publish = breaks  # type: ignore[assignment]
    yield
    shows._writer._publish = publishes
