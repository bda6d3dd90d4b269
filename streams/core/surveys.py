"""Surveys: who was asked, who answered, and which scores were given. By the day, never finer.

The rules are in streams/MEASURES.md, *Surveys*. May import: standard library, calendar, facts.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from streams.core.calendar import day_of
from streams.core.facts import SurveyFact

INVITED: Final = ""  # in place of a question


def counts_of(facts: Iterable[SurveyFact], zone: ZoneInfo) -> Iterator[tuple[str, int, str]]:
    """What one survey counts as: line, the midnight that began its day (epoch ms), measure.

    Of several invitations the first counts, of several answers to a question the last.
    """
    told = sorted(set(facts))
    answers = {question: fact for fact in told if (question := fact[1]) != INVITED}  # the last of each stays
    invited = next((fact for fact in told if fact[1] == INVITED), None)
    if invited is not None:
        yield invited[3], day_of(invited[0], zone), "survey_invited"
    if answers:
        first = min(fact for fact in told if fact[1] != INVITED)
        yield first[3], day_of(first[0], zone), "survey_answered"
    for question, (at, _, score, line) in answers.items():
        yield line, day_of(at, zone), f"survey_{question}_{score}"
