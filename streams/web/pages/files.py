"""What browsers are given as it lies in this folder: pages, their looks and their programs.

Nothing of it is a figure or a name of the configuration, so that whoever reaches us may have it: a page that nobody
may have could not say what to do. May import: answers, texts, Litestar.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from streams.web.answers import Asked, answer
from streams.web.pages import texts

FOLDER: Final = Path(__file__).parent
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


def _paths() -> dict[str, str]:
    """Where each is asked for, and where it lies."""
    beside = [file.name for file in FOLDER.iterdir() if file.suffix in (".css", ".js", ".svg")]
    return {
        **dict.fromkeys(("/", "/koene-na"), "koene-na.html"),
        **{f"/pages/{name}": name for name in sorted(beside)},
        **{f"/pages/texts/{language}.json": f"texts/{language}.json" for language in texts.LANGUAGES},
    }


PATHS: Final = _paths()


@cache
def file_of(path: str) -> File:
    """What is given for a path that there is."""
    name = PATHS[path]
    body = texts.body(Path(name).stem) if name.startswith("texts/") else (FOLDER / name).read_bytes()
    return File(body, TYPES[Path(name).suffix])


def strictly(response: Response[Any]) -> Response[Any]:
    """With what keeps a browser from asking anybody else, and from guessing what this is."""
    response.headers.update(STRICT)
    return response


@get(sorted(PATHS), include_in_schema=False)
async def _file(request: Asked) -> Response[Any]:
    file = file_of(request.scope["path"])
    return strictly(answer(request, file.body, KEPT_FOR_MS, file.media_type))


ROUTES: Final[list[HTTPRouteHandler]] = [_file]
