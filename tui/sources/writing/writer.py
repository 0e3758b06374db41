"""The one gate to the outside: every change of a cluster or of Run:ai's control plane goes through ``Writer``.

It refuses when nimdeck is read-only, before a byte is sent; it makes no change that it can't note in the audit log; and
it never tries twice. Nothing else may send a POST, PUT, PATCH or DELETE there but self-subject reviews and log-ins.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from tui.model.clock import Clock, SystemClock
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.sources.kinds.loose import dig, text_at
from tui.sources.kubernetes import ondemand
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import KubeError, NotFound
from tui.sources.runai.control_plane import ControlPlane
from tui.sources.writing.audit import Audit, Result, os_user
from tui.sources.writing.body import HIDDEN, scrubbed
from tui.sources.writing.control_plane import send_request
from tui.sources.writing.errors import Invalid, NoAnswer, NotAudited, ReadOnly, WriteError
from tui.sources.writing.kube import KubeWrites
from tui.sources.writing.refusals import write_error

NOBODY_KNOWS = "nobody knows whether it happened: look before you try again"
POLL_SECONDS = 1.0


class Writer:
    """Makes changes, one at a time per call. Thread-safe; every method may block for a request's time limit.

    ``client`` None: the Kubernetes API is not there (yet); ``runai`` None: no control plane is configured. Each is an
    error only for the changes that need it. ``context`` is what the audit calls the cluster.
    """

    def __init__(
        self,
        client: KubeClient | None,
        runai: ControlPlane | None,
        audit: Audit,
        read_only: bool,
        context: str,
        clock: Clock | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._client = client
        self._kube = KubeWrites(client) if client is not None else None
        self._runai = runai
        self.audit = audit
        self.read_only = read_only
        self._context = context
        self._clock = clock or SystemClock()
        self._pause = pause
        self._who: str | None = None
        self._lock = threading.Lock()

    def write(self, change: Change, dry_run: bool = False) -> JsonObject:
        """Make the change, or let the server try it; the object as it is then. Raises a ``WriteError``.

        A dry run of a request to the control plane is not sent, for it knows none: the answer is empty.
        """
        if self.read_only:
            refusal = ReadOnly(f"{change.title}: nimdeck runs read-only: start it without --read-only")
            self._note_refusal(change, dry_run, refusal)
            raise refusal
        self.audit.check()
        self.who()  # asked before, so that noting what was done needs no network
        failure: WriteError | None = None
        answer: JsonObject = {}
        warnings: tuple[str, ...] = ()
        try:
            answer, warnings = self._send(change, dry_run)
        except WriteError as error:
            failure = error.with_traceback(None)  # its frames hold what was sent
        except BaseException as error:  # a fault of ours, or Ctrl-C: it may have happened
            self._note(change, dry_run, "unknown", type(error).__name__)
            raise
        if failure is None:
            self._note(change, dry_run, "ok", "; ".join(warnings))
            return answer
        self._note(change, dry_run, _result(failure), str(failure))
        raise failure from None

    def wait_gone(self, change: Change, timeout_seconds: float) -> bool:
        """Wait until the object of a deletion is gone; False when it is still there after that time.

        One of the same name with another ``uid`` is another object. Raises ``NoAnswer`` when the API can't be asked.
        """
        end = self._clock.monotonic() + timeout_seconds
        while True:
            if self._is_gone(change):
                return True
            left = end - self._clock.monotonic()
            if left <= 0:
                return False
            self._pause(min(POLL_SECONDS, left))

    def who(self) -> str:
        """Who the cluster takes us for, asked once; the account of this machine where it does not say.

        Read-only it is not asked: nothing at all is POSTed then.
        """
        with self._lock:
            if self._who is None:
                self._who = (None if self.read_only else self._told_name()) or os_user()
            return self._who

    def _send(self, change: Change, dry_run: bool) -> tuple[JsonObject, tuple[str, ...]]:
        if change.verb == "request":
            return send_request(self._runai, change, dry_run), ()
        kube = self._connected(change)
        _check_shown(change)
        trouble: KubeError
        try:
            return kube.send(change, dry_run)
        except KubeError as error:
            trouble = error.with_traceback(None)
        failure = write_error(trouble, change)
        if isinstance(failure, NoAnswer) and failure.is_done is None:
            failure = self._looked(failure, change, dry_run, trouble)
        raise type(failure)(*_cleaned(failure, change)) from None

    def _looked(self, failure: NoAnswer, change: Change, dry_run: bool, trouble: KubeError) -> NoAnswer:
        """The same failure with what can be seen of its outcome now."""
        if dry_run or not trouble.was_sent:
            why = "it was a dry run" if dry_run else "the request was never sent"
            return NoAnswer(f"{failure}; nothing was changed ({why})", False)
        seen, is_done = NOBODY_KNOWS, None
        with suppress(KubeError):  # what the first failure says is enough
            seen, is_done = _outcome(change, self._found(change))
        if trouble.code is None and is_done is False:  # unanswered, it may still be on its way through a webhook
            return NoAnswer(f"{failure}; {seen} so far: look again before you try again")
        return NoAnswer(f"{failure}; {seen}", is_done)

    def _found(self, change: Change) -> JsonObject | None:
        try:
            return self._connected(change).read(change)
        except NotFound:
            return None

    def _is_gone(self, change: Change) -> bool:
        try:
            found = self._found(change)
        except KubeError as error:
            raise NoAnswer(f"{change.title}: {error}") from None
        return found is None or (change.uid is not None and text_at(found, "metadata", "uid") != change.uid)

    def _connected(self, change: Change) -> KubeWrites:
        if self._kube is None:
            line = f"{change.title}: the Kubernetes API is not connected; nothing was changed: see its status"
            raise NoAnswer(line, False)
        return self._kube

    def _told_name(self) -> str | None:
        if self._client is None:
            return None
        try:
            return ondemand.who_am_i(self._client)
        except KubeError:
            return None

    def _note(self, change: Change, dry_run: bool, result: Result, detail: str) -> None:
        what = change.resource if change.verb == "request" else f"{change.resource} {change.key}"
        try:
            self.audit.note(
                self.who(), self._context, change.verb, what, dry_run, result, scrubbed(detail, change.body)
            )
        except NotAudited as error:
            done = "was done" if result == "ok" else "was tried"
            raise NotAudited(f"{change.title} {done}, but {str(error).replace('; nothing was changed', '')}") from None

    def _note_refusal(self, change: Change, dry_run: bool, refusal: ReadOnly) -> None:
        with suppress(NotAudited):  # nothing is done, so there is nothing that must be noted
            self._note(change, dry_run, "refused", str(refusal))


def _check_shown(change: Change) -> None:
    """A Secret that was read to be shown has ``***`` for values: written back, they would be its values."""
    if change.resource != "secrets" or change.body is None:
        return
    for part in ("data", "stringData"):
        for name, value in (dict(found) if isinstance(found := change.body.get(part), Mapping) else {}).items():
            if value == HIDDEN:
                why = "this is what stands for a hidden value: give the value itself, or leave it out"
                raise Invalid(f"{change.title}: {part}.{name}: {why}", ((f"{part}.{name}", why),))


def _cleaned(failure: WriteError, change: Change) -> tuple[object, ...]:
    """The arguments to make the same error again, its words free of the change's secrets."""
    text = scrubbed(str(failure), change.body)
    faults = getattr(failure, "faults", None)
    if faults is not None:
        return text, tuple((field, scrubbed(what, change.body)) for field, what in faults)
    for extra in ("right", "is_done"):
        if hasattr(failure, extra):
            return text, getattr(failure, extra)
    return (text,)


def _outcome(change: Change, found: JsonObject | None) -> tuple[str, bool | None]:
    """What the object as it is now says of a change that got no answer."""
    if change.verb == "create":
        if found is None:
            return "nothing was created", False
        return "it is there now, so it was probably created: look at it before you try again", True
    if change.verb == "delete":
        uid = text_at(found, "metadata", "uid")
        if found is None or (change.uid and uid != change.uid) or dig(found, "metadata", "deletionTimestamp"):
            return "it is gone or going", True
        return "nothing was deleted", False
    version = text_at(found, "metadata", "resourceVersion")
    if change.resource_version and version == change.resource_version:
        return "nothing was changed", False
    return NOBODY_KNOWS, None


def _result(failure: WriteError) -> Result:
    if not isinstance(failure, NoAnswer):
        return "refused"
    return "failed" if failure.is_done is False else "unknown"
