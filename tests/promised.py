"""The project's own configuration with targets more, as a person writes them."""

from pathlib import Path

import config
from config import Centre, Texts
from tests.cards import Edit

OWN = Path(config.__file__).parent


def table(id_: str, measure: str = "mean_wait", **fields: object) -> str:
    """One of the card 2025, of telephone; a text is in quotes, a number and a date are not."""
    given = {"card": "2025", "id": id_, "measure": measure, "channel": "phone", **fields}
    rows = (f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in given.items())
    return "\n".join(["", "[[targets]]", *rows, ""])


def of_queue(id_: str, queue: str, measure: str = "mean_wait", **fields: object) -> str:
    """The same of a queue for citizens."""
    return table(id_, measure, **{"audience": "personbruker", "queue": queue, **fields})


def texts(*tables: str, queues: Edit = str) -> Texts:
    """The two files."""
    own = {name: (OWN / name).read_text() for name in ("queues.toml", "targets.toml")}
    return {"queues.toml": queues(own["queues.toml"]), "targets.toml": "".join([own["targets.toml"], *tables])}


def promising(*tables: str, queues: Edit = str) -> Centre:
    """The centre of those."""
    return config.centre_of(texts(*tables, queues=queues), "of targets")
