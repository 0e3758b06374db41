"""How the engine model's constants were found: ``python -m tests.bench_nim.fit`` prints them and the curves they give.

Two figures of the guide's table 6 (throughput, mean TTFT at its users) fix two parameters of each model, prefill speed
and the cost of a sequence; the cost of an empty step is that of a real server with one user (212 tokens/s, 4.4 ms a
token: vLLM 0.24 on one H100 with the same model shape).
"""

import sys
from collections.abc import Callable
from dataclasses import replace

from tests.bench_nim.figures import figures_of
from tui.bench.nim.closed_loop import Start, trace
from tui.bench.nim.values import EngineParameters

STEP_SECONDS = 0.0044
CACHE_TOKENS = 1_100_000
STARTS: tuple[Start, ...] = ("burst", "staggered")
GUIDE = {"llama-3.1-8b": (137, 2977.0, 0.987), "deepseek-r1-distill-llama-8b": (141, 3225.0, 0.987)}


def bisect(wanted: Callable[[float], bool], low: float, high: float) -> float:
    """The edge between ``low``, where ``wanted`` is false, and ``high``, where it is true."""
    for _ in range(13):
        middle = (low + high) / 2
        low, high = (low, middle) if wanted(middle) else (middle, high)
    return (low + high) / 2


def averaged(engine: EngineParameters, users: int, speed: float = 1.0) -> tuple[float, float]:
    """(tokens/s, mean TTFT) of burst starts, over several seeds: waves in lockstep end with a jump."""
    runs = [figures_of(trace(engine, users, seed=seed, speed=speed)) for seed in range(3)]
    rate = sum(run.output_tokens_per_second for run in runs) / len(runs)
    return rate, sum(run.ttft_mean_seconds for run in runs) / len(runs)


def fitted(users: int, tokens_per_second: float, ttft_seconds: float) -> EngineParameters:
    """The parameters that give these figures."""

    def with_prefill(rate: float) -> EngineParameters:
        base = EngineParameters(rate, STEP_SECONDS, 1e-4, CACHE_TOKENS)
        cost = bisect(
            lambda cost: averaged(replace(base, sequence_seconds=cost), users)[0] < tokens_per_second, 1e-5, 2e-4
        )
        return replace(base, sequence_seconds=cost)

    rate = bisect(lambda rate: averaged(with_prefill(rate), users)[1] < ttft_seconds, 3e4, 2e5)
    return with_prefill(rate)


def main() -> None:
    for name, (users, tokens_per_second, ttft_seconds) in GUIDE.items():
        engine = fitted(users, tokens_per_second, ttft_seconds)
        sys.stdout.write(f"{name}: {engine}\n")
        sys.stdout.write(f"  at the fit: {averaged(engine, users)}\n")
        for start in STARTS:
            for count in (1, 8, 32, 64, 128, users, 192, 256, 320):
                run = figures_of(trace(engine, count, start=start))
                sys.stdout.write(
                    f"  {start:9} {count:4}: {run.output_tokens_per_second:6.0f} tokens/s, TTFT mean "
                    f"{run.ttft_mean_seconds * 1e3:5.0f} p50 {run.ttft_quantile_seconds(0.5) * 1e3:5.0f} "
                    f"p99 {run.ttft_quantile_seconds(0.99) * 1e3:5.0f} ms, ITL {run.itl_mean_seconds * 1e3:.1f} ms\n"
                )
        alone_rate, alone = averaged(engine, users)
        for loss in (0.0, 0.2, 1 / 3, 0.4):
            rate, ttft = averaged(engine, users, 0.5 * (1 - loss))
            sys.stdout.write(f"  loss {loss:.2f}: TTFT x{ttft / alone:.2f}, both x{2 * rate / alone_rate:.2f}\n")


if __name__ == "__main__":
    main()
