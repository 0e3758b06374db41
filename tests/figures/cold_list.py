"""Cold list of 10,000 pods and 1,250 nodes: CPU seconds and peak memory from raw bytes to model values.

Method: a child process makes the objects (a pod is about 9.6 KiB of JSON, managedFields included), and serves them in
pages as an API server does; each run is a fresh process that connects, lists and decodes both kinds, measured from the
first request to the last model value by ``time.process_time`` (all threads) and ``ru_maxrss`` of the whole process.

    python -m tests.figures.cold_list [--runs 5]
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PODS, NODES, PAGE = 10_000, 1_250, 500
POD_BYTES = 9_830  # 9.6 KiB, seen on a real cluster
Json = dict[str, Any]


def pod(number: int) -> Json:
    """A Knative pod of a NIM as the API server sends it."""
    name = f"llama-31-8b-{number // 8:04d}"
    unique = f"{number:05d}-7b9f8c6d5-x{number % 97:02d}qz"
    labels = {
        "app": f"{name}-00001", "project": f"team-{number % 40}", "release": name, "user": "lab-user",
        "runai/queue": f"team-{number % 40}", "serving.knative.dev/service": name, "workloadName": name,
        "serving.knative.dev/configuration": name, "serving.knative.dev/revision": f"{name}-00001",
        "workloadKind": "InferenceWorkload", "pod-template-hash": "7b9f8c6d5",
        "runai-gpu-group": f"group-{number // 2}",
    }  # fmt: skip
    body: Json = {
        "metadata": {
            "name": f"{name}-00001-deployment-{unique}", "namespace": f"runai-team-{number % 40}",
            "uid": f"744a203e-7e91-4fa1-8815-{number:012d}", "resourceVersion": str(100_000 + number), "generation": 1,
            "creationTimestamp": _time(number), "labels": labels,
            "annotations": {
                "gpu-fraction": "0.5", "gpu-fraction-num-devices": "1", "pod-group-name": f"pg-{name}",
                "received-resource-type": "Fraction", "serving.knative.dev/creator": "system:serviceaccount:runai:wc",
                "autoscaling.knative.dev/min-scale": "1", "autoscaling.knative.dev/target": "80",
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-00001-deployment-7b9f8c6d5",
                "uid": f"64175939-8251-4f55-9645-{number // 8:012d}", "controller": True, "blockOwnerDeletion": True,
            }],
            "managedFields": [],
        },
        "spec": _pod_spec(number),
        "status": _pod_status(number),
    }  # fmt: skip
    _fill(body)
    return body


def node(number: int) -> Json:
    product = {f"feature.node.kubernetes.io/cpu-{i}": "true" for i in range(20)}
    labels = {"kubernetes.io/hostname": f"node{number:04d}", "nvidia.com/gpu.product": "NVIDIA-H100-NVL", **product}
    body: Json = {
        "metadata": {
            "name": f"node{number:04d}", "uid": f"node-{number}", "resourceVersion": str(number),
            "creationTimestamp": _time(number), "managedFields": [],
            "labels": {**labels, "nvidia.com/gpu.count": "8", "nvidia.com/gpu.memory": "95830"},
        },
        "spec": {"podCIDR": "10.0.0.0/24"},
        "status": {
            "allocatable": {"cpu": "127600m", "memory": "1054181972Ki", "nvidia.com/gpu": "8", "pods": "110"},
            "conditions": [_condition(kind, number) for kind in ("MemoryPressure", "PIDPressure", "Ready")],
            "nodeInfo": {"kubeletVersion": "v1.33.4"},
            "images": [{"names": [f"registry/image-{i}@sha256:{'a' * 64}"], "sizeBytes": 10} for i in range(50)],
        },
    }  # fmt: skip
    _fill(body)
    return body


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
        "nodeName": f"node{number % NODES:04d}", "schedulerName": "runai-scheduler", "restartPolicy": "Always",
        "containers": [main, proxy], "imagePullSecrets": [{"name": "ngc-registry"}],
        "volumes": [{"name": "nim-cache", "persistentVolumeClaim": {"claimName": "nfs-pvc-nim"}}],
        "tolerations": [
            {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for what in ("not-ready", "unreachable")
        ],
    }  # fmt: skip


def _pod_status(number: int) -> Json:
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    running = {"state": {"running": {"startedAt": _time(number)}}, "lastState": {}, "ready": True, "restartCount": 0}
    return {
        "phase": "Running", "podIP": f"10.{number % 250}.{number // 250 % 250}.7", "startTime": _time(number),
        "conditions": [_condition(kind, number) for kind in kinds], "qosClass": "Burstable",
        "containerStatuses": [
            {**running, "name": name, "image": "i", "imageID": f"sha256:{'b' * 64}", "containerID": f"c://{'c' * 64}"}
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


def _pages(make: Callable[[int], Json], count: int) -> list[bytes]:
    pages: list[bytes] = []
    for start in range(0, count, PAGE):
        items = [make(number) for number in range(start, min(start + PAGE, count))]
        more = {"continue": str(start + PAGE)} if start + PAGE < count else {}
        page = {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "500000", **more}, "items": items}
        pages.append(json.dumps(page, separators=(",", ":")).encode())
    return pages


def serve(pipe: Connection) -> None:
    """The API server's part; sends its port and the size of what it serves."""
    served = {"/api/v1/pods": _pages(pod, PODS), "/api/v1/nodes": _pages(node, NODES)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = served[parts.path][int(dict(parse_qsl(parts.query)).get("continue", "0")) // PAGE]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send((server.server_address[1], sum(len(page) for pages in served.values() for page in pages)))
    server.serve_forever()


class _Kept:
    """Keeps what a list-watch lists."""

    items: dict[Any, object]

    def listed(self, items: dict[Any, object], skipped: int) -> None:
        assert skipped == 0
        self.items = items


def measure(kubeconfig: Path) -> None:
    """One run, in a process of its own; prints one JSON line."""
    from tui.sources.kinds.registry import all_kinds
    from tui.sources.kubernetes.client import KubeClient
    from tui.sources.kubernetes.listwatch import ListWatch
    from tui.sources.kubernetes.pause import Pause
    from tui.sources.kubernetes.timing import Timing

    client = KubeClient(kubeconfig)
    before = _peak_mib()
    cpu, wall = time.process_time(), time.perf_counter()
    kept: dict[str, int] = {}
    results = []
    for kind in all_kinds()[:2]:
        target = _Kept()
        ListWatch(client, kind, f"/api/v1/{kind.plural}", target, Pause(), Timing()).list_once()  # type: ignore[arg-type]
        kept[kind.name] = len(target.items)
        results.append(target)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert kept == {"nodes": NODES, "pods": PODS}, kept
    print(json.dumps({"cpu_seconds": cpu, "wall_seconds": wall, "peak_mib": _peak_mib(), "before_mib": before}))


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(runs: int = 5) -> dict[str, float]:
    """Print the medians and return them."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    child.start()
    try:
        port, size = ours.recv()
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = Path(folder) / "kubeconfig"
            kubeconfig.write_text(json.dumps(_kubeconfig(port)))
            results = [_one_run(kubeconfig) for _ in range(runs)]
    finally:
        child.terminate()
        child.join()
    medians = {key: statistics.median(result[key] for result in results) for key in results[0]}
    print(
        f"cold list of {PODS} pods and {NODES} nodes ({size / 2**20:.0f} MiB), median of {runs}: "
        f"{medians['cpu_seconds']:.2f} s CPU, {medians['wall_seconds']:.2f} s wall, "
        f"{medians['peak_mib']:.0f} MiB peak ({medians['before_mib']:.0f} before the first request)"
    )
    return medians


def _one_run(kubeconfig: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.figures.cold_list", "--measure", str(kubeconfig)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _kubeconfig(port: int) -> Json:
    return {
        "current-context": "bench",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "none"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "c", "user": "u"}}],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
    else:
        main(arguments.runs)
