"""One page for each kind of alert: `pages/<stem>.md`, filled with the centre's figures.

What is the same in all (how bad, when it is told, which board) is put on top here, so that no page can say otherwise.
May import: config, the alerts, board_names, marks, records, spells, words, the core's burn, serve's bokmal and what it
calls windows.
"""

from collections.abc import Iterator
from importlib.resources import files
from itertools import groupby
from string import Template

from config import Centre
from config.placing import together
from config.targets import TIMES_THE_MEAN, Target
from streams.core.burn import LENGTHS_MS, PAIRS, Pair, least_of
from streams.durations import short
from streams.generate.alert import Alert
from streams.generate.alerts import alerts
from streams.generate.board_names import TITLES
from streams.generate.clock_alerts import CUT_LEAST, CUT_SHARE, LATE_LEAST, LATE_SHARE, LATE_STRETCH_MS
from streams.generate.letter_alerts import BACKLOG_LEAST
from streams.generate.marks import MARK
from streams.generate.promise_alerts import TRANSFER_STRETCH_MS
from streams.generate.service_alerts import (
    OWN_LAG_LASTS_MS,
    OWN_LAG_RECORDS,
    REJECTED_LEAST,
    REJECTED_SHARE,
    REJECTED_STRETCH_MS,
    STALE_AFTER_MS,
)
from streams.generate.spells import in_words, said, spells
from streams.generate.state_alerts import CHECKPOINT_OLD_MS, LOST_TOLD_MS
from streams.generate.target_alerts import BUDGET_BURN
from streams.generate.wait_alerts import BEYOND_FOR_MS, FEW, PASSED_LEAST, RIGHT_FOR_MS, passed_window_ms
from streams.generate.words import latest, promise, queues_of, span
from streams.serve.bokmal import exactly, percent

FOLDER = "deploy/runbooks"
_SEVERITIES = {"critical": "kritisk: vakt varsles", "warning": "advarsel: drift varsles", "none": "ingen: livstegn"}


def runbooks(centre: Centre) -> dict[str, str]:
    """Every page, by path. Raises KeyError where a page wants a figure that there is none of."""
    named = groupby(alerts(centre), lambda alert: alert.name)
    return {_path(of[0]): _page(of, centre) for of in (list(group) for _, group in named)}


def _path(alert: Alert) -> str:
    return f"{FOLDER}/{alert.runbook}.md"


def _page(of: list[Alert], centre: Centre) -> str:
    alert = of[0]
    title, _, text = _template(alert.runbook).substitute(_figures(centre)).partition("\n")
    return "\n".join([f"<!-- {MARK[2:].strip()} -->", f"# {alert.name}: {title}", "", *_facts(of, centre), text])


def _template(stem: str) -> Template:
    return Template((files("streams.generate") / "pages" / f"{stem}.md").read_text(encoding="utf-8"))


def _facts(of: list[Alert], centre: Centre) -> list[str]:
    """How bad, when it is told, and which board: for all, or for each target."""
    board = f"[{TITLES[of[0].dashboard]}]({centre.alerts.dashboard_url}/{of[0].dashboard})"
    if of[0].target is None:
        rows = [("Alvor", _SEVERITIES[of[0].severity]), ("Sies når det har vart i", span(of[0].hold_ms))]
        rows += [("Tas tilbake når det har vært borte i", span(of[0].clear_ms)), ("Tavle", board)]
        return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    known = {spell.about: spell for spell in spells(centre)}
    head = "| Mål | Gjelder | Løfte | Alvor | Sies etter | Tas tilbake etter | Minste utvalg |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    for alert in of:
        spell = known[alert.about or ""]
        target = spell.target
        cells = [
            target.id,
            queues_of(target, centre.names),
            promise(target) + spell.in_words,
            _SEVERITIES[alert.severity].partition(":")[0],
        ]
        cells += [span(alert.hold_ms), span(alert.clear_ms), _least(alert, target)]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", f"Tavle: {board}"]


def _least(alert: Alert, target: Target) -> str:
    """How many must have been answered (or have given up, where the measure has those) before it is judged."""
    if alert.name == BUDGET_BURN:
        lengths = sorted(LENGTHS_MS.items(), key=lambda one: one[1])
        return ", ".join(f"{least_of(target.least_sample, of)} på {span(ms)}" for of, ms in lengths)
    return "ingen" if target.promise.measure.is_of_now else f"{target.least_sample} på {span(target.window)}"


def _figures(centre: Centre) -> dict[str, str]:
    told, definitions = centre.alerts, centre.definitions
    return {
        "stale_after": span(definitions.stale_after),
        "horizon": span(definitions.horizon),
        "ghost_after": span(definitions.ghost_after),
        "report_max_age": span(definitions.report_max_age),
        "report_tolerance": span(definitions.report_tolerance),
        "longest_waits": "\n".join(f"- {name}: {limit}" for name, limit in _limits(centre)),
        "right_for": latest(RIGHT_FOR_MS),
        "few": str(FEW),
        "beyond_for": span(BEYOND_FOR_MS),
        "passed_least": str(PASSED_LEAST),
        "passed_window": latest(passed_window_ms(centre)),
        "promise": span(definitions.promise),
        "promise_lost": span(definitions.promise_lost),
        "silence": span(told.silence),
        "overdue": str(told.overdue),
        "letters_overdue": str(told.letters_overdue),
        "letters_oldest": span(told.letters_oldest),
        "letters_backlog_least": str(BACKLOG_LEAST),
        "letter_lost": span(definitions.letter_lost),
        "own_lag": str(OWN_LAG_RECORDS),
        "own_lag_lasts": span(OWN_LAG_LASTS_MS),
        "lag": str(told.lag_records),
        "transfer_least": str(told.transfer_least),
        "transfer_share": exactly(told.transfer_answered_share),
        "transfer_stretch": latest(TRANSFER_STRETCH_MS),
        "future": span(definitions.future),
        "witnesses": str(definitions.witnesses),
        "cut_share": percent(CUT_SHARE),
        "cut_least": str(CUT_LEAST),
        "longest_window": short(max(centre.windows.lengths)),
        "late_share": percent(LATE_SHARE),
        "late_least": str(LATE_LEAST),
        "late_stretch": latest(LATE_STRETCH_MS),
        "rejected_share": percent(REJECTED_SHARE),
        "rejected_least": str(REJECTED_LEAST),
        "rejected_stretch": latest(REJECTED_STRETCH_MS),
        "checkpoint_old": span(CHECKPOINT_OLD_MS),
        "lost_told": span(LOST_TOLD_MS),
        "window": short(centre.windows.main),
        "snapshot_age": span(STALE_AFTER_MS),
        "pairs": "\n".join(f"- {_pair(pair)}" for pair in PAIRS),
    }


def _limits(centre: Centre) -> Iterator[tuple[str, str]]:
    """How long one may wait in each group, by date where its promised mean is another from a date on."""
    given = together(sorted(centre.longest_wait, key=lambda limit: limit.first), lambda limit: limit.group)
    of_groups = (spell for spell in spells(centre) if spell.target.level == "group")
    means = [spell for spell in of_groups if spell.target.mean_wait_ms is not None]
    for group in dict.fromkeys((*(spell.target.whose for spell in means), *given)):
        own = sorted((t for t in means if t.target.whose == group), key=lambda spell: spell.days.first)
        of_means = said(own, lambda target: span(TIMES_THE_MEAN * (target.mean_wait_ms or 0)))
        told = ", ".join(f"{span(limit.at_most)}{in_words(limit)}" for limit in given.get(group, ()))
        is_always = any(not limit.dates for limit in given.get(group, ()))
        parts = [told] if is_always else [told, of_means]
        yield centre.names.group(*group.split("/")), ", ellers ".join(filter(None, parts))


def _pair(pair: Pair) -> str:
    times = f"mer enn {pair.factor:g} ganger så fort som".replace(".", ",")
    how = "fortere enn" if pair.factor == 1 else times
    return f"{how} året tåler, både {latest(LENGTHS_MS[pair.long])} og {latest(LENGTHS_MS[pair.short])}"
