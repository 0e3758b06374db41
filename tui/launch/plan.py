"""From manifests and what exists to the changes that are left to make. Pure: it reads through what it is given."""

from collections.abc import Callable, Mapping, Sequence

from tui.launch.marks import CREATED_BY, is_ours
from tui.launch.patch import merge_patch
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change, Manifest

Existing = Callable[[str, ObjectKey], JsonObject | None]

# What holds data or keys: one of that name is used as it is, whoever made it.
KEPT = frozenset({"persistentvolumes", "persistentvolumeclaims", "secrets"})


def plan(
    manifests: Sequence[Manifest],
    existing: Existing,
    *,
    replace_secrets: bool = False,
    before: Mapping[ObjectKey, JsonObject] | None = None,
) -> tuple[Change, ...]:
    """What is to be done, in order. An object that is there already as wanted, or is kept, has no change.

    A change with ``owned`` False would alter what nimdeck did not make: ask first. ``replace_secrets``: a Secret of the
    same name gets the new values. ``before`` holds what was wanted earlier, by key: what it had and the manifest has
    not is taken away. Raises what ``existing`` raises.
    """
    changes: list[Change] = []
    for manifest in manifests:
        found = existing(manifest.resource, manifest.key)
        if found is None:
            changes.append(_creation(manifest))
        elif manifest.resource not in KEPT or (replace_secrets and manifest.resource == "secrets"):
            earlier = (before or {}).get(manifest.key) if manifest.resource not in KEPT else None
            changes.extend(_alteration(manifest, found, earlier))
    return tuple(changes)


def kept(manifests: Sequence[Manifest], changes: Sequence[Change]) -> tuple[Manifest, ...]:
    """Those that need no change: they are there already."""
    changed = {(change.resource, change.key) for change in changes}
    return tuple(manifest for manifest in manifests if (manifest.resource, manifest.key) not in changed)


def not_ours(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Those that would alter what nimdeck did not make."""
    return tuple(change for change in changes if change.owned is False)


def metadata_text(body: JsonObject, name: str) -> str | None:
    """A text of the object's metadata, such as ``uid``."""
    metadata = body.get("metadata")
    value = metadata.get(name) if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) and value else None


def patch_of(resource: str, key: ObjectKey, found: JsonObject, body: JsonObject, title: str) -> Change:
    """A merge patch of an object as it was read: it fails where the object has changed since."""
    return Change(
        "patch",
        resource,
        key,
        title,
        body=body,
        replaces=found,
        owned=is_ours(found),
        resource_version=metadata_text(found, "resourceVersion"),
        uid=metadata_text(found, "uid"),
    )


def _creation(manifest: Manifest) -> Change:
    return Change("create", manifest.resource, manifest.key, f"create {manifest}", body=manifest.body)


def _alteration(manifest: Manifest, found: JsonObject, before: JsonObject | None) -> tuple[Change, ...]:
    patch = merge_patch(found, _comparable(manifest.body, found), before)
    if not patch:
        return ()
    return (patch_of(manifest.resource, manifest.key, found, patch, f"change {manifest}"),)


def _comparable(body: JsonObject, found: JsonObject) -> dict[str, JsonValue]:
    """What of the manifest is to hold: who made the object stays as it is, and so does the version it was read in."""
    wanted: dict[str, JsonValue] = {name: value for name, value in body.items() if name not in ("apiVersion", "kind")}
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping):
        kept_metadata: dict[str, JsonValue] = dict(metadata)
        annotations = metadata.get("annotations")
        if isinstance(annotations, Mapping):
            left = {name: value for name, value in annotations.items() if name != CREATED_BY}
            kept_metadata["annotations"] = left
            if not left:
                del kept_metadata["annotations"]
        wanted["metadata"] = kept_metadata
    return wanted
