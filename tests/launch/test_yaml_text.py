"""Objects as YAML, and differences."""

from dataclasses import replace

import yaml
from hypothesis import HealthCheck, given, settings

from config.secret import Secret
from tests.launch.specs import GUIDE, specs
from tui.launch.manifests import manifests
from tui.launch.secrets import ngc_secret, registry_secret
from tui.launch.yaml_text import change_difference, difference, merged, to_yaml
from tui.model.ids import ObjectKey
from tui.model.launch_spec import LaunchSpec, NewClaim, NfsVolume, Replicas, Storage
from tui.model.manifest import Change

TOKEN = "nvapi-aB3dEfGh1234567890"


def body_of(spec: LaunchSpec) -> dict:
    return manifests(spec, "runai-test")[-1].body


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_yaml_reads_back_to_the_same_objects(spec: LaunchSpec) -> None:
    bodies = [manifest.body for manifest in manifests(spec, "runai-test")]
    text = to_yaml(bodies)
    assert list(yaml.safe_load_all(text)) == bodies
    assert to_yaml(bodies) == text
    assert "&" not in text or "&" in repr(bodies)


def test_secrets_are_hidden_in_every_form() -> None:
    token = Secret(TOKEN)
    clear = body_of(GUIDE)
    clear["spec"]["environment"]["items"]["NGC_API_KEY"]["value"] = TOKEN
    clear["spec"]["environment"]["items"]["MY_PASSWORD"] = {"value": "hunter2"}
    pod = {"env": [{"name": "HF_TOKEN", "value": "hf_secret"}, {"name": "A", "value": "b"}]}
    stored = {"kind": "Secret", "data": {"k": "bnZhcGk="}, "stringData": {"n": 5, "o": None}}
    bodies = [
        ngc_secret("ns", "a", "NGC_API_KEY", token).body,
        registry_secret("ns", "b", token).body,
        clear,
        pod,
        stored,
        {"note": f"curl -H 'Authorization: Bearer {'x' * 20}' {TOKEN}"},
    ]
    for text in (to_yaml(bodies), *("\n".join(difference(None, body)) for body in bodies)):
        for secret in (TOKEN, "hunter2", "hf_secret", "bnZhcGk", "x" * 20):
            assert secret not in text
    shown = list(yaml.safe_load_all(to_yaml(bodies)))
    assert shown[0]["stringData"] == {"NGC_API_KEY": "***"}
    assert shown[3]["env"][1]["value"] == "b"
    assert shown[4]["stringData"]["n"] == "***"


def test_references_and_names_of_secrets_stay_readable() -> None:
    plain = manifests(replace(GUIDE, scheduler="kubernetes"), "runai-test")[0].body
    text = to_yaml([body_of(GUIDE), plain])
    assert "SECRET:ngc-api-key,NGC_API_KEY" in text
    assert "key: NGC_API_KEY" in text and "***" not in text


def test_what_the_server_wrote_is_no_difference() -> None:
    wanted = body_of(GUIDE)
    live = {
        **wanted,
        "metadata": {
            **wanted["metadata"],
            "uid": "1",
            "resourceVersion": "5",
            "generation": 2,
            "creationTimestamp": "now",
            "managedFields": [{"manager": "nimdeck"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        },
        "status": {"phase": "Running"},
    }
    assert difference(live, wanted) == ()
    lines = difference(live, body_of(replace(GUIDE, replicas=Replicas(1, 4, "concurrency", 1000))))
    assert [line.strip("+- ") for line in lines if line.startswith(("+", "-"))] == ["value: 2", "value: 4"]
    assert lines[0].startswith("@@")


def test_all_that_is_new_and_all_that_goes() -> None:
    new = difference(None, {"kind": "Service", "metadata": {"name": "a"}})
    assert [line for line in new if not line.startswith("@@")] == ["+kind: Service", "+metadata:", "+  name: a"]
    gone = difference({"kind": "Service", "status": {}}, None)
    assert [line for line in gone if not line.startswith("@@")] == ["-kind: Service"]


def test_a_change_that_can_not_be_shown_is_told() -> None:
    old = ngc_secret("ns", "a", "k", Secret("one")).body
    new = ngc_secret("ns", "a", "k", Secret("two")).body
    assert difference(old, new) == (" a hidden value changes",)
    assert difference(old, old) == ()


def test_a_change_shows_what_its_patch_makes() -> None:
    live = {"metadata": {"name": "a", "uid": "1"}, "spec": {"keep": 1, "minScale": {"value": 1}, "gone": 2}}
    patch = {"spec": {"minScale": {"value": 3}, "gone": None}}
    assert merged(live, patch)["spec"] == {"keep": 1, "minScale": {"value": 3}}
    assert live["spec"]["gone"] == 2
    key = ObjectKey("ns", "a")
    change = Change("patch", "inferenceworkloads.run.ai", key, "", patch, live)
    assert [line for line in change_difference(change) if line[0] in "+-"] == [
        "-  gone: 2",
        "-    value: 1",
        "+    value: 3",
    ]
    create = Change("create", "services", key, "", live)
    assert all(line[0] in "+@" for line in change_difference(create))
    delete = Change("delete", "services", key, "", None, live)
    assert all(line[0] in "-@" for line in change_difference(delete))


def test_documents_are_apart() -> None:
    storage = Storage("c", new=NewClaim(2**30, volume=NfsVolume("v", "h", "/p")))
    text = to_yaml([manifest.body for manifest in manifests(replace(GUIDE, storage=storage), "runai-test")])
    assert [document["kind"] for document in yaml.safe_load_all(text)] == [
        "PersistentVolume",
        "PersistentVolumeClaim",
        "InferenceWorkload",
    ]
    assert text.count("---\n") == 2 and "gpu:\n    value: '0.5'" in text
