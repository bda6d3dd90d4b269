"""Reading small documents as any service would, and what each should say by the whole: derived of its JSON alone."""

from typing import Any

import orjson

from streams.keys import Keys
from streams.redis_client import Client

LAG = 5000  # alerts.lag_records, as shipped
GRAVEST_FIRST = ["breach", "drifting", "stale", "insufficient", "ok", "closed"]
Document = dict[str, Any]


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
    """The same with ages in place of the instants that the whole has ages of."""
    names = ("oldest_entered_ms", "longest_since_ms", "mean_entered_ms")
    return small | {name: None if small[name] is None else max(0, now_ms - small[name]) for name in names}


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
        return {"name": name, "state": {"open": "stale"}.get(feed["status"], feed["status"]), **NOTHING, **verdict}
    state = "catching_up" if is_behind and entry["status"] != "stale" else entry["status"]
    known = {"name": name, "state": state, "is_open": entry["is_open"], **verdict}
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
    }


NOTHING: Document = dict.fromkeys(
    ("waiting", "disputed", "oldest_entered_ms", "longest_since_ms", "mean_entered_ms", "wait_mean_ms")
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
