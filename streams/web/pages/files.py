"""What browsers are given as it lies in `browser/`: pages, their looks and their programs.

Nothing of it is a figure or a name of the configuration, so that whoever reaches us may have it: a page that nobody
may have could not say what to do. May import: answers, boards, texts, Litestar.
"""

from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from streams.web.answers import Asked, answer
from streams.web.pages import texts
from streams.web.pages.boards import BOARDS, Board

FOLDER: Final = Path(__file__).with_name("browser")
KEPT_FOR_MS: Final = 60_000  # and asked for again after that: a wall that was never turned off has the new release, too
TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
STRICT: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class File(NamedTuple):
    """One of them."""

    body: bytes
    media_type: str


def _link(board: Board, here: Board) -> str:
    mark = ' aria-current="page"' if board is here else ""
    return f'    <a href="/{board.name}"{mark} data-text="titles.{board.name}">{board.title}</a>'


@cache
def files() -> dict[str, File]:
    """All of them by where they are asked for, read once; the first board is at the root, too."""
    pages = {f"/{board.name}": File(_page(board), TYPES[".html"]) for board in BOARDS}
    beside = sorted(file for file in FOLDER.rglob("*.*") if file.suffix in (".css", ".js", ".svg"))
    return {
        "/": pages[f"/{BOARDS[0].name}"],
        **pages,
        **{f"/pages/{file.relative_to(FOLDER)}": File(file.read_bytes(), TYPES[file.suffix]) for file in beside},
        **{f"/pages/texts/{language}.json": File(texts.body(language), TYPES[".json"]) for language in texts.LANGUAGES},
    }


def _page(board: Board) -> bytes:
    """One board's, with links to all: in each only its name, its title and where it stands are its own."""
    links = "\n".join(map(partial(_link, here=board), BOARDS))
    page = (FOLDER / "page.html").read_text(encoding="utf-8")
    return page.format(name=board.name, title=board.title, links=links).encode()


@cache
def edition() -> str:
    """Another one where any of them is another."""
    return sha256(b"".join(file.body for _, file in sorted(files().items()))).hexdigest()[:16]


def strictly(response: Response[Any]) -> Response[Any]:
    """With what keeps a browser from asking anybody else, and from guessing what this is."""
    response.headers.update(STRICT)
    return response


def routes() -> list[HTTPRouteHandler]:
    """Where each is given."""

    @get(sorted(files()), include_in_schema=False)
    async def file(request: Asked) -> Response[Any]:
        found = files()[request.scope["path"]]
        return strictly(answer(request, found.body, KEPT_FOR_MS, found.media_type))

    return [file]
