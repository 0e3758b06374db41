"""The manifests against the guide's listings, and against what Kubernetes asks of them."""

from dataclasses import replace

import pytest
import yaml

from config.secret import Secret
from tui.launch.manifests import manifests, namespace_of
from tui.launch.marks import MANAGED_BY, is_ours
from tui.launch.secrets import ngc_secret, registry_secret
from tui.launch.service import load_balancer, service_name
from tui.model.ids import ObjectKey
from tui.model.launch_spec import (
    CpuAsk,
    EnvVar,
    GpuAsk,
    LaunchSpec,
    NewClaim,
    NfsVolume,
    Ngc,
    Replicas,
    SecretRef,
    Storage,
)
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.model.tenancy import Project

# The guide's "Alternate YAML method", its comments and the line that the page break moved put in place.
GUIDE = """
apiVersion: run.ai/v2alpha1
kind: InferenceWorkload
metadata:
  name: llama-8b-single-gpu
  namespace: runai-test
spec:
  environment:
    items:
      NGC_API_KEY:
        value: SECRET:ngc-api-key,NGC_API_KEY  # the one difference: the guide writes the key itself here
      NIM_CACHE_PATH:
        value: /opt/nim/.cache
  gpu:
    value: "0.5"
  image:
    value: nvcr.io/nim/meta/llama-3.1-8b-instruct
  minScale:
    value: 1
  maxScale:
    value: 2
  metric:
    value: concurrency
  target:
    value: 1000
  ports:
    items:
      port1:
        value:
          container: 8000
          protocol: http
          serviceType: ServingPort
  pvcs:
    items:
      pvc:
        value:
          claimName: nfs-pvc-nim
          existingPvc: true
          path: /opt/nim/.cache
          readOnly: false
"""
GUIDE_VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata:
  name: nfs-pv
spec:
  capacity:
    storage: 100Gi
  accessModes:
    - ReadWriteMany
  persistentVolumeReclaimPolicy: Retain
  storageClassName: nfs-storage
  nfs:
    server: 10.185.118.25
    path: /mnt/cm-nfs
"""
SPEC = LaunchSpec(
    name="llama-8b-single-gpu",
    project="test",
    model="meta/llama-3.1-8b-instruct",
    gpu=GpuAsk(portion=0.5),
    replicas=Replicas(1, 2, "concurrency", 1000),
    storage=Storage("nfs-pvc-nim"),
    ngc=Ngc("ngc-api-key"),
)


def spec_of(spec: LaunchSpec) -> dict:
    (manifest,) = manifests(spec, "runai-test")
    return manifest.body["spec"]


def test_the_guides_listing() -> None:
    (manifest,) = manifests(SPEC, "runai-test", author="ada")
    listing = yaml.safe_load(GUIDE)
    body = manifest.body
    assert {key: body[key] for key in ("apiVersion", "kind", "spec")} == {
        key: listing[key] for key in ("apiVersion", "kind", "spec")
    }
    assert isinstance(body["spec"]["gpu"]["value"], str)
    assert body["metadata"] == {
        **listing["metadata"],
        "labels": {"app.kubernetes.io/managed-by": "nimdeck"},
        "annotations": {"nimdeck.io/created-by": "ada"},
    }
    assert list(body["spec"]) == list(listing["spec"])  # it reads as the guide does
    assert manifest.key == ObjectKey("runai-test", "llama-8b-single-gpu")
    assert manifest.resource == "inferenceworkloads.run.ai"
    assert is_ours(body) and not is_ours(listing)


def test_no_tag_unless_a_version_is_given() -> None:
    assert spec_of(replace(SPEC, version="1.8.4"))["image"]["value"].endswith("8b-instruct:1.8.4")
    own = replace(SPEC, image="registry.local:5000/llama", version=None)
    assert spec_of(own)["image"]["value"] == "registry.local:5000/llama"
    assert spec_of(replace(SPEC, model="acme/new-one"))["image"]["value"] == "nvcr.io/nim/acme/new-one"


@pytest.mark.parametrize(
    ("gpu", "said"),
    [
        (GpuAsk(2), {"gpu": "2"}),
        (GpuAsk(0), {"gpu": "0"}),
        (GpuAsk(1, portion=1.0), {"gpu": "1"}),
        (GpuAsk(portion=0.25, portion_limit=0.5), {"gpu": "0.25", "gpuLimit": "0.5"}),
        (GpuAsk(2, portion=0.5), {"gpu": "0.5", "gpuDevices": 2}),
        (GpuAsk(memory_bytes=40 * 2**30), {"gpuMemory": "40Gi"}),
        (GpuAsk(memory_bytes=20 * 10**9, memory_limit_bytes=2**35), {"gpuMemory": "20G", "gpuMemoryLimit": "32Gi"}),
    ],
)
def test_gpus(gpu: GpuAsk, said: dict) -> None:
    spec = spec_of(replace(SPEC, gpu=gpu))
    assert {name: spec[name]["value"] for name in spec if name.startswith("gpu")} == said


def test_what_is_asked_beyond_the_guide() -> None:
    spec = spec_of(
        replace(
            SPEC,
            profile="tensorrt_llm-h100",
            cpu=CpuAsk(4, 8.5, 32 * 2**30, None),
            port=9000,
            environment=(EnvVar("HF_TOKEN", SecretRef("hf", "token")), EnvVar("NIM_LOG_LEVEL", "DEBUG")),
            node_pools=("h100", "a100"),
            delete_after_seconds=30 * 86400,
            preemptible=False,
            labels=(("team", "red"),),
        )
    )
    assert {name: entry["value"] for name, entry in spec["environment"]["items"].items()} == {
        "NGC_API_KEY": "SECRET:ngc-api-key,NGC_API_KEY",
        "NIM_CACHE_PATH": "/opt/nim/.cache",
        "NIM_MODEL_PROFILE": "tensorrt_llm-h100",
        "NIM_SERVER_PORT": "9000",
        "HF_TOKEN": "SECRET:hf,token",
        "NIM_LOG_LEVEL": "DEBUG",
    }
    plain = {name: spec[name]["value"] for name in spec if "value" in spec[name]}
    assert plain["cpu"] == "4" and plain["cpuLimit"] == "8.5" and plain["memory"] == "32Gi"
    assert "memoryLimit" not in spec
    assert plain["nodePools"] == "h100 a100"
    assert plain["ttlAfterFinish"] == "720h"
    assert plain["preemptibility"] == "non-preemptible"
    assert spec["labels"] == {"items": {"team": {"value": "red"}}}
    assert spec["ports"]["items"]["port1"]["value"]["container"] == 9000


def test_another_server_is_not_told_its_port() -> None:
    spec = replace(SPEC, model=None, image="acme/server", port=9000)
    assert "NIM_SERVER_PORT" not in spec_of(spec)["environment"]["items"]
    plain = replace(spec, scheduler="kubernetes", gpu=GpuAsk(1), replicas=Replicas())
    container = manifests(plain, "ai")[0].body["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"] == {"tcpSocket": {"port": 9000}, "periodSeconds": 10}


def test_a_mirrored_model_is_kept_in_the_metadata() -> None:
    (manifest,) = manifests(replace(SPEC, image="mirror.local/llama", port=9000), "ai", author="")
    assert manifest.body["spec"]["environment"]["items"]["NIM_SERVER_PORT"] == {"value": "9000"}
    assert manifest.body["metadata"]["annotations"] == {
        "nimdeck.io/project": "test",
        "nimdeck.io/model": "meta/llama-3.1-8b-instruct",
    }


def test_volume_and_claim_come_first_as_in_the_guide() -> None:
    volume = NfsVolume("nfs-pv", "10.185.118.25", "/mnt/cm-nfs")
    storage = Storage("nfs-pvc-nim", new=NewClaim(100 * 2**30, "nfs-storage", volume=volume))
    made = manifests(replace(SPEC, storage=storage), "runai-test")
    assert [str(manifest) for manifest in made] == [
        "PersistentVolume nfs-pv",
        "PersistentVolumeClaim runai-test/nfs-pvc-nim",
        "InferenceWorkload runai-test/llama-8b-single-gpu",
    ]
    listing = yaml.safe_load(GUIDE_VOLUME)
    assert made[0].body["spec"] == listing["spec"]
    assert "namespace" not in made[0].body["metadata"]
    assert made[1].body["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "100Gi"}},
        "storageClassName": "nfs-storage",
        "volumeName": "nfs-pv",
    }


def test_a_volume_without_a_class_is_not_left_to_the_default_class() -> None:
    storage = Storage("cache", new=NewClaim(2**30, None, volume=NfsVolume("pv", "nfs", "/x")))
    made = manifests(replace(SPEC, storage=storage), "runai-test")
    assert made[1].body["spec"]["storageClassName"] == ""
    assert "storageClassName" not in made[0].body["spec"]
    provisioned = manifests(replace(SPEC, storage=Storage("cache", new=NewClaim(2**30))), "runai-test")
    assert "storageClassName" not in provisioned[0].body["spec"]


def test_plain_kubernetes() -> None:
    spec = replace(
        SPEC,
        scheduler="kubernetes",
        gpu=GpuAsk(2),
        replicas=Replicas(3, 3),
        ngc=Ngc("ngc-api-key", registry_secret="ngc-registry"),
        priority="inference",
        labels=(("team", "red"),),
    )
    deployment, service = manifests(spec, "runai-test")
    assert deployment.resource == "deployments.apps" and service.resource == "services"
    template = deployment.body["spec"]["template"]
    pod, container = template["spec"], template["spec"]["containers"][0]
    assert deployment.body["spec"]["replicas"] == 3
    assert container["resources"] == {"requests": {"nvidia.com/gpu": "2"}, "limits": {"nvidia.com/gpu": "2"}}
    assert container["env"][0] == {
        "name": "NGC_API_KEY",
        "valueFrom": {"secretKeyRef": {"name": "ngc-api-key", "key": "NGC_API_KEY"}},
    }
    assert container["volumeMounts"] == [{"name": "model-cache", "mountPath": "/opt/nim/.cache"}]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "nfs-pvc-nim"
    assert pod["imagePullSecrets"] == [{"name": "ngc-registry"}] and pod["priorityClassName"] == "inference"
    assert container["readinessProbe"]["httpGet"] == {"path": "/v1/health/ready", "port": 8000}
    startup = container["startupProbe"]
    allowed = startup["periodSeconds"] * startup["failureThreshold"]
    assert 3600 <= allowed < deployment.body["spec"]["progressDeadlineSeconds"]
    chosen = deployment.body["spec"]["selector"]["matchLabels"].items()
    assert chosen <= template["metadata"]["labels"].items()
    assert service.body["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    assert template["metadata"]["labels"]["team"] == "red"
    assert deployment.body["metadata"]["labels"][MANAGED_BY] == "nimdeck"


def test_the_namespace_is_the_projects_own() -> None:
    project = Project("test", "ai-space", None, None, None, None, None, "kubernetes")
    snapshot = Snapshot(0.0, 0, ClusterInfo(), projects={"test": project})
    assert namespace_of(SPEC) == "runai-test"
    assert namespace_of(SPEC, snapshot) == "ai-space"
    assert namespace_of(replace(SPEC, namespace="mine"), snapshot) == "mine"
    assert namespace_of(SPEC, replace(snapshot, projects={})) == "runai-test"


def test_secrets_are_sent_but_never_shown() -> None:
    token = Secret("nvapi-abcdef123456")
    ngc = ngc_secret("runai-test", "ngc-api-key", "NGC_API_KEY", token)
    registry = registry_secret("runai-test", "ngc-registry", token)
    assert ngc.body["stringData"]["NGC_API_KEY"] is token
    config = yaml.safe_load(registry.body["stringData"][".dockerconfigjson"].reveal())
    login = config["auths"]["nvcr.io"]
    assert login["username"] == "$oauthtoken" and login["password"] == token.reveal()
    assert registry.body["type"] == "kubernetes.io/dockerconfigjson"
    for manifest in (ngc, registry):
        assert "nvapi-abc" not in repr(manifest) and "nvapi-abc" not in f"{manifest.body}"


def test_the_load_balancer_finds_the_pods_of_the_knative_service() -> None:
    body = load_balancer("runai-test", "llama", 8000).body
    assert body["metadata"]["name"] == "llama-lb"
    assert body["spec"]["type"] == "LoadBalancer"
    assert body["spec"]["selector"] == {"serving.knative.dev/service": "llama"}
    assert body["spec"]["ports"][0]["port"] == body["spec"]["ports"][0]["targetPort"] == 8000
    other = load_balancer("ns", "llama", 9000, name="nim-lb", selector={"app.kubernetes.io/name": "llama"}).body
    assert other["metadata"]["name"] == "nim-lb" and other["spec"]["selector"] == {"app.kubernetes.io/name": "llama"}
    assert len(service_name("x" * 63)) == 63
