"""Settings that the preflight wants, as changes to be reviewed: keys of ConfigMaps, set by a merge patch."""

from collections.abc import Iterable, Mapping

from tui.launch.patch import merge_patch
from tui.launch.plan import Existing, patch_of
from tui.model.check import SettingFix
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change

CONFIG_MAPS = "configmaps"
_EXAMPLE = "_example"


def settings_changes(fixes: Iterable[SettingFix], existing: Existing) -> tuple[Change, ...]:
    """One patch for each ConfigMap, with all keys that the fixes set there; none where it has them already.

    One that can't be read is patched all the same: the server says whether it is there. Raises what ``existing`` does.
    """
    wanted: dict[ObjectKey, dict[str, str]] = {}
    for fix in fixes:
        wanted.setdefault(ObjectKey(fix.namespace, fix.config_map), {}).update(fix.data)
    changes = (_change(key, data, existing(CONFIG_MAPS, key)) for key, data in wanted.items())
    return tuple(change for change in changes if change is not None)


def _change(key: ObjectKey, data: Mapping[str, str], found: JsonObject | None) -> Change | None:
    if found is None:
        return Change("patch", CONFIG_MAPS, key, _title(key, data), body={"data": dict(data)})
    patch = merge_patch(found, {"data": dict(data)})
    told = patch.get("data")
    if not isinstance(told, Mapping):
        return None
    return patch_of(CONFIG_MAPS, key, _without_example(found), patch, _title(key, told))


def _title(key: ObjectKey, data: Iterable[str]) -> str:
    return f"set {', '.join(data)} in ConfigMap {key}"


def _without_example(found: JsonObject) -> JsonObject:
    """Knative keeps pages of explanation in the key ``_example``: nothing of it is changed, or worth showing."""
    data = found.get("data")
    if not isinstance(data, Mapping) or _EXAMPLE not in data:
        return found
    kept: dict[str, JsonValue] = {name: text for name, text in data.items() if name != _EXAMPLE}
    return {**found, "data": kept}
