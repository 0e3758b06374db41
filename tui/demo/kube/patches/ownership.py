"""managedFields: who owns which field, kept up by every write; and server-side apply, which takes none by stealth."""

from dataclasses import dataclass, replace
from typing import Any

from tui.demo.kube.patches.fieldsets import (
    Fields,
    Path,
    dotted,
    flatten,
    from_fields_v1,
    to_fields_v1,
)
from tui.demo.kube.patches.keys import atomic_map, key_of, list_keys
from tui.demo.kube.patches.removal import remove
from tui.demo.objects import ApiError, Json, Resource


@dataclass(frozen=True, slots=True)
class Entry:
    """One manager's share of an object."""

    manager: str
    operation: str
    api_version: str
    subresource: str
    time: str
    fields: Fields

    def same_owner(self, other: "Entry") -> bool:
        return (self.manager, self.operation, self.subresource) == (other.manager, other.operation, other.subresource)

    def __str__(self) -> str:
        text = f'"{self.manager}"' + (f' with subresource "{self.subresource}"' if self.subresource else "")
        if self.operation == "Update":
            text += f" using {self.api_version}" + (f" at {self.time}" if self.time else "")
        return text

    def to_json(self) -> Json:
        entry: Json = {"manager": self.manager, "operation": self.operation, "apiVersion": self.api_version}
        entry |= {"time": self.time, "fieldsType": "FieldsV1", "fieldsV1": to_fields_v1(self.fields)}
        return entry | ({"subresource": self.subresource} if self.subresource else {})


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and when (RFC 3339)."""

    manager: str
    time: str
    subresource: str = ""

    def entry(self, res: Resource, operation: str, fields: Fields) -> Entry:
        return Entry(self.manager, operation, res.api_version, self.subresource, self.time, fields)


def note_update(res: Resource, old: Json | None, new: Json, writer: Writer) -> None:
    """Gives what differs from ``old`` to the writer and takes it from others, in ``new``'s managedFields."""
    with_status = not res.has_status or writer.subresource == "status"
    before = flatten(old, res.custom, with_status=with_status) if old else {}
    after = flatten(new, res.custom, with_status=with_status)
    changed = _changed(before, after)
    gone = before.keys() - after.keys()
    mine = writer.entry(res, "Update", changed)
    entries = []
    for entry in _entries(old or {}):
        if entry.same_owner(mine):
            mine = replace(mine, fields=changed | (entry.fields - gone), time=mine.time if changed else entry.time)
        else:
            entries.append(replace(entry, fields=entry.fields - gone - changed))
    _write(new, [*entries, mine])


def apply(res: Resource, live: Json | None, config: Json, writer: Writer, *, force: bool) -> Json:
    """The object after server-side apply. Raises ``ApiError`` 409 with a cause for each field that another owns."""
    with_status = not res.has_status or writer.subresource == "status"
    wanted = flatten(config, res.custom, with_status=with_status)
    mine = writer.entry(res, "Apply", frozenset(wanted))
    entries = _entries(live or {})
    merged: Json = _merged(live or {}, config, (), res.custom)
    previous = next((entry for entry in entries if entry.same_owner(mine)), None)
    others = [entry for entry in entries if not entry.same_owner(mine)]
    if previous:
        held = frozenset(path for entry in others for path in entry.fields) | mine.fields
        for path in sorted(previous.fields - mine.fields):
            if not any(other[: len(path)] == path for other in held):
                remove(merged, path)
    before = flatten(live or {}, res.custom, with_status=with_status)
    after = flatten(merged, res.custom, with_status=with_status)
    taken = _changed(before, after) & mine.fields
    conflicts = [(entry, path) for entry in others for path in sorted(entry.fields & taken)]
    if conflicts and not force:
        raise _conflict(conflicts)
    gone = before.keys() - after.keys()
    others = [replace(entry, fields=entry.fields - taken - gone) for entry in others]
    if previous and previous.fields == mine.fields and not taken and not gone:
        mine = previous
    _write(merged, [*others, mine])
    return merged


def _changed(before: dict[Path, Any], after: dict[Path, Any]) -> Fields:
    missing = object()
    return frozenset(path for path, value in after.items() if before.get(path, missing) != value)


def _merged(live: Any, config: Any, path: tuple[str, ...], custom: bool) -> Any:
    if isinstance(config, dict) and isinstance(live, dict) and not atomic_map(custom, path):
        result = dict(live)
        for key, value in config.items():
            result[key] = _merged(live.get(key), value, (*path, key), custom) if key in live else value
        return result
    keys = list_keys(custom, path) if isinstance(config, list) and isinstance(live, list) else None
    if keys is None:
        return config
    wanted = {key_of(item, keys): item for item in config}
    items = []
    for item in live:
        key = key_of(item, keys)
        items.append(_merged(item, wanted.pop(key), path, custom) if key in wanted else item)
    return [*items, *wanted.values()]


def _entries(obj: Json) -> list[Entry]:
    return [
        Entry(
            entry.get("manager", ""),
            entry.get("operation", "Update"),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
            entry.get("time", ""),
            from_fields_v1(entry.get("fieldsV1", {})),
        )
        for entry in obj.get("metadata", {}).get("managedFields", ())
    ]


def _write(obj: Json, entries: list[Entry]) -> None:
    written = [entry.to_json() for entry in entries if entry.fields]
    obj["metadata"] = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    if written:
        obj["metadata"]["managedFields"] = written


def _conflict(conflicts: list[tuple[Entry, Path]]) -> ApiError:
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {entry}", "field": dotted(path)}
        for entry, path in conflicts
    ]
    if len(conflicts) == 1:
        text = f"1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        lines: list[str] = []
        for owner in sorted({str(entry) for entry, _ in conflicts}):
            lines.append(f"conflicts with {owner}:")
            lines += [f"- {dotted(path)}" for entry, path in conflicts if str(entry) == owner]
        text = f"{len(conflicts)} conflicts: " + "\n".join(lines)
    return ApiError(409, "Conflict", f"Apply failed with {text}", {"causes": causes})
