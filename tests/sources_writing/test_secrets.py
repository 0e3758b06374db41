"""A secret goes to the API server and nowhere else."""

import asyncio
import traceback
from base64 import b64decode
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from rich.traceback import Traceback

from config.secret import Secret
from tests.sources_writing.conftest import Bench, create
from tui.demo.kube.faults import Fault
from tui.sources.writing import Invalid, WriteError
from tui.sources.writing.body import encoded, scrubbed

VALUE = "nvapi-6f1d2c3b4a5e"
BODY: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "ngc-api-key", "namespace": "runai-test"},
    "type": "Opaque",
    "stringData": {"NGC_API_KEY": Secret(VALUE)},
}


def shown(error: BaseException) -> str:
    """A traceback with all its locals, as the app and pytest would print it."""
    trace = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
    out = StringIO()
    Console(file=out, width=400).print(trace)
    return out.getvalue() + "".join(traceback.format_exception(error))


async def test_it_reaches_the_cluster_and_does_not_come_back(bench: Bench) -> None:
    writer = bench.writer()
    change = create(BODY, "secrets")
    answer: Any = await asyncio.to_thread(writer.write, change)
    kept = bench.kept("secrets", "ngc-api-key")
    data = kept.get("data") or {}
    assert VALUE in (kept.get("stringData") or {}).values() or b64decode(data["NGC_API_KEY"]).decode() == VALUE
    assert VALUE not in str(answer) + repr(change) + bench.audit_file.read_text()
    assert all(value == "***" for part in ("data", "stringData") for value in (answer.get(part) or {}).values())


async def test_what_was_hidden_is_not_written_back(bench: Bench) -> None:
    writer = bench.writer()
    read: Any = await asyncio.to_thread(writer.write, create(BODY, "secrets"), True)
    with pytest.raises(Invalid, match="hidden value"):
        await asyncio.to_thread(writer.write, create(read, "secrets"))
    assert bench.kept("secrets", "ngc-api-key") is None


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.HTML, Fault.HALF_LINE, Fault.UNAUTHORIZED])
async def test_no_failure_shows_it(bench: Bench, fault: Fault) -> None:
    writer = bench.writer()
    bench.server.faults.set(fault)
    with pytest.raises(WriteError) as caught:
        await asyncio.to_thread(writer.write, create(BODY, "secrets"))
    assert VALUE not in shown(caught.value) + bench.audit_file.read_text()


async def test_not_even_a_fault_of_our_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = bench.writer()
    await asyncio.to_thread(writer.who)

    def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("tui.sources.kubernetes.transport.Transport.open", broken)
    with pytest.raises(RuntimeError) as caught:
        await asyncio.to_thread(writer.write, create(BODY, "secrets"))
    assert "body = <***>" in shown(caught.value)
    assert VALUE not in shown(caught.value) + bench.audit_file.read_text()
    assert bench.audit()[0].result == "unknown"


def test_a_message_that_repeats_it_is_cleaned() -> None:
    assert scrubbed(f"denied: {VALUE} is no key", BODY) == "denied: *** is no key"


def test_bytes_with_a_secret_show_nothing_however_they_are_cut() -> None:
    body = encoded(BODY)
    assert VALUE.encode() in body
    assert VALUE not in f"{body!r} {body} {body[:400]!r}"
    assert bytes(body[:1]) == b"{"  # type: ignore[arg-type]
