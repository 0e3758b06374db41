"""Is it running? Health, models, metadata, then one short chat, streamed. Blocking; imports httpx when called.

One request tells that it works and how quick it is when nobody else asks: it is no measurement.
"""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.secret import Secret
from tui.launch.kinds import at
from tui.launch.sse import Chat, read_chat
from tui.model.json_value import JsonValue
from tui.model.probe import ProbeReport, ProbeStep

if TYPE_CHECKING:
    import httpx

READY, MODELS, METADATA, CHAT = "/v1/health/ready", "/v1/models", "/v1/metadata", "/v1/chat/completions"
QUESTION = "Say hello in one short sentence."
MAX_TOKENS = 32
_ANSWER_LIMIT = 4 * 2**20
_WORDS = {
    401: "it asks for a key: give one with --token-file",
    403: "it refuses the key, or a gateway lets nobody in",
    404: "there is no such path: is it a NIM, is the Host header right?",
    429: "it takes no more requests for now",
    502: "the gateway reaches no pod",
    503: "it is not ready: the model may still be loading",
    504: "the gateway waited for a pod in vain",
}


class BadAddress(Exception):  # noqa: N818
    """The address or the CA file can't be used; ``str`` is the line for a person."""


def probe(
    url: str,
    host: str | None = None,
    *,
    api_key: Secret | None = None,
    model: str | None = None,
    ca_file: Path | None = None,
    timeout_seconds: float = 30.0,
    note: str = "",
    transport: "httpx.BaseTransport | None" = None,
    timer: Callable[[], float] = time.perf_counter,
) -> ProbeReport:
    """Ask the endpoint at ``url``, with or without ``/v1``; ``host`` is a Host header. ``model`` None: its first.

    Never raises for what the endpoint does; ``BadAddress`` for what can't be asked at all.
    """
    import httpx

    base = base_of(url)
    headers = {"Accept": "application/json"} | ({"Host": host} if host else {})
    if api_key:
        headers["Authorization"] = f"Bearer {api_key.reveal()}"
    limits = httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds))
    verify = _tls(ca_file)
    with httpx.Client(
        verify=verify, timeout=limits, headers=headers, follow_redirects=False, transport=transport, trust_env=False
    ) as client:
        return _Prober(client, base, timer).report(host, model, note)


def base_of(url: str) -> str:
    """The address without a trailing ``/v1``. Raises ``BadAddress``."""
    base = url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    try:
        parts = urlsplit(base)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadAddress(f"{url!r} is not an address: write it as http://host:8000")
    if parts.username or parts.password:
        raise BadAddress("an address holds no user and no password: give a key with --token-file")
    return base


class _Prober:
    def __init__(self, client: "httpx.Client", base: str, timer: Callable[[], float]) -> None:
        self._client = client
        self._base = base
        self._timer = timer
        self._lost = ""  # why it can't be reached at all

    def report(self, host: str | None, model: str | None, note: str) -> ProbeReport:
        ready, _ = self._get("ready", READY)
        if ready.status is None:
            return ProbeReport(self._base, (ready,), False, host, note=note)
        if ready.status == 404:  # another server than a NIM: the chat decides
            ready = replace(ready, is_vital=False)
        listed, body = self._get("models", MODELS)
        names = _names(body)
        metadata, told = self._get("metadata", METADATA, is_vital=False)
        chosen = model or (names[0] if names else None)
        if listed.state == "ok":
            listed = _with(listed, ", ".join(names) if names else "it names no model", ok=bool(names))
        if metadata.state == "ok":
            metadata = _with(metadata, _metadata(told))
        chat_step, chat = self._chat(chosen)
        return ProbeReport(
            url=self._base,
            steps=(ready, listed, metadata, chat_step),
            reached=True,
            host=host,
            model=chosen,
            models=names,
            ttft_seconds=chat.ttft_seconds,
            total_seconds=chat.total_seconds,
            output_tokens=chat.output_tokens,
            text=chat.text,
            note=note,
        )

    def _get(self, name: str, path: str, is_vital: bool = True) -> tuple[ProbeStep, JsonValue]:
        import httpx

        if self._lost:
            return ProbeStep(name, path, "skipped", detail=self._lost, is_vital=is_vital), None
        start = self._timer()
        try:
            response = self._client.get(self._base + path)
            body = response.content[:_ANSWER_LIMIT]
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._lost = _trouble(error)
            return ProbeStep(name, path, "failed", None, None, self._lost, is_vital), None
        seconds = self._timer() - start
        if response.status_code != 200:
            return _refused(name, path, response.status_code, body, seconds, is_vital), None
        return ProbeStep(name, path, "ok", 200, seconds, "", is_vital), _json(body)

    def _chat(self, model: str | None) -> tuple[ProbeStep, Chat]:
        import httpx

        if model is None or self._lost:
            why = self._lost or "no model is known to ask for"
            return ProbeStep("chat", CHAT, "skipped", detail=why), Chat()
        body = {
            "model": model,
            "messages": [{"role": "user", "content": QUESTION}],
            "max_tokens": MAX_TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        start = self._timer()
        try:
            with self._client.stream("POST", self._base + CHAT, json=body) as response:
                if response.status_code != 200:
                    text = response.read()[:_ANSWER_LIMIT]
                    seconds = self._timer() - start
                    return _refused("chat", CHAT, response.status_code, text, seconds, True), Chat()
                chat = read_chat(response.iter_lines(), start, self._timer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return ProbeStep("chat", CHAT, "failed", None, None, _trouble(error)), Chat()
        if chat.ttft_seconds is None:
            return ProbeStep("chat", CHAT, "failed", 200, chat.total_seconds, chat.trouble or "no text came"), chat
        detail = f"cut off: {chat.trouble}" if chat.trouble else ""
        return ProbeStep("chat", CHAT, "failed" if detail else "ok", 200, chat.total_seconds, detail), chat


def _with(step: ProbeStep, detail: str, ok: bool = True) -> ProbeStep:
    return replace(step, state="ok" if ok else "failed", detail=detail)


def _refused(name: str, path: str, status: int, body: bytes, seconds: float, is_vital: bool) -> ProbeStep:
    said = _message(body)
    words = _WORDS.get(status, "the server itself fails" if status >= 500 else "")
    if 300 <= status < 400:
        words = "it sends elsewhere: is it the API's own address?"
    detail = "; ".join(part for part in (words, said) if part)
    return ProbeStep(name, path, "failed", status, seconds, detail, is_vital)


def _message(body: bytes) -> str:
    """What an error's body says, in one short line; a page of HTML says nothing."""
    told = _json(body)
    found = at(told, "error", "message") or at(told, "message") or at(told, "detail") or at(told, "error")
    return " ".join(found.split())[:200] if isinstance(found, str) else ""


def _names(body: JsonValue) -> tuple[str, ...]:
    data = at(body, "data")
    found = [at(one, "id") for one in data] if isinstance(data, list) else []
    return tuple(name for name in found if isinstance(name, str) and name)


def _metadata(body: JsonValue) -> str:
    """The profile and version that a NIM tells of itself."""
    info = at(body, "modelInfo")
    first = info[0] if isinstance(info, list) and info else None
    told = [at(body, "version"), at(body, "selectedModelProfileId"), at(first, "shortName") or at(first, "modelUrl")]
    return ", ".join(part for part in told if isinstance(part, str) and part)


def _json(body: bytes) -> JsonValue:
    try:
        found: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found


def _trouble(error: Exception) -> str:
    import httpx

    text = str(error)
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection within the time: the address is not reached from here"
    if isinstance(error, httpx.TimeoutException):
        return "no answer within the time"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not trusted: name its CA with --ca-file"
    if "refused" in text:
        return "the connection was refused: is it running, is the port right?"
    if any(part in text for part in ("Name or service", "resolution", "No address", "nodename")):
        return "its host name is not known here: the gateway's address with --host may do"
    return f"the connection broke: {' '.join(text.split())[:120] or type(error).__name__}"


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (ssl.SSLError, OSError):
        raise BadAddress(f"CA file {str(ca_file)!r} is missing or holds no certificate in PEM") from None
