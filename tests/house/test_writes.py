"""One gate to the outside: who else than the writer sends what is no GET is named here, with the reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.fresh import ROOT

ROOMS_OF_OTHERS = ("demo", "bench")  # the embedded servers, and the load on a NIM
READS = {"GET", "HEAD"}
MAY = {
    "sources/kubernetes/ondemand.py": "self-subject reviews",
    "sources/kubernetes/scope.py": "self-subject reviews",
    "sources/kubernetes/client.py": "carries what it is told to",
    "sources/kubernetes/transport.py": "carries what it is told to",
    "sources/prometheus/transport.py": "long queries",
    "sources/runai/http.py": "carries what it is told to",
    "sources/runai/token.py": "the log-in",
    "sources/runai/control_plane.py": "carries what the writer tells it to",
    "launch/probe.py": "one chat with a NIM, which changes nothing",
    "sources/writing/kube.py": "the writer",
    "sources/writing/control_plane.py": "the writer",
}


def senders(tree: ast.AST) -> Iterator[int]:
    """Lines that send a request which is no plain read: ``x.request("POST", ...)``, ``x.send(method, path)``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        name, first = node.func.attr, node.args[0]
        text = first.value if isinstance(first, ast.Constant) else None
        if name == "post" and ast.unparse(first).lower().endswith(("url", "path", "'")):
            yield node.lineno
        if name not in ("request", "send", "stream", "open"):
            continue
        is_write = isinstance(text, str) and text.isupper() and text not in READS
        if is_write or (isinstance(first, ast.Name | ast.Attribute) and "method" in ast.unparse(first)):
            yield node.lineno


def outside() -> Iterator[Path]:
    for path in sorted((ROOT / "tui").rglob("*.py")):
        if path.relative_to(ROOT / "tui").parts[0] not in ROOMS_OF_OTHERS:
            yield path


def test_nothing_but_the_writer_changes_anything() -> None:
    found = {
        str(path.relative_to(ROOT / "tui")): lines
        for path in outside()
        if (lines := list(senders(ast.parse(path.read_text()))))
    }
    assert {name: lines for name, lines in found.items() if name not in MAY} == {}
    assert "sources/writing/kube.py" in found


@pytest.mark.parametrize(
    "line",
    ['client.request("PATCH", path)', "http.send(method, path)", "session.post(url)", 'pool.request("DELETE", x)'],
)
def test_the_search_finds_each_way_to_send(line: str) -> None:
    assert list(senders(ast.parse(line))) == [1]


def test_who_calls_the_control_plane_is_the_writer() -> None:
    """``ControlPlane.send`` and the session's client are within reach of every room; only one may use them to write."""
    callers = [
        str(path.relative_to(ROOT / "tui"))
        for path in outside()
        if any(text in path.read_text() for text in ("control_plane.send(", "runai.send("))
    ]
    assert callers == ["sources/writing/control_plane.py"]
