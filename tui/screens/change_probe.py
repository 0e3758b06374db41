"""Is it running: the first way to a workload's endpoint that answers is asked, in a thread; else one of its pods."""

from collections.abc import Iterator
from contextlib import contextmanager

from tui.launch.expose import NOT_FOR_MEASURING, Endpoint, endpoints, port_of
from tui.launch.kinds import CannotChange, Target
from tui.launch.probe import BadAddress, probe
from tui.model.pod import Pod
from tui.model.probe import ProbeReport
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.present.probe import probe_page
from tui.screens.change_plans import existing_of, read_target
from tui.screens.text_screen import TextScreen
from tui.session import Feed
from tui.sources.kubernetes.errors import KubeError
from widgets.rows import PanelPhase, PanelState
from widgets.text_view import TextView

_LONGEST_SECONDS = 30.0


class ProbeScreen(TextScreen):
    """Asks when it is opened, and again on refresh."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(f"Probe {workload.key.name}", self._load, "describe")
        self._workload = workload
        self._state = PanelState(PanelPhase.LOADING, "asking for health, models, metadata, and a short chat")

    def _show(self, text: str, state: PanelState) -> None:
        super()._show(text, state)
        view = self.query_one(TextView)
        if not view.wrapped:  # an answer is as long as it is
            view.action_wrap()

    def _load(self) -> str:
        feed = self.deck.feed
        if feed is None or feed.kubernetes is None:
            raise ValueError("a recording answers no probe: watch the cluster itself")
        try:
            target = read_target(feed, self._workload)
            report = first_that_answers(feed, target, self._workload)
        except (CannotChange, BadAddress) as error:
            raise ValueError(str(error)) from None
        return probe_page(f"{target}", report)


def first_that_answers(feed: Feed, target: Target, workload: Workload) -> ProbeReport:
    """Raises ``ValueError`` where there is neither an address nor a pod, ``KubeError`` and ``BadAddress``."""
    report: ProbeReport | None = None
    for way in endpoints(target, workload.endpoint, existing_of(feed)):
        if way.way == "cluster":
            continue
        report = _ask(way)
        if report.reached and report.steps[0].status != 404:
            return report
    with _forwarded(feed, target, feed.store.snapshot, workload) as forward:
        if forward is not None:
            report = _ask(forward)
    if report is None:
        raise ValueError(f"{target} has no address, and no pod that runs: is it scheduled?")
    return report


@contextmanager
def _forwarded(feed: Feed, target: Target, snapshot: Snapshot, workload: Workload) -> Iterator[Endpoint | None]:
    pod = _pod(snapshot, workload)
    if pod is None:
        yield None
        return
    try:
        forward = feed.forward(pod.key, port_of(target))
    except KubeError as error:
        raise ValueError(f"{pod.key}: {error}") from None
    try:
        yield Endpoint("forward", forward.url, None, f"{NOT_FOR_MEASURING} (pod {pod.key.name})")
    finally:
        forward.close()


def _pod(snapshot: Snapshot, workload: Workload) -> Pod | None:
    now = snapshot.workloads.get(workload.key, workload)
    pods = [snapshot.pods[key] for key in now.pods if key in snapshot.pods]
    running = [pod for pod in pods if pod.phase == "Running" and pod.deleting_at is None]
    return max(running, key=lambda pod: pod.ready, default=None)


def _ask(way: Endpoint) -> ProbeReport:
    return probe(way.url, way.host, timeout_seconds=_LONGEST_SECONDS, note=way.note)
