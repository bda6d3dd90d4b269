"""Why there is no answer: RFC 9457 problems, one list of them all.

Each says what is so, and what helps; none says back what was asked. `Retry-After` is there only where trying again can
help. May import: msgspec.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

MEDIA_TYPE: Final = "application/problem+json"
_MOST_NAMES: Final = 2000  # that a problem says there are

Why = Literal["starting", "redis", "denied", "nobody writes", "old", "unreadable"]


class Problem(Struct, kw_only=True, omit_defaults=True):
    """Why there is no answer (RFC 9457)."""

    type: Annotated[str, Meta(description="Which problem it is: urn:svartid:problem:… It stays the same.")]
    title: Annotated[str, Meta(description="That in words.")]
    status: Annotated[int, Meta(ge=400, le=599, description="As the answer's.")]
    detail: Annotated[str, Meta(description="What helps.")]
    setting: Annotated[str | None, Meta(description="The setting that says how much is too much.")] = None
    most: Annotated[int | None, Meta(description="What it says.")] = None
    names: Annotated[list[str] | None, Meta(description="What there is.")] = None


class Kind(NamedTuple):
    """One problem there may be."""

    name: str
    status: int
    title: str
    detail: str
    retry_after_s: int | None = None  # None: trying again alone does not help


class Refused(Exception):
    """There is no answer. Whoever raises it names the kind; where a limit is reached, its setting and what it says."""

    def __init__(
        self,
        kind: Kind,
        *,
        detail: str | None = None,
        setting: str | None = None,
        most: int | None = None,
        names: Iterable[str] | None = None,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.name)
        self.problem = Problem(
            type=f"urn:svartid:problem:{kind.name}",
            title=kind.title,
            status=kind.status,
            detail=detail or kind.detail,
            setting=setting,
            most=most,
            names=None if names is None else sorted(names)[:_MOST_NAMES],
        )
        wait_s = retry_after_s or kind.retry_after_s
        self.headers = {**(headers or {}), **({} if wait_s is None else {"Retry-After": str(wait_s)})}

    @property
    def body(self) -> bytes:
        """The problem, as it is sent."""
        return msgspec.json.encode(self.problem)


BELIEVED: Final[Mapping[Why, Kind]] = {
    "starting": Kind(
        "starting", 503, "Nothing was read yet", "It has just started, or Redis has not answered yet. Try again.", 1
    ),
    "redis": Kind(
        "redis-away",
        503,
        "Redis does not answer",
        "It is asked again each second; what is known is too old to tell.",
        1,
    ),
    "denied": Kind(
        "redis-denies",
        503,
        "Redis refuses what is asked of it",
        "Its user, password or rights are not what SVARTID_REDIS_URL needs: deploy/redis/users.acl has what they are.",
    ),
    "nobody writes": Kind(
        "nobody-writes",
        503,
        "Nobody writes what is now",
        "No worker runs, or none has written for five seconds: `svartid doctor` says what is wrong.",
        1,
    ),
    "old": Kind(
        "old",
        503,
        "What there is may no longer be believed",
        "Nobody has renewed it, or this machine's clock is wrong: `svartid doctor` says what is wrong.",
        1,
    ),
    "unreadable": Kind(
        "unreadable",
        503,
        "What there is cannot be read",
        "It is of a newer release than this process, or another's: bring `svartid web` to the workers' release.",
    ),
}
NO_SUCH_PATH: Final = Kind("no-such-path", 404, "There is nothing here", "/api/v1/openapi.json says what there is.")
NO_SUCH_QUEUE: Final = Kind("no-such-queue", 404, "There is no such queue", "`names` are those that there are.")
NO_SUCH_GROUP: Final = Kind("no-such-group", 404, "There is no such group", "`names` are those that there are.")
NO_SUCH_TARGET: Final = Kind(
    "no-such-target", 404, "There is no such target in force now", "`names` are those that there are."
)
NO_SUCH_METHOD: Final = Kind("no-such-method", 405, "It cannot be asked in this way", "All is asked with GET.")
BAD_QUERY: Final = Kind("bad-query", 400, "What was asked is not understood", "/api/v1/openapi.json says how to ask.")
NO_HTTP: Final = Kind("no-http", 400, "What was sent is no HTTP request", "Nothing else is understood here.")
TOO_MUCH: Final = Kind("too-much", 400, "It would be too much for one answer", "Ask for less at once.")
TOO_OFTEN: Final = Kind("too-often", 429, "It was asked too often", "Ask less often, or for changes: /api/v1/changes.")
TOO_MANY_WATCHERS: Final = Kind(
    "too-many-watchers", 503, "Too many watch already", "Try again later, or watch with fewer connections.", 5
)
TOO_MANY_CONNECTIONS: Final = Kind(
    "too-many-connections", 503, "All connections are in use already", "Try again later.", 5
)
TOO_MANY_HISTORIES: Final = Kind(
    "too-many-histories", 503, "Too many histories are being added up already", "Try again in a moment.", 1
)
NOT_TOLD_WHO: Final = Kind(
    "not-told-who",
    401,
    "It is not known who asks",
    "Send `Authorization: Bearer` with one of the tokens, or ask through the proxy that says who you are.",
)
WRONG_HOST: Final = Kind(
    "wrong-host",
    403,
    "It was asked by a name that is not this machine's",
    "Without a token it answers to localhost and to addresses alone, so that no page on the web can ask it by a name "
    "of its own.",
)
NOTHING_COUNTED: Final = Kind(
    "nothing-counted",
    503,
    "Nothing is known yet",
    "No worker has counted anything in this namespace; `svartid doctor` says what is wrong.",
)
OTHER_DEFINITIONS: Final = Kind(
    "other-definitions",
    503,
    "The figures were made by other definitions",
    "Start `svartid web` with the configuration, SVARTID_PSEUDONYM_KEY, SVARTID_QUEUE_KEY and "
    "SVARTID_PSEUDONYM_KEY_OTHER that the workers have.",
)
DAMAGED: Final = Kind(
    "damaged",
    503,
    "What Redis holds was changed by another than svartid",
    "A worker restores it by itself, within a minute or so; the worker's log says what it was.",
    60,
)
NO_SCORECARD: Final = Kind(
    "no-scorecard",
    503,
    "There is no scorecard",
    "A worker adds it up each minute, once it has read what there is: its log says why there is none.",
    60,
)
NO_HISTORY_RIGHT: Final = Kind(
    "no-right-to-history",
    503,
    "This process may not read what history is made of",
    "Give it the user svartid-web of deploy/redis/users.acl.",
)
BROKEN: Final = Kind("broken", 500, "It broke down", "The log of `svartid web` says where.")


def by_status(status: int) -> Kind:
    """That of a refusal of the framework's own."""
    known = {404: NO_SUCH_PATH, 405: NO_SUCH_METHOD, 500: BROKEN}
    return known.get(status, BAD_QUERY)


def not_believed(why: Why) -> Refused:
    """That nothing may be believed."""
    return Refused(BELIEVED[why])
