"""What is told of one expected wait, and of how good those of a day were. Pure. May import: standard library, msgspec,
the core, documents.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import asdict

from streams.core.expected_wait import Expected, Judged, Withheld
from streams.core.said_wait import SILENT, Saying
from streams.core.wait_score import NO_SCORE, Score, is_worse_than, scored
from streams.core.waiting import are_sums
from streams.serve.documents import ExpectedWait, SaidWait, SmallWait, WaitOf, WaitScore

STEPS_MS: Final = ((300_000, 5_000), (1_800_000, 15_000))  # up to which likely wait it is told by steps of what
LONGEST_STEP_MS: Final = 60_000
OfWaiting = tuple[tuple[int, Expected], ...]  # when somebody entered (epoch ms), and how long that one waits in all


def rounded(expected: Expected | Withheld) -> Expected | Withheld:
    """By steps that people can use, the band outwards: so it is not another one each moment."""
    if isinstance(expected, Withheld):
        return expected
    low, likely, high = expected
    step = next((step for until, step in STEPS_MS if likely <= until), LONGEST_STEP_MS)
    return Expected(low // step * step, round(likely / step) * step, -(-high // step) * step)


class Told(NamedTuple):
    """What is told of one line or group, as of an instant (epoch ms)."""

    at_ms: int
    expected: Expected | Withheld
    saying: Saying = SILENT
    of_waiting: OfWaiting = ()

    @property
    def wait(self) -> ExpectedWait:
        """As the whole has it."""
        of, said = self.expected, self.saying.said
        if isinstance(of, Withheld):
            return ExpectedWait(withheld=of.reason)
        return ExpectedWait(**of._asdict(), said_from_ms=None if said is None else said.least_ms)

    @property
    def small(self) -> SmallWait:
        """As a small document has it."""
        said = self.saying.said
        return SmallWait(
            **asdict(self.wait),
            said=None if said is None else SaidWait(nb=said.words("nb"), nn=said.words("nn"), en=said.words("en")),
            of_waiting=[WaitOf(entered_ms=entered, **of._asdict()) for entered, of in self.of_waiting],
        )

    def is_as(self, other: "Told | None") -> bool:
        """Whether documents have the same of it."""
        mine = (self.expected, self.saying.said, self.of_waiting)
        return other is not None and mine == (other.expected, other.saying.said, other.of_waiting)


class Both(NamedTuple):
    """How good what was foretold was, and how good the plain mean of then would have been."""

    ours: Score = NO_SCORE
    plain: Score = NO_SCORE

    @classmethod
    def of(cls, judged: Judged) -> "Both":
        """Of one that is scored."""
        said, wait_ms = judged.foretold, judged.ended.wait_ms
        assert isinstance(said, Expected)
        assert judged.plain_ms is not None  # where nobody was answered lately nothing is foretold
        return cls(scored(wait_ms, said.likely_ms, said.low_ms, said.high_ms), scored(wait_ms, judged.plain_ms))

    @property
    def is_sound(self) -> bool:
        """Whether sums of squares can be made of it."""
        return all(are_sums(of) and of.answered >= 0 and of.squared_ms2 >= 0 for of in self)

    def __add__(self, other: "Both") -> "Both":  # type: ignore[override]  # sums, not a longer tuple
        """Together."""
        return Both(self.ours + other.ours, self.plain + other.plain)


NOTHING_SCORED: Final = Both()
Scores = dict[str, Both]  # by line


class DayForetold(Struct, kw_only=True):
    """How good what was told of one queue on one day has been."""

    day: Annotated[str, Meta(description="Local date.")]
    queue: Annotated[str, Meta(description="Such as phone/personbruker/helse.")]
    score: Annotated[WaitScore, Meta(description="As in the snapshot's expected_wait_score.")]


def days_foretold(found: Mapping[date, Scores]) -> list[DayForetold]:
    """In the order of days and names, those of whom anything was scored."""
    return [
        DayForetold(day=on.isoformat(), queue=line, score=score)
        for on, scores in sorted(found.items())
        for line, both in sorted(scores.items())
        if (score := score_of(both)) is not None
    ]


def score_of(both: Both) -> WaitScore | None:
    """As documents have it; None of nobody."""
    ours, plain = both
    if not ours.answered:
        return None
    return WaitScore(
        answered=ours.answered,
        mean_error_ms=ours.mean_error_ms,
        mean_absolute_ms=ours.mean_absolute_ms,
        root_mean_square_ms=ours.root_mean_square_ms,
        relative=ours.relative,
        share_longer=ours.share_longer,
        share_too_low=ours.share_too_low,
        plain_root_mean_square_ms=plain.root_mean_square_ms,
        is_worse_than_plain=is_worse_than(ours, plain),
    )
