"""What every board is held to, in a real browser: axe-core finds nothing, and nothing moves once it is drawn."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from tests.web.chromium import Browser, Page

_AXE: Final = next(
    Path(__file__).parents[2].glob(".venv-api/lib/python3*/site-packages/axe_playwright_python/axe.min.js"), None
)
needs_axe: Final = pytest.mark.skipif(_AXE is None, reason="make .venv-api/.ready installs axe-core")
SIZES: Final = MappingProxyType({"wall": (1920, 1080), "desk": (1280, 800), "telephone": (390, 844)})
MOST_MOVED: Final = 0.01  # of layout shift in all; from 0.1 on people are said to notice
_MOVES: Final = """window.moved = []; new PerformanceObserver(list => window.moved.push(...list.getEntries().map(one =>
    [one.value, one.sources.map(of => of.node?.id || of.node?.className || of.node?.nodeName)])))
    .observe({ type: 'layout-shift', buffered: true })"""


def tabs(browser: Browser, mode: str, sizes: Mapping[str, tuple[int, int]] = SIZES) -> Iterator[tuple[str, Page]]:
    """A tab of each size, one after another, each closed when the next is asked for; what moves in it is noted."""
    for size, (width, height) in sizes.items():
        with browser.page(width, height, mode) as page:
            page.before_each(_MOVES)
            yield size, page


def assert_nothing_moved(page: Page, where: object) -> None:
    """Since it was opened."""
    moved = page.eval("window.moved")
    assert sum(value for value, _ in moved) < MOST_MOVED, (where, moved)


def assert_accessible(page: Page, where: object) -> None:
    """As it is now."""
    page.eval(_axe() + ";0")
    found = page.eval("axe.run().then(of => of.violations.map(one => [one.id, one.nodes[0].html]))")
    assert found == [], (where, found)


@cache
def _axe() -> str:
    assert _AXE is not None
    return _AXE.read_text(encoding="utf-8")
