"""Settings that the preflight wants: one patch a ConfigMap, only what differs, the explanation left out of sight."""

from tui.launch.settings_fix import settings_changes
from tui.launch.yaml_text import change_difference
from tui.model.check import SettingFix
from tui.model.ids import ObjectKey

FEATURES = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "config-features", "namespace": "knative-serving", "resourceVersion": "7", "uid": "u"},
    "data": {"_example": "# a long text", "multi-container": "enabled", "kubernetes.podspec-affinity": "disabled"},
}
KEY = ObjectKey("knative-serving", "config-features")


def fix(key: str, value: str = "enabled", name: str = "config-features") -> SettingFix:
    return SettingFix("knative-serving", name, ((key, value),))


def test_one_patch_for_all_keys_of_a_config_map():
    fixes = (fix("kubernetes.podspec-affinity"), fix("kubernetes.podspec-tolerations"), fix("multi-container"))
    (change,) = settings_changes(fixes, lambda resource, key: FEATURES)
    assert (change.verb, change.resource, change.key) == ("patch", "configmaps", KEY)
    assert change.body == {
        "data": {"kubernetes.podspec-affinity": "enabled", "kubernetes.podspec-tolerations": "enabled"}
    }
    assert (change.resource_version, change.owned) == ("7", False)
    lines = change_difference(change)
    assert "-  kubernetes.podspec-affinity: disabled" in lines
    assert "+  kubernetes.podspec-affinity: enabled" in lines
    assert not any("long text" in line for line in lines)


def test_what_is_so_already_is_not_changed():
    assert settings_changes((fix("multi-container"),), lambda resource, key: FEATURES) == ()


def test_what_can_not_be_read_is_patched_all_the_same():
    changes = settings_changes((fix("a"), fix("b", "1", "config-deployment")), lambda resource, key: None)
    assert [(one.key.name, one.body, one.resource_version) for one in changes] == [
        ("config-features", {"data": {"a": "enabled"}}, None),
        ("config-deployment", {"data": {"b": "1"}}, None),
    ]
