"""Between the watching threads and the sink: single events become batches, so that a burst is joined once."""

import threading

from tui.model.changes import Batch, Listed, Sink
from tui.model.ids import ObjectKey

BATCH_LIMIT = 500


class Outbox:
    """Thread-safe. The order within a kind is kept; of several changes to one object only the last is sent."""

    def __init__(self, sink: Sink, coalesce_seconds: float) -> None:
        self._sink = sink
        self._coalesce_seconds = coalesce_seconds
        self._changed = threading.Condition()
        self._pending: dict[str, dict[ObjectKey, object | None]] = {}
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="kubernetes-outbox", daemon=True)
        self._thread.start()

    def listed(self, kind: str, items: dict[ObjectKey, object], namespace: str | None) -> None:
        """Send a whole list, after what came before it."""
        with self._changed:
            self._flush(kind)
            self._sink.put(Listed(kind, dict(items), namespace))

    def changed(self, kind: str, key: ObjectKey, value: object | None) -> None:
        """Send one change within ``coalesce_seconds``."""
        with self._changed:
            pending = self._pending.setdefault(kind, {})
            pending.pop(key, None)  # so that the last change stands at its own place
            pending[key] = value
            if len(pending) >= BATCH_LIMIT:
                self._flush(kind)
            self._changed.notify_all()

    def stop(self, timeout_seconds: float) -> None:
        """Send what is left and end the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._pending)
                self._changed.wait_for(lambda: self._stopped, self._coalesce_seconds)
                for kind in tuple(self._pending):
                    self._flush(kind)
                if self._stopped:
                    return

    def _flush(self, kind: str) -> None:
        pending = self._pending.pop(kind, None)
        if pending:
            self._sink.put(Batch(kind, tuple(pending.items())))
