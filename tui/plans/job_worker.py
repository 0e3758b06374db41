"""A worker in a pod: commands go to its input by ``pods/attach``, what it says is followed in its log.

A log may be rotated, and the stream that follows it may break: it is followed anew, lines that came twice are passed
over, and those that are lost show as a gap in their numbers, which marks the point. What blocks runs on a thread.
"""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

from tui.model.ids import ObjectKey
from tui.plans.job_manifest import CONTAINER
from tui.sources.kinds.loose import dig, list_at, text_at
from tui.sources.kubernetes import Attached, KubeError, KubernetesSource, LogLines, NotFound

SCHEMA = "nimdeck.worker/1"
_BYE = b'{"schema":"nimdeck.worker/1","kind":"bye"}\n'
_TRIES = 5  # to follow a log anew, before the pod is given up
_PAUSE_SECONDS = 1.0
_WORDS = 20
_POD = "pods"


class _Head(msgspec.Struct):
    schema: str = ""
    seq: int = -1


class JobWorker:
    """A ``WorkerTransport`` of the engine: one pod of the Job, which runs already."""

    def __init__(self, kubernetes: KubernetesSource, pod: ObjectKey) -> None:
        self.name = pod.name
        self._kubernetes = kubernetes
        self._pod = pod
        self._decode = msgspec.json.Decoder(_Head).decode
        self._input: Attached | None = None
        self._log: LogLines | None = None
        self._words: deque[str] = deque(maxlen=_WORDS)  # of its standard error, which shares the log
        self._seen = -1
        self._heard_at = 0.0  # monotonic seconds; 0: nothing yet
        self._stopping = threading.Event()
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._why = ""

    async def start(self) -> None:
        """Attach to its input and begin to follow its log. ``OSError`` with one line."""
        try:
            self._input = await asyncio.to_thread(self._kubernetes.attach, self._pod, CONTAINER)
        except KubeError as error:
            raise OSError(f"pod {self._pod}: {error}") from None
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._follow, args=(loop,), name=f"log {self._pod}", daemon=True).start()

    async def send(self, line: bytes) -> None:
        if self._input is None:
            raise OSError(f"worker {self.name} was not started")
        self._input.send(line)

    async def lines(self) -> AsyncIterator[bytes]:
        """Until the pod ends; ``OSError`` says how, where that was not its own good-bye."""
        while (line := await self._queue.get()) is not None:
            yield line
        if self._why:
            raise OSError(self._why)

    async def stop(self, seconds: float) -> str:
        """Bid it good-bye, and let go of it after ``seconds``: what still runs goes with the Job."""
        if self._input is None:
            return ""
        with suppress(OSError):
            self._input.send(_BYE)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
        self._stopping.set()
        if (log := self._log) is not None:
            log.close()
        await asyncio.to_thread(self._input.close)
        return "\n".join(self._words)

    # -- on the log's thread ---------------------------------------------------------------------------------------

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        left = _TRIES
        why = ""
        while left and not self._stopping.is_set():
            seen = self._seen
            try:
                self._read(loop)
                ended, why = self._state()
            except KubeError as error:
                ended, why = isinstance(error, NotFound), str(error)
            if ended:
                break
            left = _TRIES if self._seen > seen else left - 1
            self._stopping.wait(_PAUSE_SECONDS)
        if not self._stopping.is_set():
            self._why = why
        with suppress(RuntimeError):  # the loop has ended: nobody listens
            loop.call_soon_threadsafe(self._over)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """The log from where we were, until its stream ends."""
        since = math.ceil(time.monotonic() - self._heard_at) + 1 if self._heard_at else None
        log = self._kubernetes.logs(self._pod, CONTAINER, tail_lines=None, follow=True, since_seconds=since)
        self._log = log
        try:
            for text in log:
                if self._stopping.is_set():
                    return
                if self._is_new(text):
                    loop.call_soon_threadsafe(self._queue.put_nowait, text.encode())
        except RuntimeError:
            self._stopping.set()  # the loop has ended
        finally:
            log.close()

    def _is_new(self, text: str) -> bool:
        try:
            head = self._decode(text)
        except msgspec.MsgspecError:
            head = _Head()
        if head.schema != SCHEMA:
            if text.strip():
                self._words.append(text.strip())
            return False
        if head.seq <= self._seen:
            return False
        self._seen, self._heard_at = head.seq, time.monotonic()
        return True

    def _state(self) -> tuple[bool, str]:
        """Whether its container has ended, and how, in a few words (none if all was well)."""
        pod = self._kubernetes.get_object(_POD, self._pod)
        for status in list_at(pod, "status", "containerStatuses"):
            ended = dig(status, "state", "terminated")
            if ended:
                code = dig(ended, "exitCode")
                how = f"{text_at(ended, 'reason') or 'it ended'}, exit code {code}"
                last = f": {self._words[-1]}" if self._words else ""
                return True, "" if code == 0 else f"{how}{last}"
        phase = text_at(pod, "status", "phase")
        gone = phase in ("Succeeded", "Failed") or bool(dig(pod, "metadata", "deletionTimestamp"))
        return gone, f"the pod is {'being deleted' if phase == 'Running' else phase}" if gone else "its log broke off"

    def _over(self) -> None:
        self._ended.set()
        self._queue.put_nowait(None)
