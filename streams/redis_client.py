"""How Redis or Valkey is reached, for whoever needs it. May import: settings, redis."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from streams.settings import Settings

Client = Redis


def connect(settings: Settings) -> Client:
    """A client that answers bytes. It repeats a call twice by itself; all our writes are safe to repeat."""
    return Redis.from_url(
        settings.redis_url.get_secret_value(),
        decode_responses=False,
        socket_timeout=10,
        socket_connect_timeout=5,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 2),
    )
