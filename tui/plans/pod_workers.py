"""Load straight at the pods: each worker has one of their addresses, round robin. Users are shared evenly over workers,
so with as many workers as pods, or a multiple of that, each pod gets the same."""

import msgspec

from tui.bench.engine.run import NewWorker
from tui.bench.engine.transport import WorkerTransport


class PodWorker:
    """A worker whose set-up names one pod instead of the run's own address; all else is passed on."""

    def __init__(self, inner: WorkerTransport, url: str) -> None:
        self.name = inner.name
        self.send_setup_to = url
        self._inner = inner
        self.start = inner.start
        self.lines = inner.lines
        self.stop = inner.stop

    async def send(self, line: bytes) -> None:
        if b'"kind":"setup"' in line:
            message = msgspec.json.decode(line)
            message["target"]["url"] = self.send_setup_to
            line = msgspec.json.encode(message) + b"\n"
        await self._inner.send(line)


def over_pods(new_worker: NewWorker, urls: tuple[str, ...]) -> NewWorker:
    """Worker number n loads the pod n modulo their number."""
    if len(urls) < 2:
        return new_worker
    return lambda number: PodWorker(new_worker(number), urls[number % len(urls)])


def workers_for(asked: int, pods: int) -> int:
    """How many workers load so many pods alike: a multiple of them, at least what was asked for."""
    if pods < 2:
        return asked
    return -(-max(asked, pods) // pods) * pods
