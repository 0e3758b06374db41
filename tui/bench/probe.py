"""What an endpoint is and accepts, found out before any load: models, fields, usage, the shape of the stream.

A few requests of at most 4 tokens, one after the other. What the server refuses is left out with a note; what makes
measuring impossible is a ``ProbeError`` with the mend.
"""

import random
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tui.bench.probe_http import ProbeError, ProbeHttp, Stream
from tui.bench.prompts.words import WORDS
from tui.bench.spec import PromptSpec, Target

__all__ = ["Probe", "ProbeError", "probe"]

_TOKENS = 4
_PATHS = {"chat": "/v1/chat/completions", "completions": "/v1/completions"}
_CHECKS = 2  # corrections of the calibration at the asked length
_ENOUGH = 0.002  # relative error of ISL with which the calibration is done
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


def probe(target: Target, prompts: PromptSpec, headers: dict[str, str]) -> Probe:
    """Blocking. ``headers`` are all of them, credentials too. Raises ``ProbeError``."""
    http = ProbeHttp(target.url, headers, _text(target.ca_file), target.insecure_skip_verify, _TIMEOUT_SECONDS)
    models = _models(http, target.model)
    asker = _Asker(http, target, prompts)
    first = asker.negotiate()
    found = _found(asker, first, models, prompts)
    if prompts.dataset is not None:
        return found
    return _calibrated(asker, found, prompts)


def _found(asker: "_Asker", first: Stream, models: tuple[str, ...], prompts: PromptSpec) -> Probe:
    if first.first_token is None:
        raise ProbeError("the endpoint streams no text: no chunk carried content or reasoning")
    tokens = max(1, (first.completion_tokens or first.content_chunks) - 1)
    spread = (first.last_token or first.first_token) - first.first_token
    itl = spread / tokens if first.content_chunks > 1 else 0.0
    notes = [f"the server refuses {name}: left out" for name in asker.refused]
    if first.completion_tokens is None:
        notes.append("the server tells no usage: tokens are counted from chunks")
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
        request_seconds=first.first_token + itl * prompts.osl,
        tokens_per_word=1.0,
        overhead_tokens=0.0,
        isl_from="words",
        notes=tuple(notes),
    )


class _Asker:
    """Sends probes, and learns which fields are taken."""

    def __init__(self, http: ProbeHttp, target: Target, prompts: PromptSpec) -> None:
        self._http = http
        self._target = target
        self.path = _PATHS[target.endpoint]
        self.refused: list[str] = []
        self.with_min_tokens = prompts.ignore_eos
        self._chance = random.Random(prompts.seed)
        self.fields: dict[str, Any] = {"stream_options": {"include_usage": True}}
        if prompts.ignore_eos:
            self.fields["ignore_eos"] = True
        if prompts.temperature is not None:
            self.fields["temperature"] = prompts.temperature
        self.fields |= dict(prompts.extra)
        self._given = frozenset(name for name, _ in prompts.extra)

    def ask(self, words: int, tokens: int = _TOKENS) -> Stream:
        text = " ".join(self._chance.choices(WORDS, k=max(1, words)))
        body: dict[str, Any] = {"model": self._target.model, "stream": True, "max_tokens": tokens, **self.fields}
        if self.with_min_tokens:
            body["min_tokens"] = tokens
        if self._target.endpoint == "chat":
            body["messages"] = [{"role": "user", "content": text}]
        else:
            body["prompt"] = text
        return self._http.stream(self.path, body)

    def negotiate(self) -> Stream:
        """Ask until no field of ours is refused; what the user gave by ``--extra`` is never dropped."""
        while True:
            try:
                return self.ask(16)
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
    """Words to tokens: by a tokenizer where there is one, corrected by the usage that the server tells."""
    per_word = 1.0
    if prompts.tokenizer is not None:
        from tui.bench.prompts.tokenizer import tokens_per_word

        per_word = tokens_per_word(prompts.tokenizer)
    short, long = 16, max(64, round(prompts.isl / per_word))
    ends = [(words, asker.ask(words, 1).prompt_tokens) for words in (short, long)]
    told = [(words, tokens) for words, tokens in ends if tokens is not None]
    if len(told) < 2:
        source = "tokenizer" if prompts.tokenizer is not None else "words"
        note = "the server tells no prompt tokens: ISL is taken from " + (
            "the tokenizer, without the chat template" if source == "tokenizer" else "words, one token each"
        )
        return replace(found, tokens_per_word=per_word, isl_from=source, notes=(*found.notes, note))
    slope = (told[1][1] - told[0][1]) / (told[1][0] - told[0][0])
    slope = slope if slope > 0 else per_word
    overhead = told[1][1] - slope * told[1][0]
    for _ in range(_CHECKS):
        words = max(1, round((prompts.isl - overhead) / slope))
        tokens = asker.ask(words, 1).prompt_tokens
        if tokens is None or abs(tokens - prompts.isl) <= max(1.0, _ENOUGH * prompts.isl):
            break
        overhead += tokens - (overhead + slope * words)
    return replace(found, tokens_per_word=slope, overhead_tokens=overhead, isl_from="usage")


def _text(path: object) -> str | None:
    return None if path is None else str(path)
