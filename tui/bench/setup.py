"""From what was asked and what the probe found to the message that sets workers up (``docs/worker.md``)."""

from pathlib import Path

import msgspec

from tui.bench.probe import Probe, probe
from tui.bench.prompts import PromptSetup
from tui.bench.spec import LoadSpec, Target


def prepare(load: LoadSpec) -> tuple[Probe, dict[str, object]]:
    """Probe the endpoint and make the set-up message. Blocking; ``ValueError`` or ``OSError`` with one line."""
    headers = secret_headers(load.target)
    found = probe(load.target, load.prompts, {**dict(load.target.headers), **headers})
    return found, setup_message(load, found, headers)


def secret_headers(target: Target) -> dict[str, str]:
    """The headers that hold credentials, from their files. ``ValueError`` names file and line."""
    headers = {}
    if target.header_file is not None:
        for number, line in enumerate(_read(target.header_file, "--header-file").splitlines(), 1):
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise ValueError(f"--header-file {target.header_file} line {number} is not 'Name: value'")
            headers[name.strip()] = value.strip()
    if target.api_key_file is not None:
        key = _read(target.api_key_file, "--api-key-file").strip()
        if not key or any(character.isspace() for character in key):
            raise ValueError(f"--api-key-file {target.api_key_file} holds no key, or more than one line")
        headers["Authorization"] = f"Bearer {key}"
    return headers


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
            "url": target.url.rstrip("/").removesuffix("/v1").rstrip("/"),
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


def _read(path: Path, flag: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{flag} {path}: {error.strerror}") from None
