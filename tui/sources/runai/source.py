"""The Run:ai source: one thread that reads the control plane round after round."""

import threading
from collections.abc import Callable

from config.settings import RunaiSettings
from tui.model.changes import Change, Sink
from tui.model.clock import Clock
from tui.model.status import SourceState, SourceStatus
from tui.sources.backoff import Backoff
from tui.sources.runai.fault import one_line
from tui.sources.runai.rounds import NAME, Rounds

Wait = Callable[[threading.Event, float], bool]


class RunaiSource:
    """Reads workloads, projects, departments and node pools. Imports httpx in its thread only.

    ``cluster`` (name or uuid) narrows to one cluster; ``per_gpu`` also asks what is given away of each GPU, which costs
    one call a node.
    """

    name = NAME

    def __init__(
        self,
        settings: RunaiSettings,
        clock: Clock,
        *,
        cluster: str | None = None,
        per_gpu: bool = False,
        backoff: Backoff | None = None,
        wait: Wait = threading.Event.wait,
    ) -> None:
        self._rounds = Rounds(settings, clock, backoff, cluster, per_gpu)
        self._wait = wait
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._sink: Sink | None = None
        self._thread: threading.Thread | None = None

    @property
    def version(self) -> str | None:
        """Run:ai's version in the cluster that is read; ``None`` while it is not known."""
        return self._rounds.version

    def start(self, sink: Sink) -> None:
        self._sink = sink
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=0.8)  # an answer on the wire may hold it longer; it is a daemon

    def put(self, change: Change) -> None:
        """Lets nothing through once the source was stopped."""
        if self._sink is not None and not self._stopping.is_set():
            self._sink.put(change)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                seconds = self._rounds.step(self)
            except Exception as error:  # a fault of ours must not end the source in silence
                line = f"an answer could not be used ({type(error).__name__}: {one_line(str(error))})"
                self.put(SourceStatus(NAME, SourceState.FAILED, None, line))
                seconds = 30.0
            if not self._stopping.is_set():
                self._wait(self._wake, seconds)
        self._rounds.close()
