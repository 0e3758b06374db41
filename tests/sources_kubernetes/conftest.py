"""A source against the fault server, and a sink that can be waited on."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.settings import KubernetesSettings
from tests.sources_kubernetes.fault_api import FaultApi, fault_api, node, pod, write_kubeconfig
from tui.model.changes import Batch, Change, Listed
from tui.model.clock import SystemClock
from tui.model.status import SourceStatus
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.source import KubernetesSource
from tui.sources.kubernetes.timing import Timing

FAST = Timing(
    watch=60.0, silence=60.0, probe=60.0, retry_denied=60.0, watch_denied=0.02, coalesce=0.01,
    backoff_first=0.01, backoff_limit=0.05,
)  # fmt: skip


class RecordingSink:
    """Keeps every change in order, and the state that they add up to."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.changes: list[Change] = []
        self.items: dict[str, dict[object, object]] = {}
        self.statuses: dict[str, SourceStatus] = {}

    def put(self, change: Change) -> None:
        with self._changed:
            self.changes.append(change)
            self._apply(change)
            self._changed.notify_all()

    def wait(self, condition: Callable[["RecordingSink"], bool], timeout: float = 5.0) -> None:
        with self._changed:
            ok = self._changed.wait_for(lambda: condition(self), timeout)
        assert ok, f"not in time; statuses {self.statuses}, items { {k: len(v) for k, v in self.items.items()} }"

    def wait_state(self, name: str, state: str, timeout: float = 5.0) -> SourceStatus:
        self.wait(lambda sink: name in sink.statuses and sink.statuses[name].state == state, timeout)
        return self.statuses[name]

    def names(self, kind: str) -> set[str]:
        return {getattr(key, "name", "") for key in self.items.get(kind, {})}

    def _apply(self, change: Change) -> None:
        if isinstance(change, SourceStatus):
            self.statuses[change.name] = change
        elif isinstance(change, Listed):
            known = self.items.setdefault(change.kind, {})
            for key in [k for k in known if change.namespace in (None, getattr(k, "namespace", None))]:
                del known[key]
            known.update(change.items)
        elif isinstance(change, Batch):
            known = self.items.setdefault(change.kind, {})
            for key, value in change.items:
                known.pop(key, None)
                if value is not None:
                    known[key] = value


@pytest.fixture
def api() -> Iterator[FaultApi]:
    with fault_api() as server:
        server.objects["/api/v1/nodes"] = [node("node001")]
        server.objects["/api/v1/pods"] = [pod("a"), pod("b")]
        server.objects["/api/v1/events"] = []
        yield server


@pytest.fixture
def kubeconfig(api: FaultApi, tmp_path: Path) -> Path:
    return write_kubeconfig(tmp_path / "kubeconfig", api.url)


class Start:
    """Call it to start a source of some kinds (nodes and pods unless told); all are stopped at the end."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.sources: list[KubernetesSource] = []

    def __call__(
        self, *names: str, timing: Timing = FAST, namespaces: tuple[str, ...] = (), timeout_seconds: float = 5.0
    ) -> RecordingSink:
        chosen = tuple(kind for kind in all_kinds() if kind.name in (names or ("nodes", "pods")))
        settings = KubernetesSettings(kubeconfig=self.kubeconfig, namespaces=namespaces)
        source = KubernetesSource(
            settings,
            SystemClock(),
            lambda: KubeClient(self.kubeconfig, timeout_seconds=timeout_seconds, connect_seconds=1.0),
            timing,
            chosen,
        )
        self.sources.append(source)
        sink = RecordingSink()
        source.start(sink)
        return sink


@pytest.fixture
def start(kubeconfig: Path) -> Iterator[Start]:
    starter = Start(kubeconfig)
    yield starter
    for source in starter.sources:
        source.stop()
