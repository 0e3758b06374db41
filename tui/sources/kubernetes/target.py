"""Carries what one list-watch learns to the outbox and the board."""

from tui.model.ids import ObjectKey
from tui.sources.kinds.base import Kind
from tui.sources.kubernetes.board import Board
from tui.sources.kubernetes.errors import Forbidden, KubeError
from tui.sources.kubernetes.outbox import Outbox


class KindTarget:
    """One kind in one scope (``namespace`` None: the cluster). Called by one thread."""

    def __init__(self, kind: Kind, namespace: str | None, outbox: Outbox, board: Board) -> None:
        self._kind = kind
        self._namespace = namespace
        self._scope = namespace or ""
        self._outbox = outbox
        self._board = board
        self._skipped = 0
        self._note = ""
        self._kept: dict[ObjectKey, None] = {}  # only of kinds of which the newest are kept

    def listed(self, items: dict[ObjectKey, object], skipped: int) -> None:
        """The list goes out before the status: who sees *live* may count what is there."""
        self._outbox.listed(self._kind.name, items, self._namespace)
        self._skipped = skipped
        if self._kind.newest is not None:
            self._kept = dict.fromkeys(items)
        self._board.good(self._kind.name, self._scope, self._detail())

    def changed(self, key: ObjectKey, value: object | None) -> None:
        self._outbox.changed(self._kind.name, key, value)
        if self._kind.newest is not None:
            self._keep_newest(key, value)

    def skipped(self) -> None:
        self._skipped += 1
        self._board.good(self._kind.name, self._scope, self._detail())

    def alive(self) -> None:
        self._board.alive(self._kind.name, self._scope)

    def watching(self, is_open: bool) -> None:
        self._board.watching(self._kind.name, self._scope, is_open, self._detail())

    def watch_denied(self, error: Forbidden) -> None:
        self._note = f"{error.right} is denied: listed every now and then instead"
        self._board.good(self._kind.name, self._scope, self._detail())

    def failed(self, error: KubeError) -> None:
        self._board.bad(self._kind.name, self._scope, error)

    def _detail(self) -> str:
        count = self._skipped
        malformed = f"{count} malformed object{'s' if count > 1 else ''} skipped" if count else ""
        return "; ".join(part for part in (malformed, self._note) if part)

    def _keep_newest(self, key: ObjectKey, value: object | None) -> None:
        self._kept.pop(key, None)
        if value is None:
            return
        self._kept[key] = None
        if len(self._kept) > (self._kind.newest or 0):
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._outbox.changed(self._kind.name, oldest, None)
