"""Something long beside the app: carried out on a thread with an event loop of its own, so that no screen ever waits.

It starts, stops and says why it broke off. What is carried out, and what of it is remembered, is its heirs'.
"""

import asyncio
import logging
import threading
import time

from tui.bench.engine.controls import Controls
from tui.plans.stage import StageError

_log = logging.getLogger(__name__)


class Beside:
    """``start`` it once; end it by ``stop`` or ``close``. Heirs define ``_go``, and guard what they remember by
    ``_lock``. ``what`` is its name in words: ``the benchmark``."""

    def __init__(self, what: str, close_seconds: float) -> None:
        self.controls = Controls()
        self.started_at = time.monotonic()
        self._what = what
        self._close_seconds = close_seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._problem = ""

    def start(self) -> None:
        self.started_at = time.monotonic()
        self._thread = threading.Thread(target=self._main, name=self._what.removeprefix("the "), daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Once: end in good order. Twice: now. What is finished is kept either way."""
        self.controls.interrupt()

    def wait(self) -> None:
        """Until it has ended of itself."""
        if self._thread is not None:
            self._thread.join()

    def close(self, seconds: float | None = None) -> bool:
        """Stop now and wait for the end; False if it did not come in ``seconds``."""
        if self._thread is None or not self._thread.is_alive():
            return True
        self.controls.interrupts = max(2, self.controls.interrupts)
        self.controls.paused = False
        self._thread.join(self._close_seconds if seconds is None else seconds)
        return not self._thread.is_alive()

    async def closed(self, seconds: float | None = None) -> bool:
        """``close`` for an event loop: it goes on with other things meanwhile."""
        return await asyncio.to_thread(self.close, seconds)

    async def _go(self) -> None:
        """What is carried out, on the thread's own loop. ``ValueError``, ``OSError``, ``StageError``: one line."""
        raise AssertionError("an heir says what is to be done")

    def _failed(self, text: str) -> None:
        with self._lock:
            self._problem = text

    def _main(self) -> None:
        try:
            asyncio.run(self._go())
        except (ValueError, OSError, StageError) as error:
            self._failed(str(error))
        except Exception as error:
            _log.exception("%s broke off", self._what)
            self._failed(f"{self._what} broke off: {type(error).__name__}: {error}")
