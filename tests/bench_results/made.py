"""Points, heads and run directories of the tests' own choosing."""

from dataclasses import replace
from pathlib import Path

from tui.bench.engine.progress import Beat
from tui.bench.figures import ClientMeter, Distribution, PointResult, Verdict
from tui.bench.results.rundir import RunDirectory
from tui.bench.spec import LoadSpec, PromptSpec, Target

TTFT = Distribution(
    mean=987.0, p50=950.0, p90=1200.0, p95=1300.0, p99=1500.0, min=400.0, max=1600.0, p999=1590.0, stddev=120.0,
    interval=(970.0, 1004.0), p1=410.0, p5=500.0, p10=600.0, p25=800.0, p75=1100.0,
)  # fmt: skip
ITL = Distribution(
    mean=42.0, p50=40.0, p90=50.0, p95=52.0, p99=80.0, min=20.0, max=100.0, stddev=4.0,
    p1=25.0, p5=30.0, p10=32.0, p25=36.0, p75=45.0,
)  # fmt: skip
E2E = Distribution(mean=9300.0, p50=9200.0, p90=9900.0, p95=10000.0, p99=11000.0, min=8000.0, max=12000.0)
POINT = PointResult(
    model="meta/llama-3.1-8b-instruct", concurrency=64, rate=None, requests=500, failed=3, isl=2000.4, osl=199.0,
    seconds=30.0, ttft_ms=TTFT, itl_ms=ITL, e2e_ms=E2E, output_tokens_per_second=2977.0, requests_per_second=14.9,
    steady=True, valid=True,
    client=ClientMeter(cpu_fraction=0.2, receive_lag_mean_ms=0.3, added_mean_ms=0.3, added_p99_ms=1.5),
    goodput_fraction=0.5, errors=(("http_429", 2), ("cut", 1)), started_at=1_760_000_000.0,
    output_tokens_per_second_per_user=46.5, whole_run_tokens_per_second=2500.0,
    output_tokens_per_second_interval=(2900.0, 3054.0), requests_per_second_interval=(14.5, 15.3),
)  # fmt: skip
INVALID_POINT = replace(POINT, concurrency=256, valid=False, notes=("the client was too slow | to be believed",))
VERDICT = Verdict(137, 128, 144, "mean", 1000.0, "bracket", (131.0, 142.0), 2977.0, 987.0, 96)
LOAD = LoadSpec(Target("http://nim.example:8000/v1", POINT.model), PromptSpec(extra=(("top_p", 0.5),)))


def point(users: int, **changes: object) -> PointResult:
    return replace(POINT, concurrency=users, **changes)  # type: ignore[arg-type]


def beat(at: float, failed: int = 0) -> Beat:
    return Beat(at, 64, 63.5, 987.0, 2977.0, failed)


def write(path: Path, *points: PointResult, verdict: Verdict | None = None, load: LoadSpec = LOAD) -> Path:
    """A finished run in ``path``."""
    run = RunDirectory(path, "search" if verdict else "run")
    run.begin(load, {"usage": True}, (("server", "vllm 0.33"),))
    for number, made in enumerate(points, 1):
        run.record(number, b'{"user":0,"kind":null}')
        run.beat(number, beat(float(number)))
        run.point(number, made)
    if verdict:
        run.verdict(verdict)
    run.close()
    return path
