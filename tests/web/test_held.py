"""What may be told of now: nothing that is old, nothing where nothing is known, and why."""

from collections.abc import Collection

import pytest

from streams.web.held import Held
from streams.web.problems import BELIEVED, Refused, Why
from tests.web.documents import ARBEID, GROUP, HELSE, NAMES, Wall, believed, held, small


def refused(of: Held, name: str = HELSE) -> str:
    with pytest.raises(Refused) as why:
        of.one(name)
    return why.value.problem.type.rpartition(":")[2]


def test_what_was_read_is_told_until_when_it_was_said() -> None:
    wall = Wall()
    of = held(wall, waiting=4)
    wall.ms = 1000
    assert (of.one(HELSE).now.waiting, of.one(HELSE).until_ms) == (4, 1000)
    wall.ms = 1001
    assert refused(of) == "old", "though nobody has looked meanwhile"
    of.take({name: small(name, 5) for name in NAMES}, believed(2000))
    assert of.one(HELSE).now.waiting == 5


def test_by_a_clock_that_is_quicker_it_may_be_kept_for_less() -> None:
    assert (Held(Wall()).lasts_ms(1000), Held(Wall(), speed=10.0).lasts_ms(1000)) == (1000, 100)


def test_nothing_is_told_before_anything_was_read() -> None:
    assert refused(Held(Wall())) == "starting"


@pytest.mark.parametrize(
    ("document", "said", "why"),
    [
        (small(HELSE), None, "nobody writes"),
        (small(HELSE), believed(4), "old"),
        (b"{", believed(1000), "unreadable"),
        (small(HELSE).replace(b'"schema_version":1', b'"schema_version":2'), believed(1000), "unreadable"),
        (small(HELSE), b"[]", "unreadable"),
    ],
)
def test_nothing_is_told_where_nothing_may_be_believed(document: bytes, said: bytes | None, why: Why) -> None:
    wall = Wall()
    of = held(wall)
    wall.ms = 5
    of.take({**dict.fromkeys(NAMES), HELSE: document}, said)
    assert of.why == why
    assert refused(of, ARBEID) == BELIEVED[why].name, "nor of another"
    of.take({name: small(name, 1) for name in NAMES}, believed(1000))
    assert of.one(ARBEID).now.waiting == 1, "it is over"


@pytest.mark.parametrize("why", ["redis", "denied"])
def test_while_redis_is_away_it_is_told_for_as_long_as_it_was_believed(why: Why) -> None:
    wall = Wall()
    of = held(wall)
    of.fails(why)
    assert of.one(HELSE).now.waiting == 0
    wall.ms = 1001
    assert refused(of) == BELIEVED[why].name


def test_a_queue_that_is_none_names_those_that_there_are() -> None:
    of = held(Wall())
    with pytest.raises(Refused) as why:
        of.one("phone/personbruker/none")
    assert (why.value.problem.status, why.value.problem.names) == (404, [ARBEID, HELSE])
    with pytest.raises(Refused) as why:
        of.one("phone/nobody")
    assert (why.value.problem.status, why.value.problem.names) == (404, [GROUP])


def test_unknown_is_told_as_unknown_and_never_as_0() -> None:
    of = held(Wall())
    of.take({HELSE: small(HELSE, None)}, believed(1000), is_whole=False)
    assert of.one(HELSE).now.waiting is None


def test_all_queues_and_all_groups() -> None:
    of = held(Wall())
    assert [one.name for one in of.all(are_groups=False).now] == [ARBEID, HELSE]
    assert [one.name for one in of.all(are_groups=True).now] == [GROUP]


def test_what_changed_is_told_once_and_what_did_not_never() -> None:
    wall, told = Wall(), list[Collection[str]]()
    of = held(wall)
    of.tell = lambda names: told.append({*names})
    of.take({name: small(name) for name in NAMES}, believed(1500))
    of.take({HELSE: small(HELSE, 1)}, believed(1500), is_whole=False)
    of.take({HELSE: small(HELSE, 1)}, believed(1500), is_whole=False)
    of.take({HELSE: None}, believed(1500), is_whole=False)
    of.take({HELSE: None}, believed(1500), is_whole=False)
    assert told == [{HELSE}, {HELSE}]
    wall.ms = 1501
    of.look()
    of.look()
    assert told[2:] == [set()], "that nothing may be believed"
    of.take({HELSE: None, ARBEID: small(ARBEID), GROUP: small(GROUP)}, believed(2000))
    assert told[3:] == [{ARBEID, GROUP}], "all of it anew: whoever was told so has let go of it"


def test_what_is_of_before_is_believed_again_only_when_all_of_it_was_read_again() -> None:
    wall = Wall()
    of = held(wall)
    wall.ms = 60_000
    of.take({HELSE: small(HELSE, 3)}, believed(65_000), is_whole=False)
    assert refused(of, ARBEID) == "old" and of.is_to_be_read_whole
    of.take({name: small(name, 3) for name in NAMES}, believed(65_000))
    assert of.one(ARBEID).now.waiting == 3


def test_a_queue_that_is_no_more_is_told_no_more_and_an_outage_after_it_mends() -> None:
    """The configuration has let go of it: it is among none that are read."""
    wall, told = Wall(), list[Collection[str]]()
    of = held(wall)
    of.tell = lambda names: told.append({*names})
    left = {name: small(name) for name in NAMES if name != ARBEID}
    of.take(left, believed(1500))
    assert (told, refused(of, ARBEID)) == ([{ARBEID}], "no-such-queue")
    wall.ms = 1501
    assert refused(of) == "old"
    of.take(left, believed(3000))
    assert of.one(HELSE).until_ms == 3000


def test_a_queue_that_goes_in_an_outage_is_told_of() -> None:
    wall, told = Wall(), list[Collection[str]]()
    of = held(wall)
    wall.ms = 1001
    of.look()
    of.tell = lambda names: told.append({*names})
    of.take({name: small(name) for name in NAMES if name != ARBEID}, believed(3000))
    assert told == [{*NAMES}]


def test_by_a_clock_that_is_behind_nothing_is_told_for_longer_than_it_was_believed() -> None:
    wall, seconds = Wall(), [0.0]
    of = Held(wall, steady_s=lambda: seconds[0])
    of.take({name: small(name) for name in NAMES}, believed(60_000))
    of.fails("redis")
    seconds[0] = 4.9
    assert of.one(HELSE).now.waiting == 0
    seconds[0] = 5.1
    assert refused(of) == "redis-away"
