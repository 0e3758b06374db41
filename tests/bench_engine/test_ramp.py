"""The adaptive run and the goodput search, carried out on a server whose answer is known."""

from collections.abc import Callable

import pytest

from tui.bench.engine.controls import Controls
from tui.bench.engine.ramp import ramp
from tui.bench.engine.search import search
from tui.bench.figures import ClientMeter, Distribution, PointResult, Verdict
from tui.bench.spec import LoadSpec, PointSpec, SearchPlan, Slo, Target

NONE = Distribution()


class KnownServer:
    """Stands in for the engine: mean TTFT and goodput are functions of the users."""

    def __init__(self, ttft_ms: Callable[[int], float], goodput: Callable[[int], float] | None = None) -> None:
        self.controls = Controls()
        self.client_limited = False
        self.asked: list[int] = []
        self.told: list[Verdict] = []
        self._ttft_ms = ttft_ms
        self._goodput = goodput

    async def point(self, spec: PointSpec, surely_lost_above: float | None = None) -> PointResult:
        users = spec.users or 0
        self.asked.append(users)
        mean = self._ttft_ms(users)
        return PointResult(
            model="m", concurrency=users, rate=None, requests=1000, failed=0, isl=1.0, osl=1.0, seconds=1.0,
            ttft_ms=Distribution(mean=mean, p50=mean, p90=mean, p99=mean, interval=(mean * 0.99, mean * 1.01)),
            itl_ms=NONE, e2e_ms=NONE, output_tokens_per_second=users * 10.0, requests_per_second=1.0, steady=True,
            valid=True, client=ClientMeter(), goodput_fraction=self._goodput(users) if self._goodput else None,
        )  # fmt: skip

    def tell_verdict(self, verdict: Verdict) -> None:
        self.told.append(verdict)


def plan(**fields: object) -> SearchPlan:
    load = LoadSpec(Target("http://127.0.0.1:1", "m"), slo=Slo(ttft_seconds=1.0))
    return SearchPlan(load, 1.0, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [3, 40, 300, 2000])
async def test_the_ramp_sustains_what_the_server_holds(limit: int) -> None:
    server = KnownServer(lambda users: 100.0 if users <= limit else 5000.0)
    verdict = await ramp(server, plan())  # type: ignore[arg-type]
    assert verdict.concurrency is not None
    assert 0.6 * limit <= verdict.concurrency <= limit
    assert verdict.high is not None
    assert verdict.high > limit
    assert server.told == [verdict]


async def test_the_ramp_stops_at_the_most_users_and_says_so() -> None:
    verdict = await ramp(KnownServer(lambda users: 10.0), plan(max_users=50))  # type: ignore[arg-type]
    assert (verdict.concurrency, verdict.high, verdict.reason) == (50, None, "max_users")


async def test_a_server_that_holds_nobody_is_hopeless() -> None:
    verdict = await ramp(KnownServer(lambda users: 9000.0), plan())  # type: ignore[arg-type]
    assert (verdict.concurrency, verdict.reason) == (None, "hopeless")


async def test_an_interrupted_ramp_keeps_what_was_held() -> None:
    server = KnownServer(lambda users: 10.0)
    ask = server.point

    async def point(spec: PointSpec, surely_lost_above: float | None = None) -> PointResult:
        if spec.users == 16:
            server.controls.interrupt()
        return await ask(spec)

    server.point = point  # type: ignore[method-assign]
    verdict = await ramp(server, plan())  # type: ignore[arg-type]
    assert verdict.reason == "interrupted"
    assert verdict.low == 16


@pytest.mark.parametrize("limit", [7, 90])
async def test_goodput_is_searched_by_the_share_of_good_requests(limit: int) -> None:
    server = KnownServer(lambda users: 10.0, lambda users: 0.999 if users <= limit else 0.6)
    verdict = await search(server, plan(attainment=0.95, max_users=1024))  # type: ignore[arg-type]
    assert verdict.low is not None
    assert verdict.high is not None
    assert verdict.low <= limit < verdict.high
    assert verdict.high - verdict.low <= max(1, 0.05 * limit)
