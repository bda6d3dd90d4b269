"""The proxy does what the tests of faults say it does, with Redis behind it."""

from collections.abc import Iterator

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.local import LocalParts, Valkey
from tests.faults.chain import Chain
from tests.faults.proxy import Proxy
from tests.ingest.waiting import eventually

pytestmark = pytest.mark.real

PATIENCE_S = 0.5


def client_of(proxy: Proxy) -> redis.Redis:
    """One that tries once."""
    return redis.Redis(port=proxy.port, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 0))


@pytest.fixture
def proxy(local_parts: LocalParts) -> Iterator[Proxy]:
    with Proxy(local_parts.valkey.address) as proxy:
        yield proxy


def test_it_passes_on_what_is_asked_and_answered(proxy: Proxy) -> None:
    with client_of(proxy) as client:
        assert client.echo("x" * 200_000) == b"x" * 200_000


def test_a_lost_answer_is_of_what_was_done(proxy: Proxy, local_parts: LocalParts) -> None:
    with client_of(proxy) as client, redis.Redis.from_url(local_parts.redis_url) as direct:
        direct.delete("proxy-test")
        client.ping()
        proxy.loses_answers = True
        with pytest.raises(redis.TimeoutError):
            client.incr("proxy-test")
        proxy.loses_answers = False
        assert (client.incr("proxy-test"), proxy.lost) == (2, 1)


def test_a_cut_is_after_a_request_with_the_word_alone(proxy: Proxy, local_parts: LocalParts) -> None:
    with client_of(proxy) as client:
        client.delete("proxy-test")
        proxy.cut_after(b"INCR", 1)
        assert client.get("proxy-test") is None
        with pytest.raises(redis.ConnectionError):
            client.incr("proxy-test")
        assert (client.get("proxy-test"), proxy.cuts_left, proxy.resets) == (b"1", 0, 1)


def test_what_is_open_is_cut_and_who_comes_is_refused(proxy: Proxy) -> None:
    with client_of(proxy) as client:
        client.ping()
        proxy.refuses = True
        proxy.cut()
        eventually(lambda: proxy.resets == 1, "it is cut")
        for _ in range(2):
            with pytest.raises(redis.ConnectionError):
                client.ping()
        proxy.refuses = False
        assert client.ping()


def test_what_is_held_back_goes_on(proxy: Proxy) -> None:
    with client_of(proxy) as client:
        client.set("proxy-test", 1)
        proxy.stall()
        with pytest.raises(redis.TimeoutError):
            client.incr("proxy-test")
        proxy.flow()
        eventually(lambda: client.get("proxy-test") == b"2", "what was asked is done in the end")


def test_what_comes_back_is_late(proxy: Proxy) -> None:
    with client_of(proxy) as client:
        proxy.delay_s = 2 * PATIENCE_S
        with pytest.raises(redis.TimeoutError):
            client.ping()
        proxy.delay_s = 0.0
        assert client.ping()


SCRIPT = "return redis.call('HSET', KEYS[1], 'offset', ARGV[4])"


@pytest.mark.parametrize(("since", "broken"), [("5", 0), ("4", 1)])
def test_the_chain_finds_a_commit_that_does_not_follow_on(own_redis: Valkey, since: str, broken: int) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        script = client.register_script(SCRIPT)
        with Chain(own_redis.url) as chain:
            for first, last in (("", "5"), (since, "9")):
                script([f"chain:{{t-0}}:{name}" for name in ("meta", *"abcde")], ["owner", "1", first, last])
    assert (len(chain.broken), chain.commits) == (broken, {"t-0": 2})
