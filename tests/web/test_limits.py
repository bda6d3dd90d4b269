"""How much may be asked, on a clock that is set by hand."""

import pytest

from streams.settings import Settings
from streams.web import limits
from streams.web.limits import Places, Rates, Turns
from streams.web.problems import Refused


def test_a_minutes_worth_at_once_and_then_as_time_goes() -> None:
    now = [0.0]
    rates = Rates(60, lambda: now[0])
    for _ in range(60):
        rates.asks("one")
    with pytest.raises(Refused) as refused:
        rates.asks("one")
    problem = refused.value.problem
    assert (problem.status, problem.setting, problem.most) == (429, "SVARTID_WEB_REQUESTS_A_MINUTE", 60)
    assert refused.value.headers["Retry-After"] == "1"
    rates.asks("another")
    now[0] = 1.0
    rates.asks("one")
    with pytest.raises(Refused):
        rates.asks("one")
    now[0] = 3600.0
    for _ in range(60):
        rates.asks("one")
    with pytest.raises(Refused):
        rates.asks("one")


def test_who_is_told_to_wait_may_ask_when_that_is_over() -> None:
    now = [0.0]
    rates = Rates(7, lambda: now[0])
    for _ in range(7):
        rates.asks("one")
    with pytest.raises(Refused) as refused:
        rates.asks("one")
    now[0] += float(refused.value.headers["Retry-After"])
    rates.asks("one")


def test_a_flood_of_clients_is_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CLIENTS", 10)
    rates = Rates(60, lambda: 0.0)
    for n in range(100):
        rates.asks(f"{n}")
    assert len(rates._left) == 10


def test_so_many_watch_and_so_many_of_one_client() -> None:
    places = Places(Settings(web_most_watchers=3, web_watchers_a_client=2))  # type: ignore[call-arg]
    with places.watching("one"), places.watching("one"):
        with pytest.raises(Refused) as refused:
            places.check("one")
        assert refused.value.problem.setting == "SVARTID_WEB_WATCHERS_A_CLIENT"
        with places.watching("other"), pytest.raises(Refused) as refused:
            places.check("third")
        assert refused.value.problem.setting == "SVARTID_WEB_MOST_WATCHERS"
        places.check("third")
    assert not places._taken


def test_so_many_histories_are_waited_for_and_half_of_them_are_one_client_s() -> None:
    turns = Turns(2)
    begun = [turns.one("slow") for _ in range(1 + limits.WAITING_EACH)]
    begun += [turns.one(f"{n}") for n in range(1 + limits.WAITING_EACH)]
    for place, one in enumerate(begun):
        if place == 1 + limits.WAITING_EACH:
            with pytest.raises(Refused), turns.one("slow"):
                pass
        one.__enter__()
    with pytest.raises(Refused) as refused, turns.one("another"):
        pass
    assert refused.value.problem.setting == "SVARTID_WEB_HISTORIES_AT_ONCE"
    for one in begun:
        one.__exit__(None, None, None)
    with turns.one("slow"):
        pass
    assert not turns._begun
