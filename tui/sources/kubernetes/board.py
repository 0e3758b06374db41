"""Which kind is known how well, and what that means for the Kubernetes API as a whole."""

import threading
from dataclasses import dataclass, replace

from tui.model.changes import Sink
from tui.model.clock import Clock
from tui.model.status import SourceState, SourceStatus
from tui.sources.kubernetes.errors import Forbidden, KubeError, NoConfig, Unauthorized

SOURCE = "kubernetes"
SETTLED_FAILURES = 3  # a first list that failed so often counts as an outcome: a command must not wait for ever
REPEAT_SECONDS = 10.0  # a live status is told again when it is so much older than what is known


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it stands with one kind in one scope (``""``: the cluster)."""

    state: SourceState
    detail: str = ""
    good_at: float | None = None
    is_unauthorized: bool = False
    is_watching: bool = False
    failures: int = 0  # in a row, while it was never good


class Board:
    """Collects outcomes and tells the sink of statuses, each only when it changed. Thread-safe.

    The overall status is live only once every expected kind had its first outcome in each of its scopes.
    """

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, Outcome | None]] = {}
        self._notes: dict[str, str] = {}
        self._told: dict[str, SourceStatus] = {}
        self._trouble: KubeError | None = None
        self._good_at: float | None = None
        self._about = ""

    def expect(self, kind: str, scopes: tuple[str, ...] = ("",), note: str = "") -> None:
        """These are the scopes in which the kind is read from now on; ``note`` says what is not seen."""
        with self._lock:
            known = self._kinds.get(kind, {})
            self._kinds[kind] = {scope: known.get(scope) for scope in scopes}
            self._notes[kind] = note

    def reachable(self, about: str) -> None:
        """The server itself answers; ``about`` says which and of what version."""
        with self._lock:
            self._about, self._trouble = about, None
            now = self._good_at = self._clock.now()
            for scopes in self._kinds.values():
                for scope, outcome in scopes.items():
                    if outcome is not None and outcome.is_watching:
                        scopes[scope] = replace(outcome, good_at=now)
            self._tell()

    def unreachable(self, error: KubeError) -> None:
        """The server itself does not answer, or does not take our credentials."""
        with self._lock:
            self._trouble = error
            self._tell()

    def good(self, kind: str, scope: str, detail: str = "") -> None:
        """The kind was read."""
        with self._lock:
            if scope not in self._kinds.get(kind, {}):
                return  # a thread that has not noticed yet that its scope is no longer read
            now = self._good_at = self._clock.now()
            known = self._kinds[kind][scope]
            is_watching = known is not None and known.is_watching
            self._kinds[kind][scope] = Outcome(SourceState.LIVE, detail, now, is_watching=is_watching)
            self._tell()

    def alive(self, kind: str, scope: str) -> None:
        """Something was heard of a kind that is watched. Cheap, because it is called for every event."""
        with self._lock:
            known = self._kinds.get(kind, {}).get(scope)
            if known is not None:
                self._kinds[kind][scope] = replace(known, good_at=self._clock.now())

    def watching(self, kind: str, scope: str, is_open: bool, detail: str = "") -> None:
        """A watch of the kind was opened (what was known is live again), or has ended."""
        with self._lock:
            known = self._kinds.get(kind, {}).get(scope)
            if known is None:
                return
            if is_open:
                now = self._good_at = self._clock.now()
                self._kinds[kind][scope] = Outcome(SourceState.LIVE, detail, now, is_watching=True)
                self._tell()
            else:
                self._kinds[kind][scope] = replace(known, is_watching=False)

    def bad(self, kind: str, scope: str, error: KubeError, is_final: bool = False) -> None:
        """Reading the kind failed: denied, or stale when it had been good, or failed.

        ``is_final``: it will not be tried again soon.
        """
        with self._lock:
            if scope not in self._kinds.get(kind, {}):
                return
            known = self._kinds[kind][scope]
            good_at = known.good_at if known else None
            if isinstance(error, Forbidden | Unauthorized):
                state = SourceState.DENIED
            else:
                state = SourceState.STALE if good_at is not None else SourceState.FAILED
            failures = SETTLED_FAILURES if is_final else 1 + (known.failures if known else 0)
            refused = isinstance(error, Unauthorized)
            self._kinds[kind][scope] = Outcome(state, str(error), good_at, refused, failures=failures)
            self._tell()

    def absent(self, kind: str, detail: str) -> None:
        """The API does not serve the kind."""
        with self._lock:
            self._kinds[kind] = {"": Outcome(SourceState.ABSENT, detail)}
            self._notes[kind] = ""
            self._tell()

    def tick(self) -> None:
        """Tell of what has become newer; called every few seconds."""
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        outcomes: dict[str, Outcome] = {}
        for kind, scopes in self._kinds.items():
            combined = _combined(scopes, self._notes.get(kind, ""))
            if combined is not None:
                outcomes[kind] = combined
                name = f"{SOURCE}/{kind}"
                self._put(SourceStatus(name, combined.state, combined.good_at, combined.detail))
        overall = self._overall(outcomes)
        if overall is not None:
            self._put(overall)

    def _put(self, status: SourceStatus) -> None:
        told = self._told.get(status.name)
        if told is not None and (told.state, told.detail) == (status.state, status.detail):
            newer_by = (status.last_good_at or 0.0) - (told.last_good_at or 0.0)
            if newer_by < REPEAT_SECONDS:
                return
        self._told[status.name] = status
        self._sink.put(status)

    def _overall(self, outcomes: dict[str, Outcome]) -> SourceStatus | None:
        if self._trouble is not None:
            return self._trouble_status(self._trouble)
        if not self._kinds or len(outcomes) < len(self._kinds) or not all(map(_is_settled, outcomes.values())):
            return None
        present = [o for o in outcomes.values() if o.state is not SourceState.ABSENT]
        refused = next((o for o in present if o.is_unauthorized), None)
        if refused is not None:
            return SourceStatus(SOURCE, SourceState.DENIED, self._good_at, refused.detail)
        if any(o.state is SourceState.LIVE for o in present):
            return SourceStatus(SOURCE, SourceState.LIVE, self._good_at, self._about + _denied_note(outcomes))
        worst = next((o for o in present if o.state is not SourceState.DENIED), present[0] if present else None)
        if worst is None:
            return SourceStatus(SOURCE, SourceState.FAILED, self._good_at, "the API serves none of the kinds we read")
        return SourceStatus(SOURCE, worst.state, self._good_at, worst.detail)

    def _trouble_status(self, error: KubeError) -> SourceStatus:
        if isinstance(error, NoConfig):
            return SourceStatus(SOURCE, SourceState.ABSENT, self._good_at, str(error))
        if isinstance(error, Forbidden | Unauthorized):
            return SourceStatus(SOURCE, SourceState.DENIED, self._good_at, str(error))
        state = SourceState.STALE if self._good_at is not None else SourceState.FAILED
        return SourceStatus(SOURCE, state, self._good_at, str(error))


def _combined(scopes: dict[str, Outcome | None], note: str) -> Outcome | None:
    """One outcome for a kind that is read in several namespaces; ``None`` while one has none yet."""
    known = [outcome for outcome in scopes.values() if outcome is not None]
    if not known or len(known) < len(scopes):
        return None
    live = [outcome for outcome in known if outcome.state is SourceState.LIVE]
    chosen = live or [o for o in known if o.state is not SourceState.DENIED] or known
    details = [detail for detail in (*dict.fromkeys(o.detail for o in chosen[:3]), note) if detail]
    good = [outcome.good_at for outcome in chosen if outcome.good_at is not None]
    return Outcome(
        chosen[0].state,
        "; ".join(details),
        min(good) if good else None,
        any(outcome.is_unauthorized for outcome in known),
        failures=max(outcome.failures for outcome in known),
    )


def _is_settled(outcome: Outcome) -> bool:
    """False while a first list that failed is likely to come through at the next attempt."""
    return outcome.state is not SourceState.FAILED or outcome.failures >= SETTLED_FAILURES


def _denied_note(outcomes: dict[str, Outcome]) -> str:
    denied = sorted(kind for kind, outcome in outcomes.items() if outcome.state is SourceState.DENIED)
    return f"; denied: {', '.join(denied)}" if denied else ""
