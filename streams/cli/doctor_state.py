"""What `svartid doctor` says of the figures in Redis: whether all that was committed is there, and of the log that
Kafka has. Imports ingest.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import Literal

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from streams.core.rules import Rules
from streams.core.source_queue import OTHER
from streams.durations import short
from streams.ingest.log import KafkaLog, LogReplaced
from streams.ingest.other_rules import OtherRules
from streams.ingest.starting import Starting
from streams.ingest.store import Store
from streams.keys import Keys
from streams.partition_names import in_a_sentence, strays
from streams.redis_client import Client
from streams.sealed import BY_KEEPING, BY_REBUILDING, Spoiled, typed
from streams.serve.documents import Records, Snapshot, SourceEntry
from streams.serve.follower import read_document
from streams.serve.of_now import why_not_of_now
from streams.settings import Settings

TOLD_FROM = 0.01  # of all records: so many ends without an entry are no longer some that were on their way
Found = tuple[str, Literal["ok", "warning", "problem"], str, str]  # as `Finding` has them


async def logs(client: Client, settings: Settings, rules: Rules) -> AsyncIterator[Found]:
    """The topics that are not the ones that were counted, and those with other partitions. Nothing where Kafka or Redis
    does not answer, or Redis is damaged: that is told beside it.
    """
    store, log = Store(client, Keys.of(settings), rules, settings.instance), KafkaLog(settings)
    starting = Starting(store, log, None)
    with suppress(KafkaError, TimeoutError, RedisError, Spoiled):
        counted = await store.known_counts()
        for topic, n in (await log.counts(settings.topics.values())).items():
            try:
                await starting.check_topic(topic, n)
            except LogReplaced as replaced:
                todo = "let the old figures go: `svartid rebuild --from-log`; or keep them, and set SVARTID_NAMESPACE"
                yield f"log of {topic}", "problem", replaced.found, todo
                continue
            if n != counted.get(topic, n):
                told = f"{n} partitions, but {counted[topic]} when it was first counted"
                yield f"log of {topic}", "problem", told, "`svartid repartition` says what is to be done"


async def state(client: Client, settings: Settings, rules: Rules) -> AsyncIterator[Found]:
    """The lists that workers share, each partition, and the snapshot."""
    keys = Keys.of(settings)
    store = Store(client, keys, rules, settings.instance)
    try:
        await store.known_counts()
        names = await store.names()
    except Spoiled as spoiled:
        yield _problem("figures", spoiled)
        names = []
    if unread := strays(names, dict.fromkeys(settings.topics.values(), 0)):
        todo = "correct SVARTID_TOPICS here; or, once no worker reads it, take it off the list: `svartid retire`"
        told = f"{in_a_sentence(unread)}: SVARTID_TOPICS names no such topic"
        yield "partitions of other topics", "problem", told, todo
    async for found in _figures(store, names):
        yield found
    if not names:
        todo = "start `svartid worker`; or set SVARTID_NAMESPACE to the workers' own"
        yield "figures", "warning", f"none in the namespace {settings.namespace}", todo
    try:
        await store.check_readable(names)
        await store.check_definitions()
    except OtherRules as other:
        yield "definitions", "problem", str(other), "a worker would end with 1: give the --config that the workers have"
    async for of_keys in _keys(store, settings):
        yield of_keys
    try:
        holder = await typed(keys.publisher, client.get(keys.publisher))
    except Spoiled as spoiled:
        yield _problem("snapshot", spoiled)
        return
    if not holder:
        yield "snapshot", "warning", "nobody writes it", "start `svartid worker`; one that runs says why"
        return
    try:
        document = await read_document(client, keys)
    except Spoiled as spoiled:
        yield _problem("snapshot", spoiled)
        return
    yield _of(document, settings.clock.now_ms()) if document else ("snapshot", "ok", "is being written", "")
    is_of_now = document is not None and settings.clock.now_ms() <= document.fresh_until_ms
    for found in _of_what_came(document) if document is not None and is_of_now else ():
        yield found


async def _figures(store: Store, names: list[str]) -> AsyncIterator[Found]:
    """Whether all is whole, what nobody reads on too: of a topic that is read no more, or carried over."""
    retired: list[str] = []
    try:
        retired = await store.retired()
    except Spoiled as spoiled:
        yield _problem("figures", spoiled)
    whole = 0
    places = await store.places(retired)
    for name, found in (await store.ownership([*names, *retired], keeps=False)).items():
        if found.damage:
            yield _problem(f"figures of {name}", found.damage)
        elif found.torn:
            yield f"figures of {name}", "problem", "a part of a commit", BY_REBUILDING
        elif places.get(name, found) is None:
            yield f"figures of {name}", "problem", "gone, and history had them", BY_KEEPING
        else:
            whole += 1
    if whole:
        yield "figures", "ok", f"{whole} partitions, whole", ""


async def _keys(store: Store, settings: Settings) -> AsyncIterator[Found]:
    """Whether the other pseudonym key is needed. Nothing where Redis is damaged: that is told beside it."""
    what, has_other = "other pseudonym key", bool(settings.pseudonym_key_other.get_secret_value())
    with suppress(Spoiled):
        if names := sorted(await store.under_other_keys()):
            found = f"{in_a_sentence(names)}: journeys under another key are remembered"
            if has_other:
                yield what, "ok", found, "leave SVARTID_PSEUDONYM_KEY_OTHER set until they are forgotten"
            else:
                yield what, "problem", found, "set SVARTID_PSEUDONYM_KEY_OTHER to that key until they are forgotten"
        elif has_other:
            todo = "if every worker has its new SVARTID_PSEUDONYM_KEY, take SVARTID_PSEUDONYM_KEY_OTHER out"
            yield what, "ok", "no journey under another key is remembered", todo


def of_sources(sources: Mapping[str, SourceEntry]) -> Iterator[Found]:
    """What is wrong with what sends the events."""
    for name, source in sources.items():
        if source.status == "unheard" and name != OTHER:
            todo = f"where it sends already: sources.{name}.names in queues.toml is what its events have as `source`"
            yield f"source {name}", "ok", "nothing has come by this name yet", todo
            continue
        if source.status == "silent" and source.silent_ms is not None:
            told = f"nothing has come for {short(source.silent_ms // 60_000 * 60_000)}, and it is open"
            todo = "ask who runs it, and look at the way from it to Kafka"
        elif source.status == "ahead":
            told = f"its clock is {_seconds(source.ahead_ms)} ahead of the one that dates its records, or of ours"
            todo = "have it set right (NTP); if that is usual of it, sources.{name}.ahead in queues.toml"
        elif source.status == "behind":
            told = f"even the quickest of its events takes {_seconds(source.quickest_ms)} to Kafka"
            todo = "look for a queue before Kafka, or a clock that is behind; if that is usual, sources.{name}.behind"
        else:
            continue
        yield f"source {name}", "warning", told, todo.format(name=name)


def _of_what_came(document: Snapshot) -> Iterator[Found]:
    yield from of_sources(document.sources)
    yield from of_ends(document.records)


def of_ends(records: Records) -> Iterator[Found]:
    """Visits of which nobody knows when they entered, where there are too many to be those that are on their way."""
    if records.without_entry and records.without_entry >= TOLD_FROM * records.accepted:
        told = f"{records.without_entry} visits have an end and no entry, of {records.accepted} records: in no figure"
        todo = (
            "ask the source for each queue.entered; where one waits for longer than `memory`, raise it in queues.toml"
        )
        yield "visits without an entry", "warning", told, todo


def _seconds(ms: int | None) -> str:
    return "?" if ms is None else f"{-(-ms // 1000)} s"


def _of(document: Snapshot, now_ms: int) -> Found:
    """What the workers themselves say of it. What catches up or is rebuilt will be of now by itself."""
    why = why_not_of_now(document, now_ms)
    if why is None:
        return "snapshot", "ok", "is being written, and live", ""
    if document.status in ("rebuilding", "catching_up") and now_ms <= document.fresh_until_ms:
        return "snapshot", "warning", why, "wait: it goes on by itself while a worker runs"
    return "snapshot", "problem", why, "the workers' /isready and log say why, and what mends it"


def _problem(what: str, spoiled: Spoiled) -> Found:
    return what, "problem", str(spoiled), spoiled.mend
