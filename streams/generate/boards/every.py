"""All boards, as the files that Grafana reads. May import: the SDK, config, boards."""

import json
from collections.abc import Callable

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from config import Centre
from streams.generate.boards import depth, own, promise, scorecard, wall
from streams.generate.boards.frame import Board, without_what_grafana_lacks

_BOARDS: dict[str, Callable[[Centre], Board]] = {
    "koene-na": wall.board,
    "resultatkort": scorecard.board,
    "ett-lofte": promise.board,
    "ko-i-dybden": depth.board,
    "svartid-selv": own.board,
}


def dashboards(centre: Centre) -> dict[str, str]:
    """Path (relative to the project) -> JSON of each board; the same configuration gives the same text."""
    return {f"grafana/dashboards/{name}.json": _text(make(centre)) for name, make in _BOARDS.items()}


def _text(board: Board) -> str:
    plain = without_what_grafana_lacks(json.loads(JSONEncoder().encode(board.built())))
    return json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
