"""Free ports for the parts. Imports only the standard library and this package's errors."""

import random
import socket
from collections import deque

from streams.local.errors import LocalPartsError

HOST = "127.0.0.1"
# Below the range from which systems pick ports for outgoing connections: a part that is killed and restarted must
# find its port free, and a client that knocks on a dead port in that range can end up connected to itself.
LOWEST, HIGHEST = 20_000, 29_999
TRIES = 200

_given: deque[int] = deque(maxlen=TRIES // 2)  # to others in this process, the latest: they may not listen there yet


def free_ports(count: int) -> list[int]:
    """Distinct ports that nobody on loopback listens to just now."""
    ports: list[int] = []
    for port in random.SystemRandom().sample(range(LOWEST, HIGHEST + 1), TRIES):
        if port not in _given and is_free(port):
            ports.append(port)
        if len(ports) == count:
            _given.extend(ports)
            return ports
    raise LocalPartsError(f"No {count} free ports between {LOWEST} and {HIGHEST} on {HOST}: end what holds them.")


def is_free(port: int) -> bool:
    """Whether a server could listen on it now; old connections that linger do not matter, as to the parts."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
