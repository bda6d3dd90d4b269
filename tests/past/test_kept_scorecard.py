"""The scorecard's document on real parts: weeks of calls, letters, surveys and a chatbot, each figure the same wherever
it is shown.
"""

import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.clock import Clock
from streams.past.scorecard_document import Scorecard
from tests.answers import answered
from tests.conftest import Installations
from tests.events import Event, event, visit
from tests.ingest.sending import Produced
from tests.ingest.waiting import eventually
from tests.sources.days import at_ms

pytestmark = pytest.mark.real

TODAY = date(2025, 3, 14)
NOON_MS = at_ms("2025-03-14T12:00")
FIRST = at_ms("2025-02-10T09:00")
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
STRETCHES = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}

TODAYS_WAITS = [200_000 + 20_000 * n for n in range(60)]  # of who was answered each four minutes since 8


def told() -> Iterator[tuple[str, Event]]:
    """A few of each kind a day, for five weeks."""
    chance = random.Random(19)
    for n, day in enumerate(range(FIRST, NOON_MS - 2 * HOUR_MS, DAY_MS)):
        for who in range(12):
            wait_ms = chance.randrange(10_000, 900_000)
            call = f"call-{n}-{who}"
            for one in visit(call, day + who * 60_000, ("queue.answered", wait_ms)):
                yield "phone", one
            if who % 3 == 0:
                yield "phone", event("survey.invited", day + HOUR_MS, call)
                for question in ("solution", "service"):
                    score = chance.choice((3, 5, 6, 6))
                    yield "phone", event("survey.answered", day + 2 * HOUR_MS, call, question=question, score=score)
        for who in range(4):
            letter, queue = f"letter-{n}-{who}", chance.choice(("sto", "bto"))
            yield "written", event("written.received", day + who, letter, f"written/personbruker/{queue}")
            after = chance.choice((HOUR_MS, DAY_MS, 4 * DAY_MS))
            if day + after < NOON_MS - HOUR_MS:
                yield "written", event("written.answered", day + after, letter, None)
        for who in range(3):
            chat, outcome = f"chat-{n}-{who}", chance.choice(("solved", "partly", "transferred"))
            bot = "chat/personbruker/frida"
            yield "chat", event("bot.started", day, chat, bot)
            yield "chat", event("bot.ended", day + 60_000, chat, bot, outcome=outcome)
    for who, wait_ms in enumerate(TODAYS_WAITS):
        for one in visit(f"today-{who}", NOON_MS - 4 * HOUR_MS + who * 240_000 - wait_ms, ("queue.answered", wait_ms)):
            yield "phone", one
    for channel, line in (("written", "written/personbruker/sto"), ("chat", "chat/personbruker/helse")):
        yield channel, event("contact.held", NOON_MS - 60_000, "last", line)
    yield "phone", event("contact.held", NOON_MS - 60_000, "last")


def sent() -> list[Produced]:
    everything = sorted(told(), key=lambda one: one[1]["occurred_at"])
    return [
        Produced(channel, one["journey_id"].encode(), orjson.dumps(one), one["occurred_at"])
        for channel, one in everything
    ]


def test_each_figure_is_the_same_wherever_it_is_shown(installations: Installations, tmp_path: Path) -> None:
    installation = installations({"phone": 2, "chat": 1, "written": 2})
    installation.env |= {"SVARTID_CLOCK": str(Clock.starting_at(NOON_MS, 1.0))}
    log = sent()
    installation.send(log)
    worker = installation.start()
    installation.wait_ready()
    installation.wait_committed(len(log))
    key = installation.keys.scorecard

    def kept() -> Scorecard | None:
        packed = installation.redis.get(key)
        document = msgspec.json.decode(packed, type=Scorecard) if isinstance(packed, bytes) else None
        return document if document and document.promises else None

    document = eventually(kept, lambda: f"there is a scorecard: {worker.said[-2000:]}")
    assert 0 < installation.redis.pttl(key) <= 600_000
    by_id: dict[str, Any] = {one["id"]: one for one in msgspec.to_builtins(document)["promises"]}
    assert {"phone-personbruker-mean", "written-sto-mean", "survey-solution"} <= by_id.keys()

    # The command, of the same day.
    ran = installation.run("scorecard", "--json")
    said: dict[str, Any] = {one["id"]: one for one in answered("scorecard", ran.stdout)}
    for id_, one in by_id.items():
        assert {name: one[name] for name in STRETCHES} == {name: said[id_][name] for name in STRETCHES}, id_
        assert (one["budget"], one["forecast"], one["burn"]) == tuple(
            said[id_][name] for name in ("budget", "forecast", "burn")
        )
    mean = by_id["phone-personbruker-mean"]
    lately = TODAYS_WAITS[34:]  # since a quarter past ten: eight quarters with the one that begins at twelve
    two_hours = sum(lately) / (len(lately) * mean["limit"]["at_most_ms"])
    assert (mean["burn"]["two_hours"], mean["burn"]["too_fast"]) == (pytest.approx(two_hours), True)
    assert 1.5 < mean["burn"]["day"] < two_hours, "twelve of this morning are in it"

    # Prometheus.
    shown = {
        (sample.name, sample.labels["target"], sample.labels["stretch"]): sample.value
        for family in text_string_to_metric_families(worker.get("/metrics")[1])
        for sample in family.samples
        if {"target", "stretch"} <= sample.labels.keys()
    }
    for name in STRETCHES:
        for id_, measure, scale in (
            ("phone-personbruker-mean", "seconds", 1000),
            ("phone-personbruker-share", "ratio", 1),
            ("written-sto-mean", "working_days", DAY_MS),
        ):
            value = by_id[id_][name]["value"]
            found = shown.get((f"svartid_promise_{measure}", id_, name))
            assert found == (None if value is None else value / scale), (id_, name)
    for name, of in (("7d", "week"), ("1d", "day"), ("2h", "two_hours")):
        assert shown.get(("svartid_promise_burn_ratio", mean["id"], name)) == mean["burn"][of]
    assert f'svartid_promise_burn_too_fast{{target="{mean["id"]}"}} 1.0' in worker.get("/metrics")[1]

    # History and export, of the year.
    def history(*arguments: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(installation.run("history", "--json", *arguments).stdout)
        return rows

    for name, step in STRETCHES.items():
        rows = {
            (one["channel"], one["audience"]): one
            for one in history("--step", step, "--by", "group", "--to", TODAY.isoformat())
        }
        phone = rows["phone", "personbruker"]
        assert by_id["phone-personbruker-mean"][name]["value"] == phone["wait_mean_ms"]
        queues = {one["queue"]: one for one in history("--step", step, "--by", "queue", "--to", TODAY.isoformat())}
        sto = queues.get("sto", {})
        assert by_id["written-sto-mean"][name]["of"] == (sto.get("letters_answered") or 0)
        if sto.get("letters_answered"):
            assert by_id["written-sto-mean"][name]["value"] == sto["letter_days_sum_ms"] / sto["letters_answered"]
    year = ("--step", "1y", "--from", "2025-01-01", "--to", TODAY.isoformat())
    csv = installation.run("export", *year, "-", "--format=csv")
    assert csv.stdout == installation.run("history", "--step", "1y", "--by", "queue", "--csv").stdout

    older: dict[str, Any] = {
        one["id"]: one
        for one in answered("scorecard", installation.run("scorecard", "--card", "older", "--json").stdout)
    }
    outcomes = [older[f"bot-{of}"]["year"]["value"] for of in ("transferred", "solved", "partly")]
    assert sum(outcomes) == pytest.approx(1)
    assert sum(older[f"mix-{of}"]["year"]["value"] for of in ("phone", "written", "chat")) == pytest.approx(1)
    survey = by_id["survey-solution"]["year"]
    assert survey["low"] < survey["value"] < survey["high"] and survey["response"] == 1
    assert by_id["survey-solution"]["day"] is None, "of a day that is not over it is not told who said what"
    picture = tmp_path / "card.svg"
    assert installation.run("scorecard", "--svg", str(picture)).returncode == 0
    drawn = picture.read_text()
    assert "Skriftlig" in drawn
    assert "url(http" not in drawn, "a picture in a page fetches nothing"
    installation.verify(len(log))
