"""CPU and memory of the running app at 1,250 nodes, 10,000 GPUs and 10,000 pods, drawn every 2 s.

``nimdeck lab`` of that size runs in a process of its own and is not counted; the app is on a pty of 160x50.
"""

import json
import subprocess
import sys
import time

from tests.figures.report import Figure
from tests.figures.terminal import ROOT, Terminal

NODES, PODS = 1250, 10_000
READY_SECONDS, SETTLE_SECONDS = 180.0, 20.0
ROUNDS, ROUND_SECONDS = 5, 20.0


def measure() -> list[Figure]:
    size = ["--nodes", str(NODES), "--gpus", "8", "--pods", str(PODS), "--speed", "1"]
    command = [sys.executable, "-m", "tui.demo", "--until-stdin-closes", *size]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as lab:
        assert lab.stdout is not None
        ready = json.loads(lab.stdout.readline())
        flags = ["--kubeconfig", ready["kubeconfig"], "--prometheus", ready["prometheus"]]
        with Terminal(flags, NIMDECK_REFRESH="2") as app:
            app.seconds_until(rb"node0001", READY_SECONDS)
            app.read_for(SETTLE_SECONDS)
            rounds = [_round(app) for _ in range(ROUNDS)]
            peak = app.peak_rss_bytes()
        lab.terminate()
    cpu, written = zip(*rounds, strict=True)
    how = (
        f"CPU time of the app's process over {ROUND_SECONDS:g} s each, one after the other, after {SETTLE_SECONDS:g} s"
    )
    return [
        Figure(f"steady CPU, {NODES:,} nodes x 8 GPUs, {PODS:,} pods, 2 s", cpu, "%", 10, how + "; % of one core"),
        Figure("  peak RSS", (peak / 1e6,), "MB", 300, "VmHWM of the app's process at the end, its cold list included"),
        Figure("  written to the terminal", written, "KB/s", None, "bytes read from the pty there"),
    ]


def _round(app: Terminal) -> tuple[float, float]:
    cpu, written, began = app.cpu_seconds(), len(app.written), time.monotonic()
    app.read_for(ROUND_SECONDS)
    took = time.monotonic() - began
    return (app.cpu_seconds() - cpu) / took * 100, (len(app.written) - written) / took / 1e3
