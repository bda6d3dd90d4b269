"""A real Kafka and a real Valkey (or Redis) on loopback, for `svartid local`, `svartid demo` and the tests.

    with LocalParts() as parts:
        subprocess.run(command, env=os.environ | parts.env())

Nothing outlives the process that started it, however that process ends. May import `streams.settings`,
`streams.clock` and `config`; never ingest, serve or cli.
"""

from streams.local.errors import LocalPartsError
from streams.local.kafka import Kafka
from streams.local.parts import LocalParts
from streams.local.process import Part
from streams.local.topics import create_topics
from streams.local.valkey import Valkey

__all__ = ["Kafka", "LocalParts", "LocalPartsError", "Part", "Valkey", "create_topics"]
