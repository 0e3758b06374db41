"""Cold list of 10,000 pods and 1,250 nodes through the real ``Session``, to a Snapshot that holds them joined."""

import json
import multiprocessing
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.figures.objects import NODES, PAGE, PODS, node, pages, pod
from tests.figures.report import Figure
from tests.figures.terminal import ROOT, peak_rss_bytes

if TYPE_CHECKING:
    from tui.model.snapshot import Snapshot

RUNS = 5
GPUS_GIVEN = 6.0  # of each node, see ``objects``
_VERBS = ["get", "list", "watch"]
_PLAIN: dict[str, Any] = {
    "/version": {"gitVersion": "v1.33.4"},
    "/apis": {"groups": []},
    "/api/v1": {"resources": [{"name": name, "verbs": _VERBS} for name in ("pods", "nodes")]},
}


def serve(pipe: Connection) -> None:
    """The API server's part; sends its port and the size of what it serves."""
    served = {"/api/v1/pods": pages(pod, PODS), "/api/v1/nodes": pages(node, NODES)}
    never = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            if query.get("watch"):
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                never.wait()
            if parts.path in served:
                return self.answer(200, served[parts.path][int(query.get("continue", "0")) // PAGE])
            known = _PLAIN.get(parts.path)
            return self.answer(200 if known else 404, json.dumps(known or {"kind": "Status"}).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send((server.server_address[1], sum(len(page) for found in served.values() for page in found)))
    server.serve_forever()


def one_run(kubeconfig: Path) -> None:
    """One run, in a process of its own; prints one JSON line."""
    import time

    from config.settings import KubernetesSettings, PrometheusSettings, Settings
    from tui.session import Session
    from tui.sources.importing import import_whole

    import_whole("kubernetes.client.rest", "kubernetes.config.kube_config")  # paid once, whatever the cluster's size
    settings = Settings(
        kubernetes=KubernetesSettings(kubeconfig=kubeconfig), prometheus=PrometheusSettings(enabled=False)
    )
    before, cpu = peak_rss_bytes("self"), time.process_time()
    session = Session(settings)
    session.start()
    assert session.store.wait(lambda snapshot: _given(snapshot) == NODES * GPUS_GIVEN, 120)
    cpu = time.process_time() - cpu
    print(json.dumps({"cpu": cpu, "peak": peak_rss_bytes("self"), "before": before}))
    session.stop()


def _given(snapshot: "Snapshot") -> float:
    """GPUs given to pods, all nodes together: whole only when every node and every pod is joined."""
    return sum(node.gpu_allocated or 0.0 for node in snapshot.nodes.values())


def measure(runs: int = RUNS) -> list[Figure]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    child.start()
    try:
        port, size = ours.recv()
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = Path(folder) / "kubeconfig"
            kubeconfig.write_text(json.dumps(_kubeconfig(port)))
            found = [_in_a_process(kubeconfig) for _ in range(runs)]
    finally:
        child.terminate()
        child.join()
    what = f"cold list, {PODS:,} pods and {NODES:,} nodes, {size / 2**20:.0f} MiB"
    how = "from Session.start to a Snapshot with all of them joined, all threads, each run a fresh process"
    return [
        Figure(what + ": CPU", tuple(run["cpu"] for run in found), "s", 2.0, "process CPU " + how),
        Figure("  peak RSS", tuple(run["peak"] / 1e6 for run in found), "MB", 200, "VmHWM of the whole process there"),
        Figure(
            "  peak RSS over what it was before",
            tuple((run["peak"] - run["before"]) / 1e6 for run in found),
            "MB",
            None,
            "the same less VmHWM with everything imported",
        ),
    ]


def _in_a_process(kubeconfig: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.figures.cold_list", str(kubeconfig)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _kubeconfig(port: int) -> dict[str, Any]:
    return {
        "current-context": "bench",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "none"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "c", "user": "u"}}],
    }


if __name__ == "__main__":
    one_run(Path(sys.argv[1]))
