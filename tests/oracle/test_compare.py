"""Differences between two accounts, by path and as a line for people."""

import json

from streams.oracle import Difference, differences

from .drawn import HELSE, T0, told

SAID = told("0 queue.entered a helse", "30s queue.answered a", "40s queue.entered b helse contact=d")


def test_the_same_account_has_no_differences_not_even_after_json() -> None:
    assert differences(SAID, SAID) == []
    assert differences(SAID, json.loads(json.dumps(SAID))) == []
    assert differences({"a": [(1, 2)]}, {"a": [[1, 2]]}) == []


def test_a_figure_that_differs_is_named_with_its_time() -> None:
    other = json.loads(json.dumps(SAID))
    other["intervals"][str(T0)][HELSE]["answered"] = 4
    (difference,) = differences(SAID, other)
    assert difference == Difference(f"intervals/{T0}/{HELSE}/answered", 1, 4)
    assert str(difference) == f"intervals/{T0} (2025-03-04T08:00:00Z)/{HELSE}/answered: expected 1, found 4"


def test_a_missing_cell_is_named_by_its_measures() -> None:
    lines = [str(found) for found in differences({"totals": {HELSE: {"answered": 2}}}, {"totals": {}})]
    assert lines == [f"totals/{HELSE}/answered: expected 2, found nothing"]
    lines = [str(found) for found in differences({}, {"totals": {HELSE: {"answered": 2}}})]
    assert lines == [f"totals/{HELSE}/answered: expected nothing, found 2"]


def test_an_empty_dict_and_none_are_alike() -> None:
    assert differences({"totals": {HELSE: {}}}, {"totals": {}}) == []


def test_a_list_shows_its_odd_ones_out() -> None:
    (found,) = differences({"waiting": [1, 2, 2, 3]}, {"waiting": [2, 3, 9]})
    assert str(found) == "waiting: missing [1, 2], not expected [9]"
    (found,) = differences({"waiting": list(range(10))}, {"waiting": []})
    assert str(found) == "waiting: missing [0, 1, 2, and 7 more], not expected []"
    (found,) = differences({"waiting": [1, 2]}, {"waiting": [2, 1]})
    assert str(found) == "waiting: the same, in another order"


def test_a_list_that_one_side_lacks() -> None:
    (found,) = differences({"waiting": {HELSE: [1]}}, {"waiting": {}})
    assert str(found) == f"waiting/{HELSE}: expected [1], found nothing"
