"""Finds and starts a real Prometheus on loopback, for contract tests. Knows nothing of the embedded one."""

import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

MISSING = (
    "no prometheus binary: install Debian's package prometheus, or unpack it and name the binary in "
    "NIMDECK_PROMETHEUS_BIN, or let `make test` put it into .tools/prometheus-bin"
)
_START_SECONDS = 20.0
_POLL_SECONDS = 0.05


def find_prometheus() -> Path | None:
    """The binary named by the environment, else the one on PATH, else the one beside the sources."""
    named = os.environ.get("NIMDECK_PROMETHEUS_BIN")
    if named:
        return Path(named)
    if found := shutil.which("prometheus"):
        return Path(found)
    beside = Path(__file__).parents[1] / ".tools" / "prometheus-bin" / "prometheus"
    return beside if beside.is_file() else None


def require_prometheus() -> Path:
    """The binary, or a skipped test that says what to install."""
    binary = find_prometheus()
    if binary is None:
        pytest.skip(MISSING)
    if not binary.is_file():
        pytest.fail(f"NIMDECK_PROMETHEUS_BIN names {binary}, which is no file: name the prometheus binary, or unset it")
    return binary


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RealPrometheus:
    """One process with its data in ``folder``; use it as a context manager."""

    def __init__(self, binary: Path, folder: Path, scrape_configs: list[dict[str, Any]], *, prefix: str = "") -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}{prefix}"
        self._folder = folder
        config = folder / "prometheus.yml"
        config.write_text(
            yaml.safe_dump(
                {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": scrape_configs}
            )
        )
        self._command = [
            str(binary),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            f"--web.route-prefix={prefix or '/'}",
            "--log.level=warn",
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(timeout=10, trust_env=False, verify=False)

    def __enter__(self) -> "RealPrometheus":
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)

    def get(self, path: str, **parameters: str | float) -> httpx.Response:
        return self._client.get(f"{self.url}{path}", params=parameters)

    def wait_for(self, query: str, at_least: float) -> None:
        """Until the first value of ``query`` is ``at_least`` that much; fails with the server's log."""
        tick = threading.Event()
        for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
            if self._value(query) >= at_least:
                return
            tick.wait(_POLL_SECONDS)
        log = (self._folder / "log").read_text()
        pytest.fail(f"prometheus did not reach {query} >= {at_least} in {_START_SECONDS} s:\n{log}")

    def _value(self, query: str) -> float:
        try:
            answer = self.get("/api/v1/query", query=query)
        except httpx.TransportError:
            return -1.0
        if answer.status_code != 200:
            return -1.0
        result = answer.json()["data"]["result"]
        return float(result[0]["value"][1]) if result else -1.0
