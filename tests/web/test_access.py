"""Who may ask, by settings and headers: a table."""

import pytest

from streams.settings import Settings
from streams.web.access import Access, why_not
from streams.web.problems import Refused

TOKEN, OLD = "a-token-of-the-tests", "one-that-is-on-its-way-out"
OPEN = {"web_host": "0.0.0.0"}
PROXY = {"web_identity_header": "X-Forwarded-User", "web_proxies": "10.0.0.0/8,::1"}


def settings(**named: str) -> Settings:
    return Settings(**named)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "is_refused"),
    [
        ({}, ""),
        ({"web_host": "127.0.0.9"}, ""),
        ({"web_host": "::1"}, ""),
        ({"web_host": "localhost"}, ""),
        (OPEN, "SVARTID_WEB_TOKEN"),
        ({"web_host": "::"}, "SVARTID_WEB_TOKEN"),
        ({"web_host": "board.example.org"}, "SVARTID_WEB_TOKEN"),
        (OPEN | {"web_token": TOKEN}, ""),
        (OPEN | PROXY, ""),
        (OPEN | {"web_identity_header": "X-User"}, "SVARTID_WEB_PROXIES"),
        ({"web_proxies": "10.0.0.1"}, "SVARTID_WEB_IDENTITY_HEADER"),
        (OPEN | {"web_token": TOKEN, "web_identity_header": "X-User"}, "SVARTID_WEB_PROXIES"),
    ],
)
def test_what_lets_in_whoever_comes_does_not_start(named: dict[str, str], is_refused: str) -> None:
    why = why_not(settings(**named))
    assert (why is None) == (not is_refused) and is_refused in (why or "")


def asks(named: dict[str, str], peer: str, **headers: str) -> int:
    """With which status it is refused; 200 where it is not."""
    told = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    try:
        Access(settings(**named)).of(peer, told)
    except Refused as refused:
        return refused.problem.status
    return 200


@pytest.mark.parametrize(
    ("named", "peer", "headers", "status"),
    [
        ({}, "127.0.0.1", {"host": "127.0.0.1:8090"}, 200),
        ({}, "127.0.0.1", {"host": "localhost"}, 200),
        ({}, "127.0.0.1", {"host": "[::1]:8090"}, 200),
        ({}, "127.0.0.1", {}, 200),
        ({}, "127.0.0.1", {"host": "anybodys.example.org"}, 403),
        ({}, "127.0.0.1", {"host": "[::1"}, 403),
        ({"web_token": TOKEN}, "127.0.0.1", {}, 401),
        ({"web_token": TOKEN}, "127.0.0.1", {"authorization": f"Bearer {TOKEN}"}, 200),
        ({"web_token": TOKEN}, "127.0.0.1", {"authorization": f"bearer  {TOKEN}", "host": "a.b"}, 200),
        ({"web_token": f"{TOKEN}, {OLD}"}, "10.1.1.1", {"authorization": f"Bearer {OLD}"}, 200),
        ({"web_token": TOKEN}, "10.1.1.1", {"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"web_token": TOKEN}, "10.1.1.1", {"authorization": f"Basic {TOKEN}"}, 401),
        ({"web_token": TOKEN}, "10.1.1.1", {"authorization": "Bearer"}, 401),
        ({"web_token": TOKEN}, "10.1.1.1", {"x_forwarded_user": "somebody"}, 401),
        (PROXY, "10.1.1.1", {"x_forwarded_user": "somebody"}, 200),
        (PROXY, "::1", {"x_forwarded_user": "somebody"}, 200),
        (PROXY, "10.1.1.1", {}, 401),
        (PROXY, "10.1.1.1", {"x_forwarded_user": ""}, 401),
        (PROXY, "11.1.1.1", {"x_forwarded_user": "somebody"}, 401),
        (PROXY, "", {"x_forwarded_user": "somebody"}, 401),
        (PROXY | {"web_token": TOKEN}, "11.1.1.1", {"authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_who_may_ask(named: dict[str, str], peer: str, headers: dict[str, str], status: int) -> None:
    assert asks(named, peer, **headers) == status


def test_whom_a_proxy_names_is_who_limits_are_counted_by() -> None:
    access = Access(settings(**PROXY))
    one, other = (access.of("10.0.0.1", {b"x-forwarded-user": name}).client for name in (b"one", b"other"))
    assert one != other
