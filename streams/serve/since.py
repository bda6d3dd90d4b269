"""Since when each verdict stands, kept where the figures are: whoever writes the snapshot next goes on with it.

So neither a take-over, nor a restart, nor a service that was away for a while begins a verdict anew. That nothing was
known for a while (stale) interrupts nothing either: a verdict that is the same after it as before stands since before.
May import: msgspec, the core, documents.
"""

from collections.abc import Iterable

import msgspec

from streams.core.verdicts import Verdict
from streams.serve.documents import TargetEntry

Stood = dict[str, tuple[Verdict, int]]  # by target: the last verdict that was one, and since when (epoch ms)
_decode = msgspec.json.Decoder(Stood).decode


class Since:
    """Of all targets. `is_news` where it is otherwise than whoever keeps it knows."""

    def __init__(self) -> None:
        self.is_news = False
        self._stood: Stood = {}
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

    def note(self, targets: Iterable[TargetEntry], now_ms: int) -> None:
        """Says of each target since when its verdict stands."""
        targets = list(targets)
        for target in targets:
            target.since_ms = self._since(target.id, target.verdict, now_ms)
        of_now = {target.id for target in targets}
        self._stale = {id_: since for id_, since in self._stale.items() if id_ in of_now}
        if self._stood.keys() - of_now:  # what is in force no longer begins anew
            self._stood, self.is_news = {id_: of for id_, of in self._stood.items() if id_ in of_now}, True

    def _since(self, id_: str, verdict: Verdict, now_ms: int) -> int:
        if verdict == "stale":
            return self._stale.setdefault(id_, now_ms)
        self._stale.pop(id_, None)
        stood = self._stood.get(id_)
        if stood is None or stood[0] != verdict or stood[1] > now_ms:  # a clock was set back
            stood = self._stood[id_] = (verdict, now_ms)
            self.is_news = True
        return stood[1]
