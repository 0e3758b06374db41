"""What a NIM (or another OpenAI-like server) is asked, and how its answers are read. Knows no transport."""

from collections.abc import Callable

import msgspec

from tui.model.nim import NimMetrics, NimProbe
from tui.sources.nim_metrics import parse_metrics

MAX_BYTES = 8 * 2**20
_NO_ANSWER = 0

Fetch = Callable[[str], tuple[int, bytes]]
"""Path to status and body. Raises ``NimError`` where the endpoint did not answer."""


class NimError(Exception):
    """Its text is one line. ``right`` is what RBAC denies us, where that is the reason."""

    def __init__(self, text: str, right: str | None = None) -> None:
        super().__init__(text)
        self.right = right


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


class _Version(msgspec.Struct):
    release: str = ""
    version: str = ""


class Endpoint:
    """The questions, asked through ``fetch``; ``shown`` is how notes name the endpoint."""

    def __init__(self, fetch: Fetch, shown: str) -> None:
        self._fetch = fetch
        self._shown = shown
        self._answered = False
        self._notes: list[str] = []

    def brief(self, url: str) -> NimProbe:
        """Only what changes from look to look: ready or not, and the metrics. Raises ``NimError``."""
        ready = self._health("ready")
        metrics = self._metrics()
        return NimProbe(url, True, ready=ready, metrics=metrics, detail=self._detail())

    def probe(self, url: str) -> NimProbe:
        """Everything. Raises ``NimError`` if nothing answers at all."""
        live = self._health("live")
        ready = self._health("ready")
        models = self._models()
        return NimProbe(
            url=url,
            reachable=True,
            live=live,
            ready=ready,
            models=models,
            version=self._version(),
            metadata=self._metadata(),
            metrics=self._metrics(),
            detail=self._detail(),
        )

    def _detail(self) -> str:
        return "; ".join(dict.fromkeys(self._notes))

    def _health(self, which: str) -> bool | None:
        """NIM's own call, or vLLM's ``/health``."""
        status, _ = self._get(f"/v1/health/{which}", "/health")
        if status == 200:
            return True
        return False if status == 503 else None

    def _models(self) -> tuple[str, ...] | None:
        status, body = self._get("/v1/models")
        if status in (401, 403):
            self._notes.append(f"{self._shown} answered {status} for /v1/models: check the API key")
            return None
        if status != 200:
            if status not in (_NO_ANSWER, 503):
                self._notes.append(f"{self._shown} answered {status} for /v1/models: is this an OpenAI-like endpoint?")
            return None
        try:
            return tuple(model.id for model in msgspec.json.decode(body, type=_Models).data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            what = "HTML" if body.lstrip()[:1] == b"<" else "something that is no list of models"
            self._notes.append(f"{self._shown}/v1/models answered {what}: check the address and its path")
            return None

    def _version(self) -> str | None:
        status, body = self._get("/v1/version", "/version")
        if status != 200:
            return None
        try:
            said = msgspec.json.decode(body, type=_Version)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return said.release or said.version or None

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        """The plain values of ``/v1/metadata``, nested ones as ``modelInfo.0.shortName``."""
        status, body = self._get("/v1/metadata")
        if status != 200:
            return ()
        try:
            return tuple(_flat("", msgspec.json.decode(body, type=dict[str, object])))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return ()

    def _metrics(self) -> NimMetrics | None:
        status, body = self._get("/v1/metrics", "/metrics")
        return parse_metrics(body.decode("utf-8", "replace")) if status == 200 else None

    def _get(self, path: str, otherwise: str | None = None) -> tuple[int, bytes]:
        """Status and body of ``path``, or of ``otherwise`` where that is missing.

        Raises ``NimError`` if nothing answered yet; a call that fails after that is a note, and its status 0.
        """
        try:
            status, body = self._fetch(path)
        except NimError as error:
            if not self._answered:
                raise
            self._notes.append(str(error))
            return _NO_ANSWER, b""
        self._answered = True
        return self._get(otherwise) if status == 404 and otherwise is not None else (status, body)


def _flat(prefix: str, value: object, depth: int = 3) -> list[tuple[str, str]]:
    if isinstance(value, dict) and depth:
        return [pair for key, inner in value.items() for pair in _flat(f"{prefix}{key}.", inner, depth - 1)]
    if isinstance(value, list) and depth:
        return [pair for i, inner in enumerate(value[:8]) for pair in _flat(f"{prefix}{i}.", inner, depth - 1)]
    if isinstance(value, str | int | float | bool):
        return [(prefix.rstrip("."), str(value)[:200])]
    return []
