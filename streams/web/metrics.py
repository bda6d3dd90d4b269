"""What this process says of itself to Prometheus. May import: series, families, watching, prometheus_client."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.core import series
from streams.families import family, single

EDGES_S: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


class Requests:
    """Those that were answered, by the path's pattern and status, and how long each took to be begun."""

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()
        self.took = [0] * (len(EDGES_S) + 1)
        self.took_s = 0.0

    def begun(self, seconds: float) -> None:
        """An answer began after so long."""
        self.took[bisect_left(EDGES_S, seconds)] += 1
        self.took_s += seconds

    def done(self, path: str, status: int) -> None:
        """An answer is over."""
        self.answered[path, status] += 1


class WebCollector(Collector):
    """Series of this process."""

    def __init__(self, requests: Requests, watchers: Callable[[], int], told: Callable[[], int]) -> None:
        self._requests, self._watchers, self._told = requests, watchers, told

    def collect(self) -> Iterator[Metric]:
        """Prometheus' hook."""
        answered = self._requests.answered.items()
        yield family(series.WEB_REQUESTS, (((path, str(status)), n) for (path, status), n in answered))
        yield self._took()
        yield single(series.WEB_WATCHERS, self._watchers())
        yield single(series.WEB_TOLD, self._told())

    def _took(self) -> Metric:
        of, seen, buckets = series.WEB_SECONDS, 0, []
        for edge, count in zip((*map(str, EDGES_S), "+Inf"), self._requests.took, strict=True):
            seen += count
            buckets.append((edge, seen))
        return HistogramMetricFamily(of.name, of.help, buckets=buckets, sum_value=self._requests.took_s)
