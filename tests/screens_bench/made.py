"""Points, beats and runs that were never measured: curves as a server would give them."""

import json
from dataclasses import replace
from pathlib import Path

from tui.bench.engine.progress import Beat, Progress
from tui.bench.figures import ClientMeter, Distribution, PointResult, Verdict
from tui.bench.results.rundir import RunDirectory
from tui.bench.spec import LoadSpec, PointSpec, PromptSpec, SearchPlan, Slo, SweepPlan, Target

AT = 1_800_000_000.0
LLAMA = "meta/llama-3.1-8b-instruct"
LOAD = LoadSpec(
    Target("http://10.185.118.40:8000", LLAMA), PromptSpec(2000, 200, isl_stddev=50.0), slo=Slo(ttft_seconds=1.0)
)
SEARCH = SearchPlan(LOAD)
SWEEP = SweepPlan(LOAD, tuple(PointSpec(users=users) for users in (1, 8, 64, 128)))
VERDICT = Verdict(
    137, 128, 144, "mean", 1000.0, "bracket", (131.0, 142.0), output_tokens_per_second=2977.0, value_ms=987.0, knee=96
)


def spread(mean: float) -> Distribution:
    return Distribution(mean, mean * 0.98, mean * 1.2, mean * 1.25, mean * 1.33, mean * 0.5, mean * 1.5)


def point(users: int, ttft: float | None = None, tokens: float | None = None, **fields: object) -> PointResult:
    """``users`` against a server that takes 160 ms alone and is full at about 130 users."""
    mean = 160.0 + 6.0 * users if ttft is None else ttft
    made = PointResult(
        model=LLAMA,
        concurrency=users,
        rate=None,
        requests=20 * users,
        failed=0,
        isl=2001.0,
        osl=200.0,
        seconds=20.0,
        ttft_ms=spread(mean),
        itl_ms=spread(41.2),
        e2e_ms=spread(mean + 8200.0),
        output_tokens_per_second=min(3000.0, 24.0 * users) if tokens is None else tokens,
        requests_per_second=0.12 * users,
        steady=True,
        valid=True,
        client=ClientMeter(0.12, 0.2, 0.6, 0.1, 0.6, 0.4, 0.6),
        started_at=AT + 25.0 * users,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def slow_client(users: int) -> PointResult:
    client = ClientMeter(0.99, 40.0, 90.0, 38.0, 88.0, 38.0, 88.0)
    return point(users, client=client, valid=False, notes=("the client was too slow to be believed",))


def beats(seconds: int, users: int = 64) -> tuple[Beat, ...]:
    return tuple(
        Beat(float(at), users, float(users), 500.0 + 10.0 * (at % 7), 1500.0 + 20.0 * (at % 5), 0)
        for at in range(1, seconds + 1)
    )


def progress(*finished: PointResult, partial: PointResult | None = None, **fields: object) -> Progress:
    """Under way behind ``finished``."""
    users = partial.concurrency if partial is not None else None
    made = Progress(
        "measuring", len(finished) + (partial is not None), None, users, None, 14.0, partial=partial, finished=finished
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def done(*finished: PointResult, verdict: Verdict | None = None) -> Progress:
    return Progress("done", len(finished), None, None, None, 0.0, finished=finished, verdict=verdict)


def on_disk(
    folder: Path,
    *points: PointResult,
    verdict: Verdict | None = None,
    command: str = "search",
    load: LoadSpec = LOAD,
    at: float = AT,
) -> Path:
    """A run directory as the engine leaves it."""
    directory = RunDirectory(folder, command)
    directory.begin(load, None, (("workload", "team/llama"), ("pods ready", "1"), ("GPU fraction", "1")))
    for beat in beats(30):
        directory.beat(1, beat)
        events = {"events": 1.0, "event": "pod added (2 ready)"} if beat.at >= 12 else {}
        directory.server({"at": beat.at, "requests_running": 60.0, "requests_waiting": 3.0, **events})
    for number, result in enumerate(points, 1):
        directory.point(number, result)
    if verdict is not None:
        directory.verdict(verdict)
    directory.close()
    head = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**head, "started_at": at}))
    return folder
