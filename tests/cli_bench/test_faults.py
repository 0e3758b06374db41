"""Every bad input and every fault of a server: one line or a counted failure, the right code, nothing lost.

The commands mostly wait, so they run side by side before the first test looks at one.
"""

import http.server
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cli_bench.command import Answer, Bench
from tests.truth.build import TruthServer
from tui.bench.results.reader import read_records

FEW = ("--concurrency", "2", "--requests", "12", "-o", "json")
MORE = ("--concurrency", "2", "--requests", "40", "-o", "json")
FULL_DISK = ("bash", "-c", 'ulimit -f 4; exec "$@"', "-")
FEW_FILES = ("bash", "-c", 'ulimit -n 40; exec "$@"', "-")
SECRET = "nvapi-Zk93hT0pSecret"

# name: the truth server's options, the flags
SERVERS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "wrong path": ({}, FEW),
    "wrong model": ({"model": "llama-3"}, FEW),
    "401": ({"api_key": "Sesame"}, FEW),
    "refused field": ({"refuse": "ignore_eos"}, FEW),
    "429": ({"fault": "status", "fault_status": 429}, FEW),
    "500 in the middle": ({"fault": "status", "fault_status": 500, "fault_every": 19}, MORE),
    "500 allowed": (
        {"fault": "status", "fault_status": 500, "fault_every": 19},
        (*MORE, "--max-failed-fraction", "0.5"),
    ),
    "reset": ({"fault": "reset-mid", "fault_every": 3, "fault_after": 5}, FEW),
    # So little patience here alone: on a busy machine a server that is well, or our worker, is held for that long.
    "stall": ({"fault": "stall", "fault_every": 3, "fault_after": 5}, (*FEW, "--stall-seconds", "0.5")),
    "cut": ({"fault": "cut", "fault_every": 3, "fault_after": 5}, FEW),
    "no done": ({"fault": "no-done"}, FEW),
    "empty": ({"fault": "empty"}, FEW),
    "empty now and then": ({"fault": "empty", "fault_every": 19}, MORE),
    "error inside": ({"fault": "stream-error", "fault_every": 3, "fault_after": 5}, FEW),
    "html": ({"fault": "html"}, FEW),
    "no usage": ({"usage": "never"}, FEW),
    "ignores max_tokens": ({"ignore_max_tokens": True, "tokens": 24}, FEW),
    "full disk": ({}, ("--concurrency", "1,1,1,1", "--requests", "3", "-o", "json")),
    "few files": ({}, ("--concurrency", "60", "--requests", "120", "--workers", "local:1", "-o", "json")),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[tuple[Answer, Bench]]]]:
    root = tmp_path_factory.mktemp("faults")
    with ExitStack() as stack, ThreadPoolExecutor(6) as threads:
        found = {}
        for name, (options, flags) in SERVERS.items():
            server = stack.enter_context(TruthServer(**{"ttft_ms": 10, "itl_ms": 1, **options}))
            url = server.url + ("/nowhere" if name == "wrong path" else "")
            bench = Bench(url, root / name.replace(" ", "-"))
            bench.before = {"full disk": FULL_DISK, "few files": FEW_FILES}.get(name, ())
            found[name] = threads.submit(lambda bench=bench, flags=flags: (bench.run(*flags), bench))
        yield found


@pytest.fixture
def answer_of(answers: dict[str, Future[tuple[Answer, Bench]]]):  # type: ignore[no-untyped-def]
    return lambda name: answers[name].result(120)[0]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("wrong path", 2, ("404", "--url")),
        ("wrong model", 2, ("--model 'truth'", "llama-3")),
        ("401", 2, ("401", "--api-key-file")),
        ("429", 3, ("429", "limits requests")),
        ("empty", 3, ("streams no text",)),
        ("html", 3, ("web page",)),
    ],
)
def test_what_the_probe_finds_is_one_line(answer_of: Any, name: str, code: int, words: tuple[str, ...]) -> None:
    answer_of(name).refused(code, *words)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("500 in the middle", "http_500"),
        ("reset", "cut"),
        ("stall", "timeout"),
        ("cut", "cut"),
        ("empty now and then", "empty"),
        ("error inside", "stream_error"),
    ],
)
def test_a_fault_in_the_load_is_a_counted_failure(answer_of: Any, name: str, kind: str) -> None:
    answer = answer_of(name)
    (item,) = answer.items
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert (item["requests"], item["ended"]) == (40 if "fault_after" not in SERVERS[name][0] else 12, "requests")
    assert dict(item["errors"]).keys() == {kind}
    assert 1 <= item["failed"] <= 6
    assert item["osl"] == 8, "over successes only"
    assert any(note.startswith(f"{kind}: ") for note in item["notes"])


@pytest.mark.parametrize(
    ("name", "said", "osl"),
    [
        ("refused field", "refuses ignore_eos: left out", 8),
        ("no done", "", 8),
        ("no usage", "tokens are counted from chunks", 8),
        ("ignores max_tokens", "ignores max_tokens", 24),
    ],
)
def test_what_can_be_lived_with_is_a_note(answer_of: Any, name: str, said: str, osl: int) -> None:
    answer = answer_of(name)
    (item,) = answer.items
    assert answer.well, answer.err
    assert (item["requests"], item["failed"], item["osl"]) == (12, 0, osl)
    assert said in answer.err
    assert item["tokens_from"] == ("chunks" if name == "no usage" else "usage")


def test_failures_may_be_allowed(answer_of: Any) -> None:
    answer = answer_of("500 allowed")
    assert answer.items[0]["failed"] >= 2
    assert answer.well, answer.err


def test_a_full_disk_loses_no_finished_point(answers: dict[str, Future[tuple[Answer, Bench]]]) -> None:
    answer, bench = answers["full disk"].result(120)
    assert answer.code == 3, answer.err
    assert "Traceback" not in answer.err
    assert "points.jsonl: File too large" in answer.err
    assert "room" in answer.err
    assert 1 <= len(bench.points()) < len(answer.items)
    assert all(point["requests"] == 3 for point in bench.points())


def test_too_few_file_descriptors_are_named_with_the_mend(answer_of: Any) -> None:
    answer = answer_of("few files")
    (item,) = answer.items
    assert (answer.code, item["valid"]) == (1, False), "it was not the load of 60 users"
    assert any("of 60 users were never in flight" in note for note in item["notes"]), item["notes"]
    assert any("ulimit -n" in note for note in item["notes"]), item["notes"]


BAD_FLAGS = [
    ((), "either --concurrency"),
    (("--concurrency", "1", "--rate", "2"), "either --concurrency"),
    (("--concurrency", "0"), "at least 1|from 1"),
    (("--concurrency", "1,x"), "whole numbers"),
    (("--concurrency", "9..3"), "upwards"),
    (("--concurrency", "1", "--requests", "0"), "below 1"),
    (("--concurrency", "1", "--requests", "1.5"), "whole number"),
    (("--concurrency", "1", "--duration", "-1"), "above 0"),
    (("--concurrency", "1", "--stall-seconds", "nan"), "finite"),
    (("--rate", "inf"), "finite"),
    (("--concurrency", "1", "--max-failed-fraction", "2"), "between 0 and 1"),
    (("--concurrency", "1", "--workers", "4"), "local:N"),
    (("--concurrency", "1", "--extra", "a=b"), "JSON"),
    (("--concurrency", "1", "--header", "Authorization=Bearer x"), "--api-key-file"),
    (("--concurrency", "1", "--header", "authorization=Bearer x"), "--api-key-file"),
    (("--concurrency", "1", "--api-key-file", "/nonexistent"), "--api-key-file /nonexistent"),
    (("--concurrency", "1", "--prompts", "/nonexistent"), "/nonexistent"),
    (("--concurrency", "1", "--url", "http://user:pw@h:1"), "--url"),
    (("--concurrency", "1", "--url", "h:1"), "http://"),
    (("--concurrency", "1", "--resume"), "--resume"),
]


@pytest.mark.parametrize(("flags", "said"), BAD_FLAGS)
def test_bad_flags(flags: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tui.cli.main import main

    try:
        code = main(Bench("http://127.0.0.1:9", tmp_path / "run").arguments("run", *flags)[3:])
    except SystemExit as leave:
        code = int(leave.code or 0)
    out, err = capsys.readouterr()
    answer = Answer(code, out, err)
    answer.refused(2)
    assert any(word in err for word in said.split("|")), err
    assert "user:pw" not in err
    assert not (tmp_path / "run").exists()


def test_a_target_that_is_never_reached_and_a_folder_that_is_not_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tui.cli.main import main

    assert main(Bench("http://127.0.0.1:9", tmp_path / "run").arguments("run", "--concurrency", "1")[3:]) == 3
    assert "can't be reached" in capsys.readouterr().err
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"x")
    assert main(Bench("http://127.0.0.1:9", tmp_path / "photos").arguments("run", "--concurrency", "1")[3:]) == 2
    assert "no run of nimdeck" in capsys.readouterr().err
    assert [entry.name for entry in (tmp_path / "photos").iterdir()] == ["one.jpg"]


def test_no_secret_is_written_or_said(tmp_path: Path) -> None:
    key, headers = tmp_path / "key", tmp_path / "headers"
    key.write_text(SECRET + "\n")
    headers.write_text(f"X-Team-Token: {SECRET}-too\n")
    flags = ("--api-key-file", str(key), "--header-file", str(headers), *FEW)
    with TruthServer(ttft_ms=5, itl_ms=1, api_key=SECRET, fault="status", fault_status=500, fault_every=19) as server:
        bench = Bench(server.url, tmp_path / "run")
        answer = bench.run(*flags)
    assert answer.items[0]["requests"] == 12, answer.err
    found = b"".join(path.read_bytes() for path in bench.folder.iterdir())
    found += b"".join(read_records(bench.folder))
    assert SECRET.encode() not in found + answer.out.encode() + answer.err.encode()


def test_a_server_that_repeats_the_key_does_not_make_us_say_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tui.cli.main import main

    class Parrot(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def do_POST(self) -> None:
            said = f'{{"error": {{"message": "Incorrect API key: {self.headers["Authorization"]}"}}}}'.encode()
            self.send_response(401)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *words: object) -> None: ...

    (tmp_path / "key").write_text(SECRET)
    with http.server.HTTPServer(("127.0.0.1", 0), Parrot) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(server.serve_forever)
        bench = Bench(f"http://127.0.0.1:{server.server_port}", tmp_path / "run")
        try:
            code = main(bench.arguments("run", "--concurrency", "1", "--api-key-file", str(tmp_path / "key"))[3:])
        finally:
            server.shutdown()
    out, err = capsys.readouterr()
    assert code == 2
    assert "Incorrect API key" in err
    assert SECRET not in out + err
