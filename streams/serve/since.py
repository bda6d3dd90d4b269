"""Since when each verdict stands, and what of it is told, kept where the figures are: whoever writes the snapshot next
goes on with it.

So neither a take-over, nor a restart, nor a service that was away for a while begins a verdict, its hold or its clear
anew. That nothing was known for a while (stale) interrupts nothing either: a verdict that is the same after it as
before stands since before. May import: msgspec, config's targets, the core, documents.
"""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from config.targets import Target
from streams.core.telling import MATTERS, Being, Matter, Terms, next_of
from streams.core.verdicts import Verdict
from streams.serve.documents import TargetEntry, Told, ToldOf


class Stood(Struct, frozen=True, array_like=True):
    """What is kept of one target; the last two are not there where an earlier build has written it."""

    verdict: Verdict  # the last that was one
    since_ms: int
    breach: Being = Being()
    drifting: Being = Being()

    def being(self, matter: Matter) -> Being:
        """Whether it is told."""
        return self.breach if matter == "breach" else self.drifting


_decode = msgspec.json.Decoder(dict[str, Stood]).decode


class Since:
    """Of all targets. `is_news` where it is otherwise than whoever keeps it knows."""

    def __init__(self) -> None:
        self.is_news = False
        self._stood: dict[str, Stood] = {}
        self._stale: dict[str, int] = {}  # by target, since when

    @property
    def packed(self) -> bytes:
        """As Redis has it."""
        return msgspec.json.encode(self._stood)

    def take_over(self, packed: bytes | None) -> None:
        """From who wrote before; what cannot be read is as if it were not there."""
        try:
            self._stood = _decode(packed) if packed else {}
        except msgspec.DecodeError:
            self._stood = {}
        self.is_news = False

    def note(self, entries: Iterable[TargetEntry], promised: Iterable[Target], now_ms: int) -> None:
        """Says of each target since when its verdict stands, and what of it is told."""
        entries, terms = list(entries), {target.id: target.telling for target in promised}
        for entry in entries:
            entry.since_ms = self._since(entry.id, entry.verdict, terms[entry.id], now_ms)
            entry.told = _told(self._stood.get(entry.id))
        of_now = {entry.id for entry in entries}
        self._stale = {id_: since for id_, since in self._stale.items() if id_ in of_now}
        if self._stood.keys() - of_now:  # what is in force no longer begins anew
            self._stood, self.is_news = {id_: of for id_, of in self._stood.items() if id_ in of_now}, True

    def _since(self, id_: str, verdict: Verdict, terms: Mapping[Matter, Terms], now_ms: int) -> int:
        if verdict == "stale":
            return self._stale.setdefault(id_, now_ms)
        self._stale.pop(id_, None)
        before = self._stood.get(id_)
        is_another = before is None or before.verdict != verdict or before.since_ms > now_ms  # a clock was set back
        since_ms = now_ms if before is None or is_another else before.since_ms
        beings = {
            matter: next_of(matter, before.being(matter) if before else Being(), verdict, since_ms, now_ms, of)
            for matter, of in terms.items()
        }
        stood = Stood(verdict, since_ms, **beings)
        if stood != before:
            self._stood[id_], self.is_news = stood, True
        return since_ms


def _told(stood: Stood | None) -> Told:
    """What the snapshot says of it."""
    beings = {matter: stood.being(matter) if stood else Being() for matter in MATTERS}
    return Told(**{matter: ToldOf(is_told=of.is_told, since_ms=of.since_ms) for matter, of in beings.items()})
