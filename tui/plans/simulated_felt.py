"""What the users of a computed ramp felt: by the second of their send, and as the one point that the ramp is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from tui.bench.engine.assemble import PointFacts, assemble
from tui.bench.figures import PointResult
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import SendWindow
from tui.plans.simulated_pods import PodCrowd
from tui.plans.simulated_windows import beats_of, sends_of
from tui.plans.values import PlanLoad, Second

_NOTE = "simulated: engines, pods and Knative's autoscaler are models; no server was asked"


class Felt:
    """Of one ``crowd``; looks at each finished request once."""

    def __init__(self, crowd: PodCrowd) -> None:
        self._crowd = crowd
        self._seen = 0
        self._requests: Counter[int] = Counter()
        self._waited: dict[int, float] = {}  # seconds of TTFT in all
        self._failed: Counter[int] = Counter()
        self._failures = 0

    def beside(self, seconds: Iterable[Second]) -> tuple[Second, ...]:
        """The seconds with what is known of them by now."""
        self._look()
        return tuple(self._whole(second) for second in seconds)

    def _look(self) -> None:
        for stamps in self._crowd.done[self._seen :]:
            second = int(stamps.sent)
            self._requests[second] += 1
            self._waited[second] = self._waited.get(second, 0.0) + stamps.first - stamps.sent
        self._failed.update(int(sent_at) for sent_at in self._crowd.failed[self._failures :])
        self._seen, self._failures = len(self._crowd.done), len(self._crowd.failed)

    def _whole(self, second: Second) -> Second:
        place = int(second.seconds)
        requests = self._requests[place]
        return replace(
            second,
            requests=requests,
            ttft_ms=1000.0 * self._waited[place] / requests if requests else None,
            output_tokens_per_second=float(self._crowd.tokens[place]),
            failed=self._failed[place],
        )


def ramp_point(crowd: PodCrowd, load: PlanLoad, model: str, most_users: int, seconds: int, ended: str) -> PointResult:
    """All of the ramp, through the same statistics as a measured one; of so many ``seconds`` since its beginning."""
    seen, timeline = crowd.trace(), Timeline()
    for second, send in sends_of(seen).items():
        timeline.add_send(second, send)
    for sent_at in crowd.failed:
        failed = SendWindow()
        failed.add_failure("http_504")
        timeline.add_send(int(sent_at), failed)
    for second, beat in beats_of(seen).items():
        timeline.add_beat(second, beat)
    facts = PointFacts(
        model=model,
        concurrency=most_users,
        rate=None,
        start=load.start,
        ended=ended,
        steady=False,
        meter="loop",
        workers=1,
        since=0,
        until=seconds,
        notes=(_NOTE,),
        ramp=True,
    )
    point = assemble(timeline, facts)
    return replace(point, client=replace(point.client, cpu_fraction=None))
