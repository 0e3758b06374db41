"""The files of a support bundle: values in, texts out, all without credentials. Reads nothing and writes nothing.

Every text passes here once: values are hidden by ``hide``, which knows where credentials stand, then by a ``Scrubber``
that knows those of this very cluster.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from config.load import option_value
from config.options import OPTIONS
from config.settings import Settings
from tui.launch.hidden import hide
from tui.launch.scrub import Scrubber
from tui.launch.yaml_text import to_yaml
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.snapshot import Snapshot
from tui.present.documents import Document
from tui.present.documents.document import source_items
from tui.present.documents.figures import instant
from tui.sources.writing import AuditEntry

EVENTS = 2000
LOG_LINES = 200
AUDIT_LINES = 500
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its path within the bundle, its text, and what the README says of it (``""``: nothing)."""

    name: str
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What should be in the bundle and is not, and why."""

    what: str
    why: str


def document_part(kind: str, document: Document, scrubber: Scrubber) -> Part:
    """``documents/KIND.json``; of events the newest."""
    about = f"what nimdeck {kind} -o json prints"
    if kind == "events" and len(document.items) > EVENTS:
        about = f"the newest {EVENTS} of {len(document.items)} events"
        document = replace(document, items=document.items[:EVENTS])
    return Part(f"documents/{kind}.json", _json(msgspec.to_builtins(document), scrubber), about)


def values_part(name: str, values: JsonObject, about: str, scrubber: Scrubber) -> Part:
    """Any other values as JSON."""
    return Part(f"{name}.json", _json(values, scrubber), about)


def diagnostics_part(snapshot: Snapshot, now: float, scrubber: Scrubber) -> Part:
    """What was found out about the cluster, and how each source stands."""
    cluster = snapshot.cluster
    values = {
        "cluster": {
            "name": cluster.name,
            "context": cluster.context,
            "kubernetes_version": cluster.kubernetes_version,
            "runai_version": cluster.runai_version,
        },
        "facts": [{"what": what, "found": found} for what, found in cluster.facts],
        "sources": msgspec.to_builtins(source_items(snapshot.sources, now)),
        "counts": {
            "nodes": len(snapshot.nodes),
            "pods": len(snapshot.pods),
            "workloads": len(snapshot.workloads),
            "events": len(snapshot.events),
        },
    }
    return values_part("diagnostics", values, "the cluster, its API groups and metrics, and the state of each source",
                       scrubber)  # fmt: skip


def about_part(settings: Settings, program: Mapping[str, str], now: float, scrubber: Scrubber) -> Part:
    """The program, its version and its settings; a secret shows that it is set, and nothing of it."""
    values: dict[str, JsonValue] = {"made_at": instant(now), **program, "profile": settings.profile}
    values["settings"] = {option.key: _setting(option_value(settings, option)) for option in OPTIONS}
    return values_part("nimdeck", values, "nimdeck's version and settings", scrubber)


def object_part(resource: str, key: ObjectKey, body: JsonObject, scrubber: Scrubber) -> Part:
    """The object as YAML. ``body`` must have been hidden already: that is how the scrubber came to know its values."""
    kept = _known(body, scrubber)
    assert isinstance(kept, Mapping)
    return Part(f"objects/{_safe(resource)}/{_file(key)}.yaml", to_yaml([kept]))


def log_part(pod: ObjectKey, container: str, previous: bool, lines: Iterable[str], scrubber: Scrubber) -> Part:
    """The last lines of a container, scrubbed one by one."""
    name = f"{_file(pod)}_{_safe(container)}{'.previous' if previous else ''}.log"
    return Part(f"logs/{name}", "".join(f"{line}\n" for line in scrubber.lines(lines)))


def audit_part(entries: Sequence[AuditEntry], scrubber: Scrubber) -> Part:
    """Nimdeck's own changes on this machine, newest first."""
    lines = [json.dumps(_clean(msgspec.to_builtins(entry), scrubber), ensure_ascii=False) for entry in entries]
    return Part("audit.jsonl", "".join(line + "\n" for line in lines), "what nimdeck changed from this machine")


def readme_part(parts: Sequence[Part], left_out: Sequence[LeftOut], version: str, now: float) -> Part:
    """What is in it, what is not, and what was hidden."""
    told = [f"  {part.name:<28}  {part.about}" for part in parts if part.about]
    for folder, about in (
        ("objects/", "what waits: workloads, pods, pod groups, revisions, claims"),
        ("logs/", f"the last {LOG_LINES} lines of each container that crashes"),
    ):
        count = sum(part.name.startswith(folder) for part in parts)
        told.append(f"  {f'{folder} ({count})':<28}  {about}")
    missing = [f"  {one.what}: {one.why}" for one in left_out] or ["  nothing"]
    lines = [
        f"Support bundle of nimdeck {version}, made {instant(now)}",
        "",
        "What is in it",
        *told,
        "",
        "What is not in it, and why",
        *missing,
        "",
        "What was hidden",
        "  Secret objects are never read. Where a value looks like a credential, stands under a name that sounds",
        "  like one (HF_TOKEN, password, ...), or is known to be one from another place, there is *** instead.",
        "  Names of nodes, pods, projects, images and users are not hidden: look through it before you send it on.",
    ]
    return Part("README.txt", "\n".join(lines) + "\n")


def _setting(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float):
        return value
    return [str(one) for one in value] if isinstance(value, tuple) else str(value)


def _json(values: JsonValue, scrubber: Scrubber) -> str:
    return json.dumps(_clean(values, scrubber), ensure_ascii=False, indent=2) + "\n"


def _clean(values: JsonValue, scrubber: Scrubber) -> JsonValue:
    return _known(hide(values), scrubber)


def _known(value: JsonValue, scrubber: Scrubber) -> JsonValue:
    """The same with the known values hidden in every text of it, names of fields too."""
    if isinstance(value, str):
        return scrubber.known(value)
    if isinstance(value, Mapping):
        return {scrubber.known(key): _known(entry, scrubber) for key, entry in value.items()}
    if isinstance(value, Sequence):
        return [_known(entry, scrubber) for entry in value]
    return value


def _file(key: ObjectKey) -> str:
    return "_".join(_safe(part) for part in key if part)


def _safe(text: str) -> str:
    """A name that is one in every file system: what a server sends is no path."""
    return _UNSAFE.sub("-", text).lstrip(".-") or "unnamed"
