"""Nodes and pods as an API server sends them: 1,250 nodes of 8 GPUs, 10,000 pods of 9.6 KiB, managedFields included.

Of eight pods a node: three hold a whole GPU, one two of them, two share one that a reservation pod keeps, one has none.
"""

import json
from collections.abc import Callable
from typing import Any

PODS, NODES, GPUS, PAGE = 10_000, 1_250, 8, 500
POD_BYTES = 9_830  # 9.6 KiB, seen on a real cluster
WHOLE = {0: (0,), 1: (1,), 2: (2,), 6: (4, 5)}  # a pod's number modulo 8, and the GPUs of its node that it has alone
SHARING, RESERVING = (3, 4), 5  # these share SHARED_GPU; 7 has no GPU
SHARED_GPU = 3
Json = dict[str, Any]


def node_name(number: int) -> str:
    return f"node{number:04d}"


def gpu_uuid(number: int, gpu: int) -> str:
    return f"GPU-{number:08d}-{gpu:04d}-4e5f-8a9b-0c1d2e3f4a5b"


def pod(number: int, version: int = 0, restarts: int = 0) -> Json:
    """A Knative pod of a NIM, or the reservation pod of a shared GPU."""
    name = f"llama-31-8b-{number // 16:04d}"
    unique = f"{number:05d}-7b9f8c6d5-x{number % 97:02d}qz"
    labels = {
        "app": f"{name}-00001", "project": f"team-{number % 40}", "release": name, "user": "lab-user",
        "runai/queue": f"team-{number // 16 % 40}", "serving.knative.dev/service": name, "workloadName": name,
        "serving.knative.dev/configuration": name, "serving.knative.dev/revision": f"{name}-00001",
        "workloadKind": "InferenceWorkload", "pod-template-hash": "7b9f8c6d5",
    }  # fmt: skip
    body: Json = {
        "metadata": {
            "name": f"{name}-00001-deployment-{unique}", "namespace": f"runai-team-{number // 16 % 40}",
            "uid": f"744a203e-7e91-4fa1-8815-{number:012d}", "resourceVersion": str(version or 100_000 + number),
            "generation": 1, "creationTimestamp": _time(number), "labels": labels,
            "annotations": {
                "pod-group-name": f"pg-{name}", "serving.knative.dev/creator": "system:serviceaccount:runai:wc",
                "autoscaling.knative.dev/min-scale": "1", "autoscaling.knative.dev/target": "80",
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-00001-deployment-7b9f8c6d5",
                "uid": f"64175939-8251-4f55-9645-{number // 16:012d}", "controller": True, "blockOwnerDeletion": True,
            }],
            "managedFields": [],
        },
        "spec": _pod_spec(number),
        "status": _pod_status(number, restarts),
    }  # fmt: skip
    _ask_for_gpus(body, number)
    _fill(body)
    return body


def _ask_for_gpus(body: Json, number: int) -> None:
    meta, place, group = body["metadata"], number % 8, f"group-{number // 8}"
    resources = body["spec"]["containers"][0]["resources"]
    if place in WHOLE:
        resources["limits"]["nvidia.com/gpu"] = str(len(WHOLE[place]))
    elif place in SHARING:
        meta["annotations"] |= {"gpu-fraction": "0.5", "gpu-fraction-num-devices": "1"}
        meta["labels"]["runai-gpu-group"] = group
    elif place == RESERVING:
        resources["limits"]["nvidia.com/gpu"] = "1"
        meta |= {"namespace": "runai-reservation", "name": f"gpu-reservation-{number:05d}", "ownerReferences": []}
        meta["labels"] = {"app": "runai-reservation", "runai-gpu-group": group}
        meta["annotations"] = {"run.ai/reserve_for_gpu_index": gpu_uuid(number // 8, SHARED_GPU)}


def node(number: int) -> Json:
    """A server of eight H100 NVL."""
    product = {f"feature.node.kubernetes.io/cpu-{i}": "true" for i in range(20)}
    labels = {"kubernetes.io/hostname": node_name(number), "nvidia.com/gpu.product": "NVIDIA-H100-NVL", **product}
    body: Json = {
        "metadata": {
            "name": node_name(number), "uid": f"node-{number}", "resourceVersion": str(number + 1),
            "creationTimestamp": _time(number), "managedFields": [],
            "labels": {**labels, "nvidia.com/gpu.count": str(GPUS), "nvidia.com/gpu.memory": "95830"},
        },
        "spec": {"podCIDR": "10.0.0.0/24"},
        "status": {
            "allocatable": {"cpu": "127600m", "memory": "1054181972Ki", "nvidia.com/gpu": str(GPUS), "pods": "110"},
            "conditions": [_condition(kind, number) for kind in ("MemoryPressure", "PIDPressure", "Ready")],
            "nodeInfo": {"kubeletVersion": "v1.33.4"},
            "images": [{"names": [f"registry/image-{i}@sha256:{'a' * 64}"], "sizeBytes": 10} for i in range(50)],
        },
    }  # fmt: skip
    _fill(body)
    return body


def pages(make: Callable[[int], Json], count: int) -> list[bytes]:
    """The answers to a list in pages."""
    found: list[bytes] = []
    for start in range(0, count, PAGE):
        items = [make(number) for number in range(start, min(start + PAGE, count))]
        more = {"continue": str(start + PAGE)} if start + PAGE < count else {}
        page = {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "500000", **more}, "items": items}
        found.append(json.dumps(page, separators=(",", ":")).encode())
    return found


def _time(number: int) -> str:
    return f"2026-11-{1 + number % 23:02d}T{number % 24:02d}:{number % 60:02d}:{number // 7 % 60:02d}Z"


def _condition(kind: str, number: int) -> Json:
    return {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": _time(number)}


def _pod_spec(number: int) -> Json:
    env = [{"name": f"VARIABLE_{i}", "value": f"value-{i}"} for i in range(6)]
    secret = {"name": "NGC_API_KEY", "valueFrom": {"secretKeyRef": {"name": "ngc-api-key", "key": "NGC_API_KEY"}}}
    main = {
        "name": "user-container", "image": "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4", "env": [*env, secret],
        "ports": [{"containerPort": 8000}], "imagePullPolicy": "IfNotPresent", "terminationMessagePolicy": "File",
        "resources": {"requests": {"cpu": "4", "memory": "32Gi"}, "limits": {"memory": "64Gi"}},
        "volumeMounts": [{"name": "nim-cache", "mountPath": "/opt/nim/.cache"}],
    }  # fmt: skip
    proxy = {
        "name": "queue-proxy", "image": "gcr.io/knative-releases/queue:v1.14.0", "env": env,
        "resources": {"requests": {"cpu": "25m"}}, "readinessProbe": {"httpGet": {"path": "/", "port": 8012}},
    }  # fmt: skip
    return {
        "nodeName": node_name(number // 8), "schedulerName": "runai-scheduler", "restartPolicy": "Always",
        "containers": [main, proxy], "imagePullSecrets": [{"name": "ngc-registry"}],
        "volumes": [{"name": "nim-cache", "persistentVolumeClaim": {"claimName": "nfs-pvc-nim"}}],
        "tolerations": [
            {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for what in ("not-ready", "unreachable")
        ],
    }  # fmt: skip


def _pod_status(number: int, restarts: int) -> Json:
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    running = {"state": {"running": {"startedAt": _time(number)}}, "lastState": {}, "ready": True}
    return {
        "phase": "Running", "podIP": f"10.{number % 250}.{number // 250 % 250}.7", "startTime": _time(number),
        "conditions": [_condition(kind, number) for kind in kinds], "qosClass": "Burstable",
        "containerStatuses": [
            {
                **running, "name": name, "restartCount": restarts, "image": "i", "imageID": f"sha256:{'b' * 64}",
                "containerID": f"c://{'c' * 64}",
            }
            for name in ("user-container", "queue-proxy")
        ],
    }  # fmt: skip


def _fill(body: Json) -> None:
    """Bring it to the usual size with managedFields, as real objects are."""
    fields: Json = {}
    body["metadata"]["managedFields"] = [{"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:spec": fields}}]
    missing = POD_BYTES - len(json.dumps(body, separators=(",", ":")))
    entry = len(',"f:field-000":{".":{},"f:value":{}}')
    fields.update({f"f:field-{i:03d}": {".": {}, "f:value": {}} for i in range(max(0, missing // entry))})
