"""By which configuration it shows: the one that workers have left in Redis, on a real Valkey."""

import asyncio

import msgspec
import pytest

import config
from streams.keys import Keys
from streams.local import LocalParts
from streams.redis_client import Client
from streams.sealed import Seal
from streams.serve.configuration import Left
from streams.settings import Settings
from streams.web.follower import Followed
from tests.serve.publishing import BY, run


@pytest.mark.real
@pytest.mark.parametrize(("more", "is_taken"), [(1, True), (-1, False)])
def test_the_newer_one_of_the_workers_is_taken(local_parts: LocalParts, keys: Keys, more: int, is_taken: bool) -> None:
    revision = BY.revision + more
    name = "queues.toml"
    texts = dict(config.texts_of())
    texts[name] = texts[name].replace(f"revision = {BY.revision}", f"revision = {revision}")
    left = msgspec.msgpack.encode(Left(revision, texts))

    async def does(client: Client) -> None:
        settings = Settings(redis_url=local_parts.redis_url, namespace=keys.namespace)  # type: ignore[arg-type, call-arg]
        followed = Followed(BY, client, settings)
        sealed = Seal(keys.configuration).close({b"configuration": left})[1]
        await client.set(keys.configuration, sealed)
        following = asyncio.create_task(followed.run())
        try:
            async with asyncio.timeout(1 if not is_taken else 10):
                while followed.now.revision != revision:  # noqa: ASYNC110  # nobody announces it
                    await asyncio.sleep(0.01)
        except TimeoutError:
            assert not is_taken
        finally:
            following.cancel()
        assert (followed.now.revision == revision) is is_taken
        assert followed.names(0)

    run(local_parts.redis_url, does)
