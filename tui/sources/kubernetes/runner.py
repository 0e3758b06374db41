"""One kind from its first list to the end: at the cluster scope, or by namespace where RBAC allows no more."""

import logging
import threading
import time
from collections.abc import Callable
from urllib.parse import quote

from tui.sources.kinds.base import Kind
from tui.sources.kubernetes.board import Board
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.discovery import list_path
from tui.sources.kubernetes.errors import Forbidden, KubeError, NotFound, one_line
from tui.sources.kubernetes.listwatch import ListWatch
from tui.sources.kubernetes.outbox import Outbox
from tui.sources.kubernetes.pause import Pause
from tui.sources.kubernetes.scope import Scopes
from tui.sources.kubernetes.target import KindTarget
from tui.sources.kubernetes.timing import Timing

NAMESPACE_LIMIT = 50  # a thread a kind and namespace: more would be a load on both sides

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # without a log file nothing may reach the terminal


class KindRunner:
    """Owns the threads of one kind."""

    def __init__(
        self,
        client: KubeClient,
        kind: Kind,
        base: str,
        scopes: Scopes,
        outbox: Outbox,
        board: Board,
        pause: Pause,
        timing: Timing,
    ) -> None:
        self._client = client
        self._kind = kind
        self._base = base
        self._scopes = scopes
        self._outbox = outbox
        self._board = board
        self._pause = pause
        self._timing = timing
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._spawn(self._cluster_wide, f"kubernetes-{self._kind.name}")

    def join(self, timeout_seconds: float) -> None:
        """Wait for all threads together at most so long."""
        end = time.monotonic() + timeout_seconds
        for thread in tuple(self._threads):
            thread.join(max(0.0, end - time.monotonic()))

    def _spawn(self, work: Callable[..., None], name: str, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _cluster_wide(self) -> None:
        """Read at the cluster scope; where that is denied, by namespace; where that is too, try again later."""
        while not self._pause.is_stopped():
            try:
                self._read(None, self._pause)
            except Forbidden as error:
                if self._kind.namespaced and self._by_namespace(error):
                    continue
                self._board.bad(self._kind.name, "", error)
            except NotFound:
                self._board.absent(self._kind.name, f"{self._kind.plural} are no longer served")
            self._pause.wait(self._timing.retry_denied)

    def _by_namespace(self, denied: Forbidden) -> bool:
        """Read by namespace until the cluster scope is allowed; False where there is no namespace to read.

        Now and then it is looked whether namespaces came, or the right that is missing.
        """
        narrow = Pause(self._pause)
        started: set[str] = set()
        while not self._pause.is_stopped():
            namespaces = self._namespaces()
            if not namespaces and not started:
                return False
            self._read_also(namespaces, started, denied, narrow)
            if self._pause.wait(self._timing.retry_denied) and self._may_list_all():
                narrow.stop()
                self._board.expect(self._kind.name)
                break
        return True

    def _namespaces(self) -> tuple[str, ...]:
        try:
            return self._scopes.namespaces(self._kind)
        except KubeError:
            return ()  # the probe tells of a server that does not answer

    def _read_also(self, namespaces: tuple[str, ...], started: set[str], denied: Forbidden, narrow: Pause) -> None:
        """One thread for each namespace that has none yet."""
        new = [name for name in namespaces if name not in started][: NAMESPACE_LIMIT - len(started)]
        if not new:
            return
        started.update(new)
        read, left = tuple(sorted(started)), len(started.union(namespaces)) - len(started)
        shown = ", ".join(read[:4]) + (f" and {len(read) - 4} more namespaces" if len(read) > 4 else "")
        unread = f", {left} are not read (name yours in the settings)" if left > 0 else ""
        self._board.expect(self._kind.name, read, f"only of {shown}{unread}: {denied}")
        for namespace in new:
            self._spawn(self._in_namespace, f"kubernetes-{self._kind.name}-{namespace}", namespace, narrow)

    def _may_list_all(self) -> bool:
        try:
            self._client.get(list_path(self._base, self._kind, None), {"limit": 1})
        except KubeError:
            return False
        return True

    def _in_namespace(self, namespace: str, narrow: Pause) -> None:
        while not narrow.is_stopped():
            try:
                self._read(namespace, narrow)
            except (Forbidden, NotFound) as error:
                self._board.bad(self._kind.name, namespace, error)
            narrow.wait(self._timing.retry_denied)

    def _read(self, namespace: str | None, pause: Pause) -> None:
        """Until stopped. Raises ``Forbidden`` and ``NotFound``; a fault of our own is told like one of the server."""
        path = list_path(self._base, self._kind, quote(namespace, safe="") if namespace else None)
        target = KindTarget(self._kind, namespace, self._outbox, self._board)
        try:
            ListWatch(self._client, self._kind, path, target, pause, self._timing).run()
        except KubeError:
            raise
        except Exception as error:
            # A thread that dies in silence would leave its kind frozen and looking live.
            _log.exception("reading %s", self._kind.name)
            said = one_line(f"{type(error).__name__}: {error}")
            fault = KubeError(f"reading {self._kind.name} failed inside nimdeck ({said}): please report it")
            self._board.bad(self._kind.name, namespace or "", fault, is_final=True)
