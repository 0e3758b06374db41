"""Starts the real prometheus on loopback over an exporter whose text a test writes."""

import json
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sources_prometheus.server import Asked, FaultServer, Reply, free_port

_UNPACKED = Path(__file__).parents[2] / ".tools" / "prometheus-bin" / "prometheus"
Series = list[tuple[str, dict[str, str], float]]


def binary() -> str | None:
    return str(_UNPACKED) if _UNPACKED.exists() else shutil.which("prometheus")


needs_prometheus = pytest.mark.skipif(binary() is None, reason="no prometheus binary here")


def exposition(series: Series) -> bytes:
    lines = []
    for name, labels, value in series:
        inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value}")
    return ("\n".join(lines) + "\n").encode()


@contextmanager
def running(folder: Path, series: Series, honor_labels: bool) -> Iterator[str]:
    """The address of a prometheus that scrapes ``series`` from a target labelled as a ServiceMonitor would.

    It scrapes for the first time after some 5 s: start several, then wait for each with ``scraped``.
    """

    def behave(asked: Asked) -> Reply:
        return Reply(200, exposition(series), {"Content-Type": "text/plain; version=0.0.4"})

    with FaultServer(behave) as exporter:
        target = exporter.url.removeprefix("http://")
        labels = {"namespace": "gpu-operator", "pod": "nvidia-dcgm-exporter-abcde", "container": "nvidia-dcgm-exporter"}
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [
                {
                    "job_name": "exporter",
                    "honor_labels": honor_labels,
                    "static_configs": [{"targets": [target], "labels": labels}],
                }
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        url = f"http://127.0.0.1:{free_port()}"
        command = [
            str(binary()),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={url.removeprefix('http://')}",
            "--log.level=error",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield url
        finally:
            process.kill()  # its data is thrown away; a graceful end takes seconds
            process.wait(10)


def scraped(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query?query=up==1", timeout=2) as answer:
            return bool(json.load(answer)["data"]["result"])
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Asks ``condition`` ten times a second until it holds; fails after ``seconds``."""
    tick = threading.Event()
    for _ in range(int(seconds * 10)):
        if condition():
            return
        tick.wait(0.1)
    raise AssertionError(f"not within {seconds} s")
