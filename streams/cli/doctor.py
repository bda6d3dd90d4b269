"""`svartid doctor`: is everything there that a worker needs, and if not, what is to be done?"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from rich.table import Table

from config import ConfigError, digest_of, in_short, lapses, stops, texts_of, unwatched
from config import load as load_centre
from streams import clocks, kafka, redis_client, rights, topics
from streams.cli.answering import KafkaIsMute, answering
from streams.cli.answers import Finding, answer
from streams.cli.app import EXIT_FAILED, CommandError, app, out, redis_of
from streams.cli.doctor_rules import files, loaded
from streams.cli.doctor_state import logs, state
from streams.clients import Admin
from streams.core.rules import Rules
from streams.fresh import CLOCK_OFF_MS, HIDDEN_S
from streams.ingest.log import HIDDEN, KafkaLog
from streams.keys import Keys
from streams.partition_names import names_of
from streams.sealed import UNREADABLE, Spoiled, typed
from streams.serve.configuration import left_in
from streams.serve.serving import of_the_served, served
from streams.serve.writer import announced_on, may_announce, unheard
from streams.settings import Settings, load
from streams.tls import BadConnectionSetting

_RIGHTS = "rights in Kafka"
_TRIED_FOR_MS = 1000
_ASKED_FOR_S = 1.0  # which state is served; what hangs is looked at longer, and told
OLDEST_REDIS = (6, 2)
WITHOUT = "without it, a lost Redis comes back only as far as Kafka keeps the events"


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option(help="A folder with queues.toml and targets.toml.")] = None,
    generated: Annotated[
        Path, typer.Option(help="The folder that `svartid generate` has written to, if it lies here.")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="The findings as one line of JSON.")] = False,
) -> None:
    """Looks at the settings, the configuration, Kafka, its topics, and Redis, and says of each what to do.

    Of generated files, where there are any, and of the rules that the Prometheus at SVARTID_PROMETHEUS_URL has loaded,
    where that is set, it says whether they are of the revision of the configuration that workers show by.

    What may not be asked is unknown, and no problem: a managed Redis may refuse INFO and be healthy. No secret
    is shown.

    Exit codes: 0 no problem (there may be warnings, and what is unknown); 1 a problem; 2 a setting is wrong.
    """
    findings = asyncio.run(_examine(load(config), config, generated))
    if as_json:
        answer(findings)
    else:
        out.print(_table(findings))
    raise typer.Exit(EXIT_FAILED if any(finding.state == "problem" for finding in findings) else 0)


def _table(findings: list[Finding]) -> Table:
    table = Table("", "what", "found", "what to do", box=None, pad_edge=False)
    marks = {"ok": "[blue]✓[/]", "warning": "[yellow]![/]", "unknown": "[yellow]?[/]", "problem": "[bold red]✗[/]"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, finding.found, finding.todo)
    return table


async def _examine(settings: Settings, config: Path | None, generated: Path = Path()) -> list[Finding]:
    settings = await _of_the_served(settings)
    findings = [_configuration(settings, config), _pseudonyms(settings), _clock(settings)]
    try:
        async with answering(settings):
            async for finding in _kafka(settings, config):
                findings.append(finding)  # noqa: PERF401  # what was found before it fell silent stays
    except KafkaIsMute as mute:
        findings.append(Finding("Kafka", "problem", mute.found, mute.todo))
    findings += [finding async for finding in _redis(settings, config)]
    found = {finding.what: finding.state for finding in findings}
    if found.get(_RIGHTS) == "ok" and found["Redis"] != "problem":
        findings += await _logs(settings, config)
    return findings + await _generated(settings, config, generated)


async def _of_the_served(settings: Settings) -> Settings:
    """Those of the state that is served; of `main` where Redis does not say, which is told as what is wrong with it."""
    with suppress(CommandError, BadConnectionSetting, RedisError, OSError, TimeoutError):
        async with asyncio.timeout(_ASKED_FOR_S), redis_of(settings) as client:
            return await of_the_served(client, settings)
    return settings


async def _logs(settings: Settings, config: Path | None) -> list[Finding]:
    """The topics that are not the ones that were counted, which it takes both Kafka and Redis to tell."""
    client = redis_client.connect(settings)
    try:
        return [Finding(*found) async for found in logs(client, settings, _rules(settings, config))]
    finally:
        await client.aclose()


async def _generated(settings: Settings, config: Path | None, folder: Path) -> list[Finding]:
    """Whether rules, boards and workers are of one revision."""
    with suppress(ConfigError, OSError):  # that is told already; what nobody may read is not ours
        here = load_centre(config or settings.config).revision
        found = [*files(folder, here)]
        if settings.prometheus_url:
            found += await loaded(settings.prometheus_url.get_secret_value(), here)
        return [Finding(*one) for one in found]
    return []


def _configuration(settings: Settings, config: Path | None) -> Finding:
    folder = config or settings.config
    try:
        centre = load_centre(folder)
    except ConfigError as error:
        return Finding("configuration", "problem", str(error), "correct the file")
    now_ms = settings.clock.now_ms()
    today = centre.date_at(now_ms)
    queues = f"{centre.name}: {len(centre.own_lines)} queues, {in_short(centre, today)}"
    found = "; ".join([queues, *stops(centre, now_ms)])
    if lacking := [*lapses(centre, today), *unwatched(centre, today)]:
        return Finding("configuration", "warning", found, "; ".join(lacking))
    return Finding("configuration", "ok", found)


def _pseudonyms(settings: Settings) -> Finding:
    if settings.pseudonym_key.get_secret_value():
        return Finding("pseudonym key", "ok", "set")
    todo = "set SVARTID_PSEUDONYM_KEY to a secret before the first run: without one, ids in Redis can be guessed back"
    return Finding("pseudonym key", "warning", "not set", todo)


def _clock(settings: Settings) -> Finding:
    if settings.clock.is_real:
        return Finding("clock", "ok", "real time")
    return Finding(
        "clock", "warning", f"simulated, {settings.clock.speed:g} times", "unset SVARTID_CLOCK in production"
    )


async def _kafka(settings: Settings, config: Path | None) -> AsyncIterator[Finding]:
    try:
        admin = Admin(**kafka.connection(settings), request_timeout_ms=5000)
    except BadConnectionSetting as error:
        yield Finding("Kafka", "problem", "cannot be connected to", str(error))
        return
    try:
        await admin.start()
        partitions = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics() if not t["error_code"]}
        missing = await rights.lacking(settings, rights.of_worker(settings))
    except (KafkaError, OSError) as error:
        trouble = await kafka.trouble(settings) or type(error).__name__
        todo = "set SVARTID_KAFKA_BROKERS or KAFKA_BROKERS, and its certificates; `svartid local` starts one"
        yield Finding("Kafka", "problem", trouble, trouble.todo if isinstance(trouble, kafka.Mute) else todo)
        return
    finally:
        await admin.close()
    yield Finding("Kafka", "ok", settings.kafka_brokers)
    for finding in _rights(missing):
        yield finding
    denied = {right.name for right in missing if right.kind == "topic"}  # Kafka may not even say that they are there
    for name in (*settings.topics.values(), settings.rejected_topic):
        if name not in denied:
            yield _topic(name, partitions.get(name))
    there = [name for name in settings.topics.values() if name in partitions and name not in denied]
    for finding in await _kept(settings, config, there):
        yield finding
    for finding in await _hidden(settings, names_of({name: partitions[name] for name in there})):
        yield finding
    if settings.checkpoint_topic not in denied:
        yield _checkpoint_topic(settings.checkpoint_topic, partitions.get(settings.checkpoint_topic))


async def _kept(settings: Settings, config: Path | None, there: list[str]) -> list[Finding]:
    """How the events' topics are kept, measured by what the configuration needs of them."""
    with suppress(ConfigError, KafkaError):  # that is told already
        rules = load_centre(config or settings.config).rules()
        found = await topics.look(settings, there, rules)
        return [Finding(f"events in {one.topic}", one.state, one.found, one.todo) for one in found]
    return []


async def _hidden(settings: Settings, names: list[str]) -> list[Finding]:
    """The partitions whose end an open transaction has hidden for longer than one should take."""
    log, since = KafkaLog(settings), {}
    with suppress(KafkaError, TimeoutError):  # that is told already
        if before := await log.hidden(names):
            await asyncio.sleep(HIDDEN_S)
            since = {name: at for name, at in (await log.hidden(before)).items() if at[0] < before[name][1]}
    return [
        Finding(f"events in {name}", "problem", f"{until - first} offsets from {first} on cannot be read", HIDDEN)
        for name, (first, until) in since.items()
    ]


def _rights(missing: list[rights.Right]) -> Iterator[Finding]:
    """What a worker lacks, by topic or group."""
    if not missing:
        yield Finding(_RIGHTS, "ok", "all that a worker needs")
    for (kind, name), lacking in groupby(missing, lambda right: (right.kind, right.name)):
        yield Finding(f"{kind} {name}", "problem", rights.in_words(list(lacking)), rights.TODO)


def _topic(name: str, partitions: int | None) -> Finding:
    if partitions is None:
        return Finding(
            f"topic {name}", "problem", "not there", "create it: svartid makes no topics outside `svartid local`"
        )
    return Finding(f"topic {name}", "ok", f"{partitions} partitions")


def _checkpoint_topic(name: str, partitions: int | None) -> Finding:
    if partitions == 1:
        return Finding(f"topic {name}", "ok", "1 partition")
    config = ", ".join(f"{key}={value}" for key, value in kafka.CHECKPOINT_TOPIC_CONFIG.items())
    if partitions is None:
        return Finding(f"topic {name}", "warning", "not there", f"create it, with 1 partition and {config}: {WITHOUT}")
    return Finding(f"topic {name}", "warning", f"{partitions} partitions", "one is enough: the others stay empty")


async def _redis(settings: Settings, config: Path | None) -> AsyncIterator[Finding]:
    try:
        client = redis_client.connect(settings)
    except BadConnectionSetting as error:
        yield Finding("Redis", "problem", "cannot be connected to", str(error))
        return
    todo = "set SVARTID_REDIS_URL or VALKEY_URI_<INSTANCE>, and its certificates; `svartid local` starts one"
    try:
        if trouble := await redis_client.trouble(settings):
            yield Finding("Redis", "problem", trouble, todo)
            return
        info = await _info(client)
        yield await _clocks(client)
        yield await _writes(client, Keys.of(settings))
        yield await _shown_by(client, settings, config)
        async for finding in _states(client, settings):
            yield finding
        figures = [Finding(*found) async for found in state(client, settings, _rules(settings, config))]
    except BadConnectionSetting as error:
        yield Finding("Redis", "problem", "cannot be used", str(error))
        return
    except (RedisError, OSError) as error:
        yield Finding("Redis", "problem", redis_client.in_words(error), todo)
        return
    finally:
        await client.aclose()
    for finding in (_redis_version(info), _redis_eviction(info), _redis_persistence(info), *figures):
        yield finding


def _rules(settings: Settings, config: Path | None) -> Rules:
    """The workers'; where their configuration is wrong, which is told already, the project's own will do to look."""
    try:
        return load_centre(config or settings.config).rules(*settings.keys)
    except ConfigError:
        return load_centre().rules(*settings.keys)


async def _clocks(client: redis_client.Client) -> Finding:
    """This machine's clock against Redis': what a worker here would show ages by it."""
    what = "clock against Redis'"
    try:
        offset, error = await clocks.offset_ms(client)
    except NoPermissionError as denied:
        return Finding(what, "unknown", "Redis does not say", redis_client.in_words(denied))
    found = f"{clocks.in_words_ms(offset)} it, give or take {error} ms"
    if abs(offset) <= CLOCK_OFF_MS + error:
        return Finding(what, "ok", found)
    todo = "set both by NTP: as long as they differ, a worker here shows all as stale, and leaves writing to others"
    return Finding(what, "problem", found, todo)


async def _writes(client: redis_client.Client, keys: Keys) -> Finding:
    """Whether a worker could write and announce here; tried with a key of its own, which is soon gone, and a message
    that is sent to nobody.
    """
    what = "writing to Redis"
    try:
        await client.set(keys.tried, b"", px=_TRIED_FOR_MS)
    except NoPermissionError as denied:
        todo = "no worker can run with this user: one that reads alone needs no more (deploy/SECURITY.md)"
        return Finding(what, "warning", redis_client.in_words(denied), todo)
    except ResponseError as refused:
        return Finding(what, "problem", redis_client.in_words(refused), redis_client.what_helps(refused))
    for announced, channel in announced_on(keys).items():
        try:
            await redis_client.check_may(client, "PUBLISH", channel, "")
        except NoPermissionError as denied:
            return Finding(what, "problem", f"it works, but {unheard(announced)}: {denied}", may_announce(keys))
    return Finding(what, "ok", "it takes what a worker writes and announces")


async def _shown_by(client: redis_client.Client, settings: Settings, config: Path | None) -> Finding:
    """Whether workers show by the configuration that is here."""
    what, key = "configuration in use", Keys.of(settings).configuration
    try:
        left = await left_in(client, key)
        here = texts_of(config or settings.config)
    except NoPermissionError as denied:
        return Finding(what, "unknown", "Redis does not say", redis_client.in_words(denied))
    except (Spoiled, *UNREADABLE):
        return Finding(what, "warning", f"{key} cannot be read", "a worker that runs writes it anew")
    except ConfigError:
        return Finding(what, "unknown", "the one here cannot be read", "correct the file")
    if left is None:
        return Finding(what, "ok", "no worker has left one")
    revision = f"revision {left.revision}" if left.revision else "one without a revision"
    if digest_of(left.texts) == digest_of(here):
        return Finding(what, "ok", f"{revision}, as here")
    todo = "`svartid config diff` says how they differ; workers take the one with the higher revision"
    return Finding(what, "warning", f"{revision}, which is not the one here", todo)


async def _states(client: redis_client.Client, settings: Settings) -> AsyncIterator[Finding]:
    """Which state is served; nothing where there is but one."""
    keys = Keys.of(settings)
    with suppress(NoPermissionError, Spoiled):
        now, others = await served(client, keys), await typed(keys.states, client.smembers(keys.states))
        if others or now.number:
            looked_at = "" if keys.state == now.state else f"; {keys.state} is looked at here"
            yield Finding("state that is served", "ok", f"{now.state}{looked_at}")


async def _info(client: redis_client.Client) -> dict[str, object]:
    """What the server says of itself; nothing where this user may not ask. Raises RedisError."""
    try:
        return dict(await client.info())
    except NoPermissionError:
        return {}


def _unknown(what: str, todo: str) -> Finding:
    return Finding(what, "unknown", "the server does not say", todo)


def _redis_version(info: dict[str, object]) -> Finding:
    parts = re.match(r"(\d+)\.(\d+)", str(info.get("redis_version")))
    needed = "Redis 6.2 or later, or Valkey, is needed"
    if parts is None:
        return _unknown("Redis", f"ask who runs it: {needed}")
    server = "Valkey" if "valkey_version" in info else "Redis"
    found = f"{server} {info.get('valkey_version') or info['redis_version']}"
    new_enough = tuple(map(int, parts.groups())) >= OLDEST_REDIS
    return Finding("Redis", "ok" if new_enough else "problem", found, "" if new_enough else needed)


def _redis_eviction(info: dict[str, object]) -> Finding:
    policy = info.get("maxmemory_policy")
    todo = "maxmemory-policy to noeviction: another may throw figures away"
    if policy is None:
        return _unknown("Redis eviction", f"ask who runs it to set {todo}")
    kept = policy == "noeviction"
    return Finding("Redis eviction", "ok" if kept else "problem", str(policy), "" if kept else f"set {todo}")


def _redis_persistence(info: dict[str, object]) -> Finding:
    todo = "turn on appendonly: after a restart less is read from Kafka"
    if "aof_enabled" not in info:
        return _unknown("Redis persistence", f"ask who runs it to {todo}")
    if info["aof_enabled"]:
        return Finding("Redis persistence", "ok", "append-only file")
    return Finding("Redis persistence", "warning", "snapshots" if info.get("rdb_last_save_time") else "none", todo)
