"""The boards by name, for whatever links to them. May import: standard library, msgspec."""

from typing import Final

from msgspec import Struct


class Board(Struct, kw_only=True, frozen=True):
    """One board: a folder of `browser/` that has its `board.js` and its `board.css`."""

    name: str  # of its folder, of its address, and of its words
    title: str  # in bokmål, as Grafana's of the same name


BOARDS: Final = (
    Board(name="koene-na", title="Køene nå"),
    Board(name="resultatkort", title="Resultatkort"),
    Board(name="ko-i-dybden", title="Kø i dybden"),
    Board(name="tilbakeblikk", title="Tilbakeblikk"),
    Board(name="svartid-selv", title="svartid selv"),
)
