"""A workload's endpoint looked at again and again: by its own address where that leads there, and pod by pod through
the API server, whose figures are added up. Blocking; no thread outlives a look.
"""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tui.model.clock import Clock
from tui.model.ids import ObjectKey
from tui.model.nim import EndpointLook, NimMetrics, NimProbe, PodLook, Recent
from tui.model.pod import Pod
from tui.sources.kubernetes.client import KubeClient
from tui.sources.nim import probe_nim
from tui.sources.nim_proxy import PodProxy
from tui.sources.nim_sums import added_up, recent_of, since

MOST_PODS = 8
DEFAULT_PORT = 8000
_OWN_SECONDS = 1.0  # how long the own address may take: it mostly can't be reached at all
_POD_SECONDS = 3.0
_FORGET_SECONDS = 60.0  # after which what was out of reach, or denied, is tried again
_RECENT_SECONDS = 30.0
_CURVE_LOOKS = 400
_WAKES = "not asked: it scales to zero, and a request would wake it or keep it awake"

AskAddress = Callable[[str], NimProbe]


@dataclass(frozen=True, slots=True)
class Target:
    """What to look at. ``pods`` are those that are Ready."""

    address: str | None
    pods: tuple[Pod, ...]
    scales_to_zero: bool = False


class NimWatch:
    """Of one workload, from one thread at a time. Keeps what curves and rates need, for as long as it lives."""

    def __init__(self, clock: Clock, ask_address: AskAddress | None = None) -> None:
        self._clock = clock
        self._ask_address = ask_address or (lambda address: probe_nim(address, timeout=_OWN_SECONDS))
        self._unreachable: tuple[float, NimProbe] | None = None
        self._denied: tuple[float, PodLook] | None = None
        self._samples: dict[ObjectKey | None, deque[tuple[float, NimMetrics]]] = {}
        self._running: deque[float | None] = deque(maxlen=_CURVE_LOOKS)
        self._tokens: deque[float | None] = deque(maxlen=_CURVE_LOOKS)

    def look(self, target: Target, client: KubeClient | None) -> EndpointLook:
        """Ask once. Never raises for what the endpoint, its pods or the API server do."""
        own = self._own(target)
        pods: tuple[PodLook, ...] = ()
        if client is not None and target.pods and not _is_enough(own, target):
            pods = self._through(client, target.pods)
        counted = [look for look in pods if look.probe.metrics is not None]
        metrics, recent = self._load(target, own, counted)
        self._running.append(metrics.requests_running if metrics else None)
        self._tokens.append(recent.output_tokens_per_second if recent else None)
        return EndpointLook(
            address=target.address,
            own=own,
            not_asked=_WAKES if target.address and own is None else "",
            pods=pods,
            ready_pods=len(target.pods),
            counted_pods=len(counted),
            metrics=metrics,
            recent=recent,
            running_curve=tuple(self._running),
            tokens_curve=tuple(self._tokens),
        )

    def _own(self, target: Target) -> NimProbe | None:
        if target.address is None or target.scales_to_zero:
            return None
        now = self._clock.monotonic()
        if self._unreachable is not None:
            at, seen = self._unreachable
            if seen.url == target.address and now - at < _FORGET_SECONDS:
                return seen
        found = self._ask_address(target.address)
        self._unreachable = None if found.reachable else (now, found)
        return found

    def _through(self, client: KubeClient, ready: tuple[Pod, ...]) -> tuple[PodLook, ...]:
        """The first pod tells everything, and whether we may ask at all; the others only their load."""
        now = self._clock.monotonic()
        if self._denied is not None and now - self._denied[0] < _FORGET_SECONDS:
            return (self._denied[1],)
        first, *others = sorted(ready, key=lambda pod: pod.key)[:MOST_PODS]
        with PodProxy(client, _POD_SECONDS) as proxy:
            seen = self._pod_look(first, proxy.probe(first.key, serving_port(first)))
            self._denied = (now, seen) if seen.probe.denied_right else None
            if self._denied is not None or not others:
                return (seen,)
            with ThreadPoolExecutor(len(others)) as pool:
                probes = list(pool.map(lambda pod: proxy.probe(pod.key, serving_port(pod), brief=True), others))
        self._forget(pod.key for pod in ready)
        return (seen, *(self._pod_look(pod, probe) for pod, probe in zip(others, probes, strict=True)))

    def _pod_look(self, pod: Pod, probe: NimProbe) -> PodLook:
        return PodLook(pod.key, probe, self._recent(pod.key, probe.metrics))

    def _load(
        self, target: Target, own: NimProbe | None, counted: list[PodLook]
    ) -> tuple[NimMetrics | None, Recent | None]:
        if counted:
            parts = [look.probe.metrics for look in counted if look.probe.metrics is not None]
            return added_up(parts), recent_of([look.recent for look in counted if look.recent is not None])
        if own is None or own.metrics is None:
            return None, None
        # Behind an address with several pods every look may meet another one: no difference of two would mean a thing.
        is_one = len(target.pods) <= 1
        return own.metrics, self._recent(None, own.metrics) if is_one else None

    def _recent(self, key: ObjectKey | None, metrics: NimMetrics | None) -> Recent | None:
        if metrics is None:
            return None
        now = self._clock.monotonic()
        samples = self._samples.setdefault(key, deque())
        while len(samples) > 1 and now - samples[1][0] >= _RECENT_SECONDS:
            samples.popleft()
        found = since(samples[0][1], metrics, now - samples[0][0]) if samples else None
        if samples and found is None and now > samples[0][0]:
            samples.clear()  # the server was started anew
        samples.append((now, metrics))
        return found

    def _forget(self, ready: Iterable[ObjectKey]) -> None:
        there = {None, *ready}
        for key in self._samples.keys() - there:
            del self._samples[key]


def serving_port(pod: Pod) -> int:
    """The port of the container that serves: Knative's ``user-container``, or the first beside its ``queue-proxy``."""
    own = [part for part in pod.containers if not part.is_init and part.name != "queue-proxy"]
    own.sort(key=lambda part: part.name != "user-container")
    return next((part.ports[0] for part in own if part.ports), DEFAULT_PORT)


def _is_enough(own: NimProbe | None, target: Target) -> bool:
    """An address with one pod behind it says all there is."""
    return own is not None and own.metrics is not None and len(target.pods) == 1
