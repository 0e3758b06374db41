"""What a traced run shows, as the guide tells it: latencies of the requests that count, throughput of all that end."""

from dataclasses import dataclass
from statistics import fmean

from tui.bench.nim.closed_loop import Trace


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the requests that finished in the counted span; each tuple holds their seconds, sorted."""

    requests: int
    output_tokens_per_second: float
    ttft_seconds: tuple[float, ...]
    itl_seconds: tuple[float, ...]

    @property
    def ttft_mean_seconds(self) -> float:
        return fmean(self.ttft_seconds)

    @property
    def itl_mean_seconds(self) -> float:
        return fmean(self.itl_seconds)

    def ttft_quantile_seconds(self, quantile: float) -> float:
        return self.ttft_seconds[min(len(self.ttft_seconds) - 1, int(quantile * len(self.ttft_seconds)))]


def figures_of(seen: Trace) -> Figures:
    """Of a trace in which at least one request that counts has ended."""
    finished = [stamps for stamps in seen.done if stamps.last > seen.warm_at]
    measured = [stamps for stamps in finished if stamps.sent >= seen.warm_at]
    return Figures(
        requests=len(measured),
        output_tokens_per_second=sum(one.output_tokens for one in finished) / (finished[-1].last - seen.warm_at),
        ttft_seconds=tuple(sorted(one.first - one.sent for one in measured)),
        itl_seconds=tuple(sorted((one.last - one.first) / max(1, one.output_tokens - 1) for one in measured)),
    )
