"""CPU and memory of the running app at 1,250 nodes and 10,000 pods, drawn every 2 s.

Method: ``nimdeck lab`` of that size in a process of its own; the app on a pseudo terminal of 160x50 on its addresses.
After the first rows and a settling time: the CPU time of the app's process over a minute, and the peak of its memory.
"""

import json
import subprocess
import sys

from tests.figures.terminal import ROOT, Terminal

NODES, PODS = 1250, 10_000
SETTLE_SECONDS, MEASURE_SECONDS = 20.0, 60.0
READY_SECONDS = 120.0


def main() -> None:
    size = ["--nodes", str(NODES), "--gpus", "8", "--pods", str(PODS), "--speed", "1"]
    lab = subprocess.Popen(
        [sys.executable, "-m", "tui.demo", "--until-stdin-closes", *size],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with lab:
        assert lab.stdout is not None
        ready = json.loads(lab.stdout.readline())
        flags = ["--kubeconfig", ready["kubeconfig"], "--prometheus", ready["prometheus"]]
        with Terminal(flags, NIMDECK_REFRESH="2") as app:
            app.seconds_until(rb"node0001", READY_SECONDS)
            app.read_for(SETTLE_SECONDS)
            before, written = app.cpu_seconds(), len(app.written)
            app.read_for(MEASURE_SECONDS)
            cpu = (app.cpu_seconds() - before) / MEASURE_SECONDS
            drawn = (len(app.written) - written) / MEASURE_SECONDS * 2
            peak = app.peak_rss_bytes()
        lab.terminate()
    print(
        f"steady CPU at {NODES} nodes, {PODS} pods, 2 s refresh       {cpu * 100:5.1f} %     at most 10 % of one core"
    )
    print(f"peak RSS there                                         {peak / 1e6:5.0f} MB    at most 300 MB")
    print(f"written to the terminal a refresh there                {drawn / 1e3:5.1f} KB")


if __name__ == "__main__":
    main()
