"""From an object back to its spec."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.launch.specs import GUIDE, specs
from tui.launch.manifests import manifests, namespace_of
from tui.launch.marks import project_namespace
from tui.launch.read_back import left_out, spec_of
from tui.model.launch_spec import CpuAsk, EnvVar, GpuAsk, LaunchSpec, Ngc, Replicas, SecretRef, Storage


def expressible(spec: LaunchSpec) -> LaunchSpec:
    """What an object can tell of a spec: its claim exists by then, and the project's own namespace is not said."""
    storage = replace(spec.storage, new=None) if spec.storage else None
    namespace = None if spec.namespace == project_namespace(spec.project) else spec.namespace
    return replace(spec, storage=storage, namespace=namespace)


def workload(spec: LaunchSpec) -> dict:
    made = manifests(spec, namespace_of(spec), author="ada")
    (body,) = [m.body for m in made if m.kind in ("InferenceWorkload", "Deployment")]
    return body


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_a_spec_survives_its_manifest(spec: LaunchSpec) -> None:
    body = workload(spec)
    assert spec_of(body) == expressible(spec)
    assert workload(spec_of(body)) == body


def test_the_guides_own_listing_with_the_key_in_clear() -> None:
    body = workload(GUIDE)
    body["spec"]["environment"]["items"]["NGC_API_KEY"] = {"value": "nvapi-abc123def"}
    body["spec"]["environment"]["items"]["HF_TOKEN"] = {"value": "hf_abc"}
    read = spec_of(body)
    assert read == replace(GUIDE, ngc=None)
    assert left_out(body) == ("NGC_API_KEY", "HF_TOKEN")
    assert "abc" not in repr(read)
    assert left_out(workload(GUIDE)) == ()


def test_a_model_beside_an_image_of_ones_own() -> None:
    spec = replace(GUIDE, image="mirror.local/llama", version="2", namespace="ai")
    assert spec_of(workload(spec)) == spec
    tagged = replace(GUIDE, model=None, image="nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4")
    assert spec_of(workload(tagged)) == replace(GUIDE, version="1.8.4")  # the same NIM, said in our way


def test_a_port_of_its_own() -> None:
    spec = replace(GUIDE, port=9000)
    assert spec_of(workload(spec)) == spec
    told = replace(GUIDE, port=9000, environment=(EnvVar("NIM_SERVER_PORT", "9999"),))
    assert spec_of(workload(told)) == told


def test_what_others_wrote() -> None:
    body = {
        "kind": "InferenceWorkload",
        "metadata": {"name": "a", "namespace": "runai-team", "labels": {"project": "red"}},
        "spec": {
            "name": {"value": "a"},
            "image": {"value": "nvcr.io/nim/baai/bge-m3:1.3.0"},
            "gpu": {"value": 0.25},
            "cpu": {"value": "500m"},
            "memory": {"value": "32Gi"},
            "minScale": {"value": 2},
            "metric": {"value": "gpu-utilization"},
            "nodePools": {"value": ["x", "y"]},
            "ports": {"items": {"serving-port": {"value": {"container": "8000"}}}},
            "username": {"value": "lab-user"},
        },
        "status": {"phase": "Running"},
    }
    assert spec_of(body) == LaunchSpec(
        name="a",
        project="red",
        namespace="runai-team",
        model="baai/bge-m3",
        version="1.3.0",
        gpu=GpuAsk(portion=0.25),
        cpu=CpuAsk(0.5, None, 32 * 2**30, None),
        replicas=Replicas(2, 2),
        node_pools=("x", "y"),
    )


def test_a_deployment_of_others_with_what_the_server_adds() -> None:
    container = {
        "name": "server",
        "image": "acme/server:1",
        "env": [
            {"name": "A", "value": "b"},
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "NGC_API_KEY", "valueFrom": {"secretKeyRef": {"name": "ngc", "key": "k"}}},
        ],
        "ports": [{"containerPort": 8080}],
        "resources": {"limits": {"nvidia.com/gpu": "2", "memory": "1e9"}, "requests": {"cpu": 1}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "c", "mountPath": "/cache", "readOnly": True}],
    }
    volumes = [{"name": "tmp", "emptyDir": {}}, {"name": "c", "persistentVolumeClaim": {"claimName": "pvc"}}]
    template = {
        "metadata": {"labels": {"app": "x"}, "annotations": {"kubectl.kubernetes.io/restartedAt": "now"}},
        "spec": {"containers": [{"name": "sidecar"}, container], "volumes": volumes},
    }
    body = {"kind": "Deployment", "metadata": {"name": "x", "namespace": "ns"}, "spec": {"template": template}}
    assert spec_of(body) == LaunchSpec(
        name="x",
        project="ns",
        namespace="ns",
        image="acme/server",
        version="1",
        gpu=GpuAsk(2),
        cpu=CpuAsk(cores=1.0, memory_limit_bytes=10**9),
        scheduler="kubernetes",
        replicas=Replicas(1, 1),
        storage=Storage("pvc", "/cache", read_only=True),
        ngc=Ngc("ngc", "k"),
        port=8080,
        environment=(EnvVar("A", "b"),),
        labels=(("app", "x"),),
    )


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,  # deep enough for every wrong shape; drawing it, and not reading it back, is what takes time
)
NAMES = ("gpu", "image", "minScale", "environment", "ports", "pvcs", "nodePools", "items", "value", "template", "spec")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), trees | st.dictionaries(st.sampled_from(NAMES), trees)), st.booleans())
def test_nothing_in_an_object_is_a_traceback(spec: dict, is_deployment: bool) -> None:
    body = {"kind": "Deployment" if is_deployment else "InferenceWorkload", "metadata": {"name": "a"}, "spec": spec}
    assert isinstance(spec_of(body), LaunchSpec)
    assert isinstance(left_out(body), tuple)


def test_references_are_kept_whatever_they_are_for() -> None:
    spec = replace(GUIDE, environment=(EnvVar("HF_TOKEN", SecretRef("hf", "token")), EnvVar("B", "")))
    assert spec_of(workload(spec)) == spec
