"""What tests of every part may ask for."""

from collections.abc import Iterator

import pytest

from streams.local import LocalParts


@pytest.fixture(scope="session")
def local_parts() -> Iterator[LocalParts]:
    """A real Kafka and a real Valkey for the whole run. Each test takes topics, a namespace and a group of its own."""
    with LocalParts() as parts:
        yield parts
