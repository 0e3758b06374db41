"""The embedded cluster as a process, whose pods that make load are processes too, and commands against it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli_bench.command import ROOT, Answer
from tui.sources.kubernetes import KubeClient

MODEL = "meta/llama-3.1-8b-instruct"
IMAGE = "images.example/nimdeck-load:1"


@dataclass
class Lab:
    kubeconfig: Path
    url: str  # of a NIM
    folder: Path
    prometheus: str

    def settings(self, namespace: str) -> dict[str, str]:
        return {
            "NIMDECK_KUBECONFIG": str(self.kubeconfig),
            "NIMDECK_LOAD_IMAGE": IMAGE,
            "NIMDECK_LOAD_NAMESPACE": namespace,
            "NIMDECK_PROMETHEUS_ENABLED": "false",
            "NIMDECK_AUDIT_FILE": str(self.folder / f"audit-{namespace}.jsonl"),
            "XDG_CONFIG_HOME": str(self.folder),
        }

    def audit(self, namespace: str) -> list[dict[str, Any]]:
        path = self.folder / f"audit-{namespace}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def bench(self, namespace: str, *more: str, **environ: str) -> Answer:
        """``bench run`` over three job workers; its folder is named after the namespace."""
        command = [
            *(sys.executable, "-m", "tui.cli", "bench", "run", "--url", self.url, "--model", MODEL),
            *("--isl", "60", "--osl", "6", "-o", "json", "-O", str(self.folder / namespace), "--workers", "job:3"),
            *more,
        ]
        environment = {**os.environ, **self.settings(namespace), **environ}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def jobs(self, namespace: str) -> list[str]:
        client = KubeClient(self.kubeconfig)
        try:
            found = client.get_json(f"/apis/batch/v1/namespaces/{namespace}/jobs")["items"]
        finally:
            client.close()
        return [job["metadata"]["name"] for job in found if job["metadata"]["name"].startswith("nimdeck-load-")]


def processes(job: str) -> dict[str, int]:
    """The processes that stand for a Job's pods, by the pod's name."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or b"tui.cli.worker" not in (entry / "cmdline").read_bytes():
                continue
            environment = dict(
                part.split("=", 1) for part in (entry / "environ").read_text().split("\0") if "=" in part
            )
        except (OSError, UnicodeDecodeError):
            continue
        if environment.get("HOSTNAME", "").startswith(job + "-"):
            found[environment["HOSTNAME"]] = int(entry.name)
    return found


@contextmanager
def running_lab(folder: Path, *more: str) -> Iterator[Lab]:
    """``more``: arguments instead of the small cluster's."""
    command = [sys.executable, "-m", "tui.demo", "--nodes", "1", "--gpus", "2", "--speed", "100"]
    command += ["--worker", "tui.cli.worker", "--until-stdin-closes", *more]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield Lab(Path(ready["kubeconfig"]), ready["nims"]["llama-31-8b-half"], folder, ready["prometheus"])
        finally:
            process.stdin.close()
            process.wait(10)
