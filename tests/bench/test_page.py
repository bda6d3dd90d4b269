"""What was measured, as it comes into the page, and where samples of a profile belong."""

from typing import Any

from tests.bench.page import PAGE, SECTIONS, written
from tests.bench.profile import shares
from tests.pages import markers


def page_of(*names: str) -> str:
    return "\n".join(line for name in names for line in markers(name))


def figures(cpu_s: float) -> dict[str, Any]:
    cost = {"kafka_cpu_s": 0.1, "valkey_cpu_s": 0.02, "rss_mb": 99.6}
    return {
        "events": 50_000,
        "cost": cost,
        "cpu_s_per_million": cpu_s,
        "steady_cpu_s_per_million": cpu_s / 2,
        "of_plain": cpu_s / 5,
        "events_per_s": 123_456.7,
    }


def test_a_job_has_its_medians_and_the_spread_of_its_rounds() -> None:
    jobs = {"svartid": 10.0, "plain": 5.0}
    found = {
        "middle": {job: figures(cpu_s) for job, cpu_s in jobs.items()},
        "rounds": [{job: {"of_plain": cpu_s / by} for job, cpu_s in jobs.items()} for by in (4.0, 5.0)],
        "events": 50_000,
        "mean_bytes": 178.4,
        "part_events": 40_000,
        "partitions": 6,
        "open_contacts": 500,
    }
    lines = written(page_of("throughput-500"), [{"throughput": found}]).splitlines()
    assert "| svartid | 10.0 | 5.0 | 2.00 (2.00 to 2.50) | 123,457 | 2.00 | 0.40 | 100 |" in lines
    assert '    x-axis ["svartid", "plain"]' in lines
    assert "    bar [10.0, 5.0]" in lines
    assert "    y-axis 0 --> 11" in lines


def test_each_series_of_growth_has_a_chart() -> None:
    points = [
        {"of": of, "amount": amount, "fold_us": 6.0, "pack_us": 1.25, "ratio": 7.5}
        for of in ("queues", "open contacts")
        for amount in (10, 1_000)
    ]
    lines = written(page_of("growth"), [{"growth": points}]).splitlines()
    assert [line for line in lines if "title" in line] == [
        '    title "µs an event by queues"',
        '    title "µs an event by open contacts"',
    ]
    assert lines.count('    x-axis ["10", "1k"]') == 2
    assert lines.count("    line [7.2, 7.2]") == 2
    assert "| queues | 1,000 | 6.0 | 1.2 | 7.5 |" in lines


def test_other_sections_stay_as_they_are() -> None:
    before = page_of("profile", "year")
    after = written(before, [{"profile": {"decode": 0.125, "read": 0.5}}])
    assert "| decode | 12% |" in after.splitlines()
    assert after.endswith(page_of("year"))


def test_the_page_has_everything_once_and_nothing_is_empty() -> None:
    page = PAGE.read_text()
    names = {*SECTIONS, "throughput-500", "throughput-3"} - {"throughput"}
    for begin, end in map(markers, names):
        assert (page.count(begin), page.count(end)) == (1, 1)
        assert page.partition(begin)[2].partition(end)[0].strip(), begin


def test_a_sample_belongs_to_the_first_part_whose_frame_is_in_it_and_the_start_to_none() -> None:
    samples = [
        "MainThread;main (app.py:1);_find_and_load (<frozen importlib._bootstrap>:1176) 90",
        "MainThread;fold (streams/core/fold.py:109);decode (streams/core/decode.py:62) 3",
        "MainThread;fold (streams/core/fold.py:109);run (streams/core/fold.py:150) 4",
        "Thread-1;getall (aiokafka/consumer/fetcher.py:130);__iter__ (streams/ingest/transport/fetcher.py:116) 2",
        "MainThread;something else 1",
    ]
    assert shares(samples) == {"rest of the fold": 0.4, "decode": 0.3, "read": 0.2, "rest": 0.1}
