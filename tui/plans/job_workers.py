"""Workers on other machines: an Indexed Job of pods that each run ``nimdeck bench worker``, for the time of one run.

The Job is made and deleted through the one writer. The engine gets its pods by ``new_worker``; there is no second one
for a pod that dies: the others take its users over. Kubernetes is asked on threads; nothing here blocks the loop.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import quote

from config.settings import LoadSettings
from tui.bench.engine.transport import NoWorkerLeft, WorkerTransport
from tui.diagnose.why import why_pod
from tui.model.ids import ObjectKey
from tui.model.manifest import Change
from tui.model.snapshot import Snapshot
from tui.plans.job_manifest import INDEX, RUN, gone_change, job_change
from tui.plans.job_worker import JobWorker
from tui.sources.kinds.loose import dig, list_at, text_at
from tui.sources.kubernetes import KubeError, KubernetesSource
from tui.sources.writing import Missing, NoAnswer, WriteError, Writer

_POLL_SECONDS = 0.5
_UNANSWERED = 20  # looks in a row

Explain = Callable[[ObjectKey], str]


class JobError(OSError):
    """The pods can't be had: one line with the cause. ``refusal``: what the writer said, if it was that."""

    def __init__(self, line: str, refusal: WriteError | None = None) -> None:
        super().__init__(line)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class _Seen:
    """A pod of the Job at one moment."""

    key: ObjectKey
    index: int
    running: bool
    ended: bool
    trouble: str  # in its own words, "" if it tells none


class JobPool:
    """``count`` workers as pods. Use as an async context manager: it enters when all of them run, and leaves nothing.

    ``explain`` tells why a pod does not run, ``""`` if it can't (``explained`` makes one); ``cancelled`` ends the wait.
    """

    def __init__(
        self,
        count: int,
        settings: LoadSettings,
        kubernetes: KubernetesSource,
        writer: Writer,
        explain: Explain = lambda _: "",
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.count = count
        self.notes: list[str] = []  # what could not be cleared away
        self._settings = settings
        self._kubernetes = kubernetes
        self._writer = writer
        self._explain = explain
        self._cancelled = cancelled
        self._free: deque[ObjectKey] = deque()
        self._made: Change | None = None
        self._uid: str | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._create()
            await self._until_running()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def new_worker(self, number: int) -> WorkerTransport:
        """A pod that nobody has had yet, by its index. Raises ``NoWorkerLeft``."""
        if not self._free:
            raise NoWorkerLeft(f"no pod is left for worker {number}: the Job has {self.count}")
        return JobWorker(self._kubernetes, self._free.popleft())

    async def close(self) -> None:
        """Delete the Job with its pods, whatever happens meanwhile; ``notes`` tell if that failed. Safe twice."""
        made, self._made = self._made, None
        if made is not None:
            await asyncio.shield(asyncio.to_thread(self._delete, made))

    # -- making it -------------------------------------------------------------------------------------------------

    async def _create(self) -> None:
        try:
            namespace = self._settings.namespace or self._kubernetes.client.namespace or "default"
            key = ObjectKey(namespace, f"nimdeck-load-{uuid.uuid4().hex[:8]}")
            change = job_change(self._settings, key, self.count)
        except (KubeError, ValueError) as error:
            raise JobError(str(error)) from None
        self._made = change  # before it is: a change that is cut off may be done all the same
        try:
            made = await asyncio.shield(asyncio.to_thread(self._writer.write, change))
        except WriteError as error:
            if not (isinstance(error, NoAnswer) and error.is_done is not False):
                self._made = None
            raise JobError(str(error), error) from None
        self._uid = text_at(made, "metadata", "uid") or None

    def _delete(self, made: Change) -> None:
        try:
            self._writer.write(gone_change(made.body or {}, made.key, self._uid))
        except Missing:
            return
        except WriteError as error:
            self.notes.append(f"{error}; delete it: kubectl -n {made.key.namespace} delete job {made.key.name}")

    # -- waiting for it --------------------------------------------------------------------------------------------

    async def _until_running(self) -> None:
        loop = asyncio.get_running_loop()
        deadline, unanswered = loop.time() + self._settings.start_seconds, 0
        while True:
            try:
                pods = await asyncio.to_thread(self._pods)
                unanswered = 0
            except KubeError as error:
                unanswered += 1
                if unanswered >= _UNANSWERED or error.code in (401, 403):
                    raise JobError(f"the pods that make load can't be watched: {error}") from None
                pods = ()
            running = [pod for pod in pods if pod.running]
            if len(running) >= self.count:
                self._free.extend(pod.key for pod in sorted(running, key=lambda pod: pod.index))
                return
            if ended := next((pod for pod in pods if pod.ended), None):
                raise JobError(f"pod {ended.key} ended before it began: {ended.trouble or 'it did not say why'}")
            if self._cancelled():
                raise JobError("interrupted while waiting for the pods that make load")
            if loop.time() >= deadline:
                raise JobError(await asyncio.to_thread(self._late, pods, len(running)))
            await asyncio.sleep(_POLL_SECONDS)

    def _pods(self) -> tuple[_Seen, ...]:
        key = self._key
        path = f"/api/v1/namespaces/{quote(key.namespace, safe='')}/pods"
        found = self._kubernetes.client.get_json(path, {"labelSelector": f"{RUN}={key.name}"})
        return tuple(_seen(key.namespace, pod) for pod in list_at(found, "items"))

    def _late(self, pods: tuple[_Seen, ...], running: int) -> str:
        """Why not all of them run, by the first that does not."""
        first = f"{running} of {self.count} pods that make load run after {self._settings.start_seconds:g} s"
        waiting = next((pod for pod in pods if not pod.running), None)
        if waiting is not None:
            why = self._explain(waiting.key) or waiting.trouble or "it does not say why"
            return f"{first}; pod {waiting.key}: {why}"
        return f"{first}; {self._not_made() or 'the others were not made: look at the events of the Job'}"

    def _not_made(self) -> str:
        """What the Job's newest warning says: a quota, an admission webhook."""
        try:
            events = self._kubernetes.get_events_of(self._key, "Job")
        except KubeError:
            return ""
        return next((event.message for event in events if event.severity == "Warning"), "")

    @property
    def _key(self) -> ObjectKey:
        assert self._made is not None
        return self._made.key


def explained(snapshot: Callable[[], Snapshot]) -> Explain:
    """Why a pod of the watched cluster does not run: its first cause and the mend, ``""`` where none is known."""

    def explain(pod: ObjectKey) -> str:
        seen = snapshot()
        cause = next(iter(why_pod(pod, seen).causes), None) if pod in seen.pods else None
        if cause is None:
            return ""
        mend = f"; {cause.remedies[0].text}" if cause.remedies else ""
        return f"{cause.title}{': ' + cause.detail if cause.detail else ''}{mend}"

    return explain


def _seen(namespace: str, pod: object) -> _Seen:
    phase = text_at(pod, "status", "phase")
    states = [dig(status, "state") for status in list_at(pod, "status", "containerStatuses")]
    deleting = bool(dig(pod, "metadata", "deletionTimestamp"))
    index = text_at(pod, "metadata", "annotations", INDEX) or text_at(pod, "metadata", "labels", INDEX) or ""
    return _Seen(
        ObjectKey(namespace, text_at(pod, "metadata", "name") or ""),
        int(index) if index.isdecimal() else 0,
        running=phase == "Running" and not deleting and any(dig(state, "running") is not None for state in states),
        ended=phase in ("Succeeded", "Failed") or deleting,
        trouble="; ".join(_troubles(pod, states)),
    )


def _troubles(pod: object, states: list[object]) -> Iterator[str]:
    for condition in list_at(pod, "status", "conditions"):
        if text_at(condition, "type") == "PodScheduled" and text_at(condition, "status") == "False":
            yield text_at(condition, "message") or "it is not scheduled"
    for state in states:
        for kind in ("waiting", "terminated"):
            reason, code = text_at(state, kind, "reason"), text_at(state, kind, "exitCode")
            if reason is not None and reason != "ContainerCreating":
                yield ": ".join(filter(None, (reason, text_at(state, kind, "message"), code and f"exit code {code}")))
    if message := text_at(pod, "status", "message"):
        yield message
