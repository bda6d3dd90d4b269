"""What the configuration says to a board: names, in which order, limits, planned stops; and what time it is here.

May import: config, serve's configuration and words, answers, files, promises, Litestar.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from config import Centre
from streams.serve import bokmal
from streams.serve.configuration import Configured
from streams.serve.wall_figures import figures_of
from streams.settings import Settings
from streams.web.answers import Asked, answer
from streams.web.pages import files, promises

PATH: Final = "/pages/centre.json"


class Queue(Struct, kw_only=True):
    """One queue, and what people call it."""

    name: str
    label: str


class Group(Struct, kw_only=True):
    """A channel's and audience's own queues."""

    name: str
    label: str
    longest_ms: int | None  # how long one may wait; None: nothing is said of that
    figures: list[str]  # what is shown of each queue, in this order
    queues: list[Queue]


class Stop(Struct, kw_only=True):
    """A channel's source is down on purpose."""

    channel: str
    label: str
    until_ms: int
    reason: str


class Told(Struct, kw_only=True):
    """What a board is told before it is told figures."""

    edition: str  # of the pages: who has another of them loads them anew
    name: str
    timezone: str
    now_ms: int
    speed: float  # of the clock: 1 but in a demo
    window_ms: int  # of means
    message: str  # for everybody who looks; empty: none
    channels: dict[str, str]  # what people call each
    writer: str | None  # which worker wrote what is told; None: nobody has
    groups: list[Group]
    stops: list[Stop]


class Pages:
    """`configured` is what figures are shown by now, `writer` which worker writes them."""

    def __init__(
        self, settings: Settings, configured: Callable[[], Configured], writer: Callable[[], str | None] = lambda: None
    ) -> None:
        self._clock, self._message, self._configured, self._writer = (
            settings.clock,
            settings.web_message,
            configured,
            writer,
        )

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        """All that browsers are given."""

        @get(PATH, include_in_schema=False)
        async def centre(request: Asked) -> Response[Any]:
            return files.strictly(answer(request, self.told()))

        @get(promises.PATH, include_in_schema=False)
        async def promised(request: Asked) -> Response[Any]:
            return files.strictly(answer(request, promises.told(self._configured().centre)))

        return [*files.routes(), centre, promised]

    def told(self) -> Told:
        """As of now."""
        now_ms = self._clock.now_ms()
        centre = self._configured().centre.as_of(now_ms)
        return Told(
            edition=files.edition(),
            name=centre.name,
            timezone=centre.timezone,
            now_ms=now_ms,
            speed=self._clock.speed,
            window_ms=centre.windows.main,
            message=self._message,
            channels={channel: centre.names.channel(channel) for channel in centre.channels},
            writer=self._writer(),
            groups=list(_groups(centre, now_ms)),
            stops=list(_stops(centre, now_ms)),
        )


def _groups(centre: Centre, now_ms: int) -> Iterator[Group]:
    names, longest = centre.names, centre.longest_waits_at(now_ms)
    for channel, audience in centre.own_groups:
        name = f"{channel}/{audience}"
        own = [line.split("/", 2)[2] for line in centre.own_lines if line.startswith(f"{name}/")]
        queues = [
            Queue(name=f"{name}/{queue}", label=bokmal.queue_name(queue, names.queue(channel, audience, queue)))
            for queue in own
        ]
        yield Group(
            name=name,
            label=names.group(channel, audience),
            longest_ms=longest.get(name),
            figures=[figure.name for figure in figures_of(channel)],
            queues=queues,
        )


def _stops(centre: Centre, now_ms: int) -> Iterator[Stop]:
    for channel in centre.channels:
        if (stop := centre.planned_stop_at(channel, now_ms)) is not None:
            label = centre.names.channel(channel)
            yield Stop(channel=channel, label=label, until_ms=stop.until_ms, reason=stop.reason)
