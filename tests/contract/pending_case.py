"""A recorded case as nimdeck would see it: its objects through the sources' decoders and the store's engine.

Circumstances hold only what the diagnosis asked for, in the namespaces and of the logs that it named; a kind that the
case denies is hidden, in the snapshot as in the circumstances.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tui.diagnose.pending import inquiry, pending_items
from tui.model.changes import Listed
from tui.model.circumstances import Circumstances, Inquiry, LogQuestion, LogTail
from tui.model.ids import ObjectKey
from tui.model.pending import PendingItem
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.model.surroundings import SecretInfo
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.decode import Decoder
from tui.sources.kubernetes.errors import Forbidden
from tui.sources.kubernetes.found import LOGS, SECRETS, SOUGHT, Found, Sought, table_of
from tui.store.engine import Engine

Json = dict[str, Any]
FOLDER = Path(__file__).parent / "pending"
SECRET_TYPE = "Opaque"


@dataclass
class StoppedClock:
    """The time at which the case was recorded."""

    at: float

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@dataclass(frozen=True)
class Case:
    """One file of ``pending``: the objects as the API returned them, and what they mean."""

    name: str
    says: str
    at: float
    expect: Json
    objects: tuple[Json, ...]
    denied: frozenset[str]
    logs: Json

    def of_kind(self, name: str) -> list[Json]:
        """Its objects of a kind, named as in sources: ``pods``, ``queues.scheduling.run.ai``."""
        return [thing for thing in self.objects if resource_of(thing) == name]

    def lines(self, pod: str, container: str, previous: bool) -> list[str] | None:
        """What a container wrote, or ``None`` where nothing was recorded."""
        logs = self.logs.get("previous", {}) if previous else self.logs
        found: list[str] | None = logs.get(pod, {}).get(container)
        return found


@cache
def cases() -> tuple[Case, ...]:
    return tuple(load(path) for path in sorted(FOLDER.glob("*.json")))


def load(path: Path) -> Case:
    raw = json.loads(path.read_text())
    return Case(
        name=raw["name"],
        says=raw["says"],
        at=datetime.fromisoformat(raw["now"]).timestamp(),
        expect=raw["expect"],
        objects=tuple(raw["objects"]),
        denied=frozenset(raw.get("denied", ())),
        logs=raw.get("logs", {}),
    )


def resource_of(thing: Json) -> str:
    """The kind of an object as sources call it; English makes the plural."""
    word = str(thing["kind"]).lower()
    plural = word + "es" if word.endswith("s") else word[:-1] + "ies" if word.endswith("cy") else word + "s"
    group = str(thing["apiVersion"]).rpartition("/")[0]
    return f"{plural}.{group}" if group else plural


def snapshot_of(case: Case, whole: bool = True) -> Snapshot:
    """Every kind that is watched, decoded as a list and joined. ``whole``: no object of it is malformed."""
    engine = Engine(StoppedClock(case.at), ClusterInfo())
    for kind in all_kinds():
        if kind.name in case.denied:
            detail = f"may not list {kind.name}"
            engine.apply(SourceStatus(f"kubernetes/{kind.name}", SourceState.DENIED, None, detail))
            continue
        listed = {"metadata": {"resourceVersion": "1"}, "items": case.of_kind(kind.name)}
        page = Decoder(kind).page(json.dumps(listed).encode())
        assert page.skipped == 0 or not whole, f"{case.name}: malformed {kind.name}"
        engine.apply(Listed(kind.name, dict(page.entries)))
        engine.apply(SourceStatus(f"kubernetes/{kind.name}", SourceState.LIVE, case.at))
    engine.apply(SourceStatus("kubernetes", SourceState.LIVE, case.at))
    engine.build()
    return engine.snapshot


def circumstances_of(case: Case, asked: Inquiry) -> Circumstances:
    """What a reading of the case's cluster finds for this inquiry."""
    found = Found()
    for kind in SOUGHT if asked.namespaces else ():
        for space in asked.namespaces if kind.each_up_to else ("",):
            _read(case, kind, space, found)
    for space in asked.namespaces:
        _read_secrets(case, space, found)
    for question in asked.logs:
        _read_log(case, question, found)
    return found.circumstances(case.at)


def items_of(case: Case) -> tuple[PendingItem, ...]:
    """What the diagnosis says of the case, with all that it asked for."""
    snapshot = snapshot_of(case)
    return pending_items(snapshot, circumstances_of(case, inquiry(snapshot)))


def _read(case: Case, kind: Sought, space: str, found: Found) -> None:
    if kind.name in case.denied:
        found.errors[kind.name, space] = Forbidden(f"may not list {kind.name}", f"list {kind.name}")
        return
    things = [thing for thing in case.of_kind(kind.name) if thing["metadata"].get("namespace", "") == space]
    found.tables[kind.name, space] = table_of(kind, things)


def _read_secrets(case: Case, space: str, found: Found) -> None:
    if SECRETS in case.denied:
        found.errors[SECRETS, space] = Forbidden("may not list secrets", "list secrets")
        return
    secrets = [thing for thing in case.of_kind(SECRETS) if thing["metadata"]["namespace"] == space]
    names = ((thing["metadata"]["name"], thing.get("type", SECRET_TYPE)) for thing in secrets)
    found.tables[SECRETS, space] = {ObjectKey(space, name): SecretInfo(name, kind) for name, kind in names}


def _read_log(case: Case, question: LogQuestion, found: Found) -> None:
    if LOGS in case.denied:
        found.errors[LOGS, question.pod.namespace] = Forbidden("may not get pods/log", "get pods/log")
        return
    lines = case.lines(str(question.pod), question.container, question.previous) or ()
    found.tails[question] = LogTail(question.container, tuple(lines), question.previous)
