"""From what was asked and what the probe found to the message that sets workers up (``docs/worker.md``)."""

import re
from pathlib import Path

import msgspec

from tui.bench.probe import Probe, ProbeError, probe
from tui.bench.prompts import PromptSetup
from tui.bench.spec import LoadSpec, Target

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LEAST = 6  # shorter words are no secrets, and would strike out ordinary text
_MASK = "***"


def prepare(load: LoadSpec, api_key: str = "") -> tuple[Probe, dict[str, object]]:
    """Probe the endpoint and make the set-up message. Blocking; ``ValueError`` or ``OSError`` with one line."""
    headers = secret_headers(load.target, api_key)
    try:
        everything = {**dict(load.target.headers), **headers}
        found = probe(load.target, load.prompts, everything, timeout_seconds=load.limits.stall_seconds)
    except ProbeError as error:  # servers like to repeat the key that they refuse
        raise ProbeError(_struck(str(error), secret_words(headers)), error.status) from None
    return found, setup_message(load, found, headers)


def secret_headers(target: Target, api_key: str = "") -> dict[str, str]:
    """The headers that hold credentials, from their files. ``ValueError`` names file and line.

    ``api_key`` is one that is in no file; it goes before the file's.
    """
    headers = {}
    if target.header_file is not None:
        for number, line in enumerate(_read(target.header_file, "--header-file").splitlines(), 1):
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise ValueError(f"--header-file {target.header_file} line {number} is not 'Name: value'")
            _check(name.strip(), value.strip(), f"--header-file {target.header_file} line {number}")
            headers[name.strip()] = value.strip()
    if api_key:
        _check("Authorization", api_key, "the API key")
        headers["Authorization"] = f"Bearer {api_key}"
    elif target.api_key_file is not None:
        key = _read(target.api_key_file, "--api-key-file").strip()
        if not key or any(character.isspace() for character in key):
            raise ValueError(f"--api-key-file {target.api_key_file} holds no key, or more than one line")
        _check("Authorization", key, f"--api-key-file {target.api_key_file}")
        headers["Authorization"] = f"Bearer {key}"
    return headers


def secret_words(headers: dict[str, str]) -> tuple[str, ...]:
    """What may stand in no file and no message: the values of secret headers, and the words of them."""
    words = {word for value in headers.values() for word in (value, *value.split()) if len(word) >= _LEAST}
    return tuple(sorted(words - {"Bearer"}, key=len, reverse=True))


def _struck(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text


def _check(name: str, value: str, where: str) -> None:
    """``ValueError`` that does not repeat the value."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{where}: {name!r} is no name of a header")
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"{where} holds a character that no header may hold")


def setup_message(load: LoadSpec, found: Probe, secrets: dict[str, str]) -> dict[str, object]:
    """Goes over the workers' stdin and nowhere else: it holds the credentials."""
    target, asked = load.target, load.prompts
    prompts = PromptSetup(
        endpoint=target.endpoint,
        model=target.model,
        isl=asked.isl,
        osl=asked.osl,
        isl_stddev=asked.isl_stddev,
        osl_stddev=asked.osl_stddev,
        tokens_per_word=found.tokens_per_word,
        overhead_tokens=found.overhead_tokens,
        shared_prefix_tokens=asked.shared_prefix_tokens,
        seed=asked.seed,
        dataset=None if asked.dataset is None else str(asked.dataset),
        with_min_tokens=found.with_min_tokens,
        fields=found.fields,
    )
    return {
        "target": {
            "url": _base(target.url),
            "urls": [_base(url) for url in load.addresses],
            "path": found.path,
            "headers": {**dict(target.headers), **secrets},
            "ca_file": None if target.ca_file is None else str(target.ca_file),
            "insecure": target.insecure_skip_verify,
        },
        "request": {"timeout_seconds": load.limits.stall_seconds},
        "prompts": msgspec.to_builtins(prompts),
        "records": load.keep_records,
        "slo": {
            "ttft_seconds": load.slo.ttft_seconds,
            "itl_seconds": load.slo.itl_seconds,
            "e2e_seconds": load.slo.e2e_seconds,
        },
    }


def _base(url: str) -> str:
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _read(path: Path, flag: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{flag} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{flag} {path} is not UTF-8 text") from None
