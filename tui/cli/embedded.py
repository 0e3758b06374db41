"""The embedded cluster as a child process: started at once, its addresses awaited only when they are needed.

It dies with us, however we end: its standard input is a pipe that closes with this process.
"""

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

import tui
from config.errors import SettingsError
from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, Settings

_START_SECONDS = 30.0
_STOP_SECONDS = 3.0
_LOAD_IMAGE = "nimdeck-load"  # of pods that are processes there, whatever it is called


class _Runai(msgspec.Struct):
    url: str
    client_id: str
    client_secret_file: str


class _Ready(msgspec.Struct):
    """What the child prints when it serves, as far as the app needs it."""

    kubeconfig: str
    prometheus: str
    runai: _Runai | None = None


class EmbeddedCluster:
    """A context manager around the child. ``settings`` may be called from any thread, and waits."""

    def __init__(self, flags: list[str]) -> None:
        self._flags = flags
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._child = self._start()
        self._line = b""
        self._answered = threading.Event()
        threading.Thread(target=self._listen, name="embedded-cluster", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def settings(self, base: Settings) -> Settings:
        """``base`` turned to this cluster once it serves. Raises ``SettingsError`` if it does not start."""
        if not self._answered.wait(_START_SECONDS):
            raise SettingsError(f"the embedded cluster did not start within {_START_SECONDS:g} s")
        try:
            ready = msgspec.json.decode(self._line, type=_Ready)
        except msgspec.DecodeError:
            raise SettingsError(f"the embedded cluster did not start: {self._last_words()}") from None
        return replace(
            base,
            profile="demo",
            kubernetes=KubernetesSettings(kubeconfig=Path(ready.kubeconfig), namespaces=base.kubernetes.namespaces),
            prometheus=PrometheusSettings(url=ready.prometheus),
            runai=_runai_settings(ready.runai),
            load=replace(base.load, image=base.load.image or _LOAD_IMAGE),
        )

    def stop(self) -> None:
        """End the child; safe to call twice."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._answered.wait(_STOP_SECONDS)  # the listener ends with the child; the pipe is its own until then
        self._errors.close()

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(tui.__file__).parent.parent)
        # -P: a folder named tui where the operator happens to stand must not become our embedded cluster.
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "tui.demo", "--until-stdin-closes", *self._flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is ours to answer; we close the child
        )

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as output:
            self._line = output.readline()
            self._answered.set()
            output.read()  # to its end, so that the child never blocks on a full pipe

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it ended without a word"


def _runai_settings(runai: _Runai | None) -> RunaiSettings:
    if runai is None:
        return RunaiSettings()
    return RunaiSettings(url=runai.url, client_id=runai.client_id, client_secret_file=Path(runai.client_secret_file))
