"""Real clients over HTTPS and the kubeconfig: kubectl, and the official Python client in a process of its own."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.demo_kube.conftest import eventually, log_lines, pod, some_store, some_users
from tui.demo.kube.server import KubeServer

MANIFEST = """
apiVersion: run.ai/v2alpha1
kind: InferenceWorkload
metadata: {name: llama, namespace: spike}
spec:
  gpu: {value: "%s"}
  image: {value: nvcr.io/nim/meta/llama-3.1-8b-instruct}
  minScale: {value: 1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: spike}
data: {gpu: "%s"}
"""


class Cluster:
    """A server on HTTPS and a kubeconfig for it."""

    def __init__(self, folder: Path) -> None:
        self.store = some_store()
        self.server = KubeServer(self.store, some_users(), log_lines)
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"

    async def start(self, *command: str, user: str = "admin") -> asyncio.subprocess.Process:
        self.server.write_kubeconfig(self.kubeconfig, user)
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "HOME": str(self.folder)}
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment)

    async def run(self, *command: str, user: str = "admin") -> tuple[int | None, str, str]:
        process = await self.start(*command, user=user)
        out, errors = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode, out.decode(), errors.decode()


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    made = Cluster(tmp_path)
    await made.server.start()
    yield made
    await made.server.stop()
    made.store.close()


@pytest.mark.kubectl
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
class TestKubectl:
    async def test_get_logs_and_a_forbidden_user(self, cluster: Cluster) -> None:
        _, pods, _ = await cluster.run("kubectl", "get", "pods", "-A")
        assert [line.split()[:4] for line in pods.splitlines()][:2] == [
            ["NAMESPACE", "NAME", "READY", "STATUS"],
            ["spike", "b0", "1/1", "Running"],
        ]
        _, log, _ = await cluster.run("kubectl", "-n", "spike", "logs", "b0", "--tail=2")
        assert len(log.splitlines()) == 2
        code, _, errors = await cluster.run("kubectl", "get", "pods", "-A", user="nobody")
        assert (code, "Error from server (Forbidden): pods is forbidden" in errors) == (1, True)

    async def test_its_own_commands_speak_protobuf(self, cluster: Cluster) -> None:
        _, answer, errors = await cluster.run("kubectl", "auth", "can-i", "list", "pods", "-n", "spike")
        assert answer.strip() == "yes", errors
        code, answer, _ = await cluster.run("kubectl", "auth", "can-i", "list", "pods", user="nobody")
        assert (code, answer.strip()) == (1, "no")
        secret = ("kubectl", "-n", "spike", "create", "secret", "generic", "ngc", "--from-literal=KEY=v")
        code, _, errors = await cluster.run(*secret)
        assert code == 0, errors
        held = cluster.store.get(cluster.store.resource("secrets"), "spike", "ngc")
        assert held is not None and held["data"] == {"KEY": "dg=="}

    async def test_a_watch_sees_a_new_pod(self, cluster: Cluster) -> None:
        process = await cluster.start("kubectl", "get", "pods", "-A", "-w")
        assert process.stdout is not None
        try:
            await eventually(lambda: len(cluster.server.watchers) == 1, 20)
            cluster.store.create(cluster.store.resource("pods"), pod("newcomer"))
            async with asyncio.timeout(20):
                while b"newcomer" not in await process.stdout.readline():
                    pass
        finally:
            process.terminate()
            await process.communicate()

    async def test_apply_twice_then_delete(self, cluster: Cluster) -> None:
        manifest = cluster.folder / "m.yaml"
        inference = cluster.store.resource("inferenceworkloads", "run.ai")
        for gpu, word in (("0.5", "created"), ("0.25", "configured"), ("0.25", "unchanged")):
            manifest.write_text(MANIFEST % (gpu, gpu))
            _, out, errors = await cluster.run("kubectl", "apply", "-f", str(manifest))
            assert out.splitlines() == [f"inferenceworkload.run.ai/llama {word}", f"configmap/settings {word}"], errors
            held = cluster.store.get(inference, "spike", "llama")
            assert held is not None and held["spec"]["gpu"]["value"] == gpu
        manifest.write_text(MANIFEST.replace("gpu:", "gpv:") % ("1", "1"))
        code, _, errors = await cluster.run("kubectl", "apply", "-f", str(manifest))
        assert (code, 'unknown field "spec.gpv"' in errors) == (1, True)
        _, out, _ = await cluster.run("kubectl", "delete", "-f", str(manifest))
        assert out.splitlines() == ['inferenceworkload.run.ai "llama" deleted', 'configmap "settings" deleted']
        assert cluster.store.get(inference, "spike", "llama") is None


async def test_the_official_python_client_lists_pods(cluster: Cluster) -> None:
    script = (
        "from kubernetes import client, config\n"
        "config.load_kube_config()\n"
        "found = client.CoreV1Api().list_namespaced_pod('spike', limit=2)\n"
        "print([p.metadata.name for p in found.items], found.metadata.remaining_item_count)\n"
        "made = client.CustomObjectsApi().create_namespaced_custom_object(\n"
        "    'run.ai', 'v2alpha1', 'spike', 'inferenceworkloads',\n"
        "    {'apiVersion': 'run.ai/v2alpha1', 'kind': 'InferenceWorkload', 'metadata': {'name': 'w'}, 'spec': {}})\n"
        "print(made['metadata']['name'], client.VersionApi().get_code().git_version)\n"
    )
    code, out, errors = await cluster.run(sys.executable, "-c", script)
    assert (code, out.splitlines()) == (0, ["['b0', 'b1'] 1", "w v1.34.2"]), errors


async def test_ten_thousand_pods_in_pages(cluster: Cluster) -> None:
    """The server's share is a fraction of a second: the bytes of each pod are made once and only joined after."""
    pods = cluster.store.resource("pods")
    for number in range(10_000):
        cluster.store.create(pods, pod(f"p{number:05}", "other"))
    script = (
        "import json, ssl, urllib.request, yaml, base64, sys\n"
        f"c = yaml.safe_load(open({str(cluster.kubeconfig)!r}))\n"
        "k = c['clusters'][0]['cluster']\n"
        "x = ssl.create_default_context(cadata=base64.b64decode(k['certificate-authority-data']).decode())\n"
        "h = {'Authorization': 'Bearer ' + c['users'][0]['user']['token']}\n"
        "n, t = 0, ''\n"
        "while True:\n"
        "    r = urllib.request.Request(k['server'] + '/api/v1/pods?limit=500&continue=' + t, headers=h)\n"
        "    d = json.load(urllib.request.urlopen(r, context=x))\n"
        "    n += len(d['items']); t = d['metadata'].get('continue', '')\n"
        "    if not t: break\n"
        "print(n)\n"
    )
    await cluster.run(sys.executable, "-c", script)
    before = time.process_time()
    _, out, errors = await cluster.run(sys.executable, "-c", script)
    assert out.strip() == "10003", errors
    assert time.process_time() - before < 1.5
