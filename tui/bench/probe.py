"""What an endpoint is and accepts, found out before any load: models, fields, usage, the shape of the stream.

A few requests of at most 4 tokens, one after the other. What the server refuses is left out with a note; what makes
measuring impossible is a ``ProbeError`` with the mend.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import msgspec

from tui.bench.probe_http import ProbeError, ProbeHttp, Stream
from tui.bench.prompts.calibrate import calibrate
from tui.bench.prompts.text import Cycle
from tui.bench.prompts.words import WORDS
from tui.bench.spec import PromptSpec, Target

__all__ = ["Probe", "ProbeError", "probe"]

_TOKENS = 4
_PATHS = {"chat": "/v1/chat/completions", "completions": "/v1/completions"}
_RETRIES = 3  # of a server that is busy just now
_LONGEST_WAIT_SECONDS = 10.0
_DISAGREE = 0.01  # between a tokenizer and the server, relative
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found. ``fields`` go into every body; ``refused`` were left out. Times are seconds.

    ``request_seconds`` is extrapolated from the probe's own TTFT and ITL to the asked OSL.
    """

    models: tuple[str, ...]
    path: str
    fields: dict[str, Any]
    refused: tuple[str, ...]
    with_min_tokens: bool
    usage_where: str
    role_first: bool
    ttft_seconds: float
    itl_seconds: float
    request_seconds: float
    tokens_per_word: float
    overhead_tokens: float
    isl_from: str
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    @classmethod
    def from_json(cls, found: object) -> "Probe":
        """Back from ``to_json``. ``ValueError`` for what is none."""
        try:
            return msgspec.convert(found, cls)
        except msgspec.ValidationError as error:
            raise ValueError(f"this is no probe: {error}") from None


def probe(
    target: Target,
    prompts: PromptSpec,
    headers: dict[str, str],
    sleep: Callable[[float], None] = time.sleep,
    timeout_seconds: float = _TIMEOUT_SECONDS,
) -> Probe:
    """Blocking. ``headers``: all of them, credentials too; ``timeout_seconds``: of silence. Raises ``ProbeError``."""
    http = ProbeHttp(target.url, headers, _text(target.ca_file), target.insecure_skip_verify, timeout_seconds)
    models = _models(http, target.model)
    asker = _Asker(http, target, prompts, sleep)
    first = asker.negotiate()
    found = _found(asker, first, models, prompts)
    if prompts.dataset is not None:
        return found
    return _calibrated(asker, found, prompts)


def _found(asker: "_Asker", first: Stream, models: tuple[str, ...], prompts: PromptSpec) -> Probe:
    if first.first_token is None:
        raise ProbeError("the endpoint streams no text: no chunk carried content or reasoning")
    itl = _itl_seconds(first)
    notes = [f"the server refuses {name}: left out" for name in asker.refused]
    if first.completion_tokens is None:
        notes.append("the server tells no usage: tokens are counted from chunks")
    told = first.completion_tokens or first.content_chunks
    if told > _TOKENS:
        notes.append(f"the server ignores max_tokens: asked for {_TOKENS}, it sent {told}; OSL is what it makes of it")
    if first.role_first:
        notes.append("the first chunk carries the role only: it is not taken for a token")
    return Probe(
        models=models,
        path=asker.path,
        fields=dict(asker.fields),
        refused=tuple(asker.refused),
        with_min_tokens=asker.with_min_tokens,
        usage_where=first.usage_where,
        role_first=first.role_first,
        ttft_seconds=first.first_token,
        itl_seconds=itl,
        request_seconds=first.first_token + itl * (prompts.osl - 1),
        tokens_per_word=1.0,
        overhead_tokens=0.0,
        isl_from="words",
        notes=tuple(notes),
    )


def _itl_seconds(stream: Stream) -> float:
    """Between tokens of one probe; 0 where it sent one chunk only."""
    if stream.first_token is None or stream.last_token is None or stream.content_chunks < 2:
        return 0.0
    tokens = max(1, (stream.completion_tokens or stream.content_chunks) - 1)
    return (stream.last_token - stream.first_token) / tokens


class _Asker:
    """Sends probes, and learns which fields are taken. ``long`` keeps those of about the asked length."""

    def __init__(self, http: ProbeHttp, target: Target, prompts: PromptSpec, sleep: Callable[[float], None]) -> None:
        self._http = http
        self._sleep = sleep
        self.long: list[Stream] = []
        self._target = target
        self.path = _PATHS[target.endpoint]
        self.refused: list[str] = []
        self.with_min_tokens = prompts.ignore_eos
        self.fields: dict[str, Any] = {"stream_options": {"include_usage": True}}
        if prompts.ignore_eos:
            self.fields["ignore_eos"] = True
        if prompts.temperature is not None:
            self.fields["temperature"] = prompts.temperature
        self.fields |= dict(prompts.extra)
        self._given = frozenset(name for name, _ in prompts.extra)

    def ask(self, text: str) -> Stream:
        """One probe with this prompt; a server that is busy is asked again as it wishes."""
        body: dict[str, Any] = {"model": self._target.model, "stream": True, "max_tokens": _TOKENS, **self.fields}
        if self.with_min_tokens:
            body["min_tokens"] = _TOKENS
        if self._target.endpoint == "chat":
            body["messages"] = [{"role": "user", "content": text}]
        else:
            body["prompt"] = text
        for _ in range(_RETRIES):
            try:
                return self._http.stream(self.path, body)
            except ProbeError as error:
                if error.status not in (429, 503):
                    raise
                wait = 1.0 if error.retry_after_seconds is None else error.retry_after_seconds
                self._sleep(min(wait, _LONGEST_WAIT_SECONDS))
        return self._http.stream(self.path, body)

    def prompt_tokens(self, text: str) -> int | None:
        """What the server says a prompt is long."""
        stream = self.ask(text)
        self.long.append(stream)
        return stream.prompt_tokens

    def negotiate(self) -> Stream:
        """Ask until no field of ours is refused; what the user gave by ``--extra`` is never dropped."""
        while True:
            try:
                return self.ask(" ".join(WORDS[:16]))
            except ProbeError as error:
                name = self._blamed(error)
                if name is None:
                    raise
                self.refused.append(name)
                if name == "min_tokens":
                    self.with_min_tokens = False
                else:
                    del self.fields[name]

    def _blamed(self, error: ProbeError) -> str | None:
        """The field that the answer names; if it names none, the most unusual one of those that are left."""
        if error.status not in (400, 422):
            return None
        ours = [name for name in self.fields if name not in self._given]
        ours += ["min_tokens"] if self.with_min_tokens else []
        named = [name for name in ours if name in error.body]
        unusual = [name for name in ("min_tokens", "ignore_eos", "stream_options") if name in ours]
        return next(iter(named or unusual), None)


def _models(http: ProbeHttp, wanted: str) -> tuple[str, ...]:
    status, body = http.get("/v1/models")
    if status in (401, 403):
        raise ProbeError(f"{http.base}/v1/models answered {status}: check the key: --api-key-file", status)
    if status != 200:
        return ()
    try:
        models = tuple(str(entry["id"]) for entry in msgspec.json.decode(body)["data"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return ()
    if models and wanted not in models:
        raise ProbeError(f"--model {wanted!r} is not served at {http.base}; there is {', '.join(models[:8])}", 404)
    return models


def _calibrated(asker: _Asker, found: Probe, prompts: PromptSpec) -> Probe:
    """Words to tokens: by the usage that the server tells, else by a tokenizer, else a token a word."""
    by_tokenizer = None
    if prompts.tokenizer is not None:
        from tui.bench.prompts.tokenizer import tokens_per_word

        by_tokenizer = tokens_per_word(prompts.tokenizer)
    known = calibrate(asker.prompt_tokens, prompts.isl, Cycle(WORDS), prompts.seed)
    found = _timed(asker, found, prompts)
    if known is None:
        note = "the server tells no prompt tokens: ISL is taken from " + (
            "words, one token each" if by_tokenizer is None else "the tokenizer, without the chat template"
        )
        source = "words" if by_tokenizer is None else "tokenizer"
        return replace(found, tokens_per_word=by_tokenizer or 1.0, isl_from=source, notes=(*found.notes, note))
    notes = found.notes
    if by_tokenizer is not None and abs(by_tokenizer - known.tokens_per_word) > _DISAGREE * known.tokens_per_word:
        notes += (
            f"the tokenizer has {by_tokenizer:.3f} tokens a word, the server {known.tokens_per_word:.3f}: "
            "is --tokenizer that of this model? ISL follows the server",
        )
    if known.words_for(prompts.isl) < 1:
        least = known.overhead_tokens + known.tokens_per_word
        notes += (f"--isl {prompts.isl} can't be had: the shortest prompt has {least:.0f} tokens with the template",)
    return replace(
        found,
        tokens_per_word=known.tokens_per_word,
        overhead_tokens=known.overhead_tokens,
        isl_from="usage",
        notes=notes,
    )


def _timed(asker: _Asker, found: Probe, prompts: PromptSpec) -> Probe:
    """TTFT and ITL as medians over the probes of about the asked length, and a request's time from them."""
    last = [stream for stream in asker.long[1:] if stream.first_token is not None] or asker.long
    firsts = [stream.first_token for stream in last if stream.first_token is not None]
    if not firsts:
        return found
    ttft, itl = median(firsts), median(_itl_seconds(stream) for stream in last)
    return replace(found, ttft_seconds=ttft, itl_seconds=itl, request_seconds=ttft + itl * (prompts.osl - 1))


def _text(path: object) -> str | None:
    return None if path is None else str(path)
