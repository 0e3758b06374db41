"""Writes to Run:ai's control plane: its token, its answers, and that no dry run reaches it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.secret import Secret
from config.settings import RunaiSettings
from tests.sources_runai.loopback import Asked, Loopback, Reply
from tui.model.clock import SystemClock
from tui.model.ids import ObjectKey
from tui.model.manifest import Change
from tui.sources.runai.control_plane import ControlPlane
from tui.sources.writing import (
    Audit,
    Changed,
    Exists,
    Invalid,
    Missing,
    NoAnswer,
    NotAllowed,
    Rejected,
    WriteError,
    Writer,
    read_audit,
)

TOKEN = Reply(200, b'{"access_token": "t1", "expires_in": 3600}')
KEY = "nvapi-6f1d2c3b4a5e"


class Plane:
    """``answers`` are given in turn to what is not the log-in; the last stays."""

    def __init__(self, folder: Path) -> None:
        self.answers = [Reply(202, b"{}")]
        self.token = TOKEN
        self.server = Loopback(self._behave)
        self.audit_file = folder / "audit.jsonl"
        settings = RunaiSettings(url=self.server.url, client_id="app", client_secret=Secret("s3cret"))
        self.client = ControlPlane(settings, SystemClock())
        self.writer = Writer(None, self.client, Audit(self.audit_file), False, "lab")

    def _behave(self, asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return self.token
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def asked(self) -> list[Asked]:
        return [asked for asked in self.server.asked if not asked.path.endswith("/token")]

    def write(self, method: str = "POST", body: Any = None, dry_run: bool = False) -> Any:
        change = Change("request", f"{method} /api/v1/asset/credentials", ObjectKey("", "ngc"), "make credential", body)
        return self.writer.write(change, dry_run)

    def failure(self, reply: Reply, method: str = "POST") -> WriteError:
        self.answers = [reply]
        with pytest.raises(WriteError) as caught:
            self.write(method, {"spec": {"ngc_api_key": Secret(KEY)}})
        assert KEY not in str(caught.value) + self.audit_file.read_text()
        return caught.value


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[Plane]:
    made = Plane(tmp_path)
    with made.server:
        yield made
        made.client.close()


def test_a_request_goes_out_with_its_token_and_secret(plane: Plane) -> None:
    plane.answers = [Reply(202, b'{"meta": {"id": "1"}}')]
    assert plane.write(body={"spec": {"ngc_api_key": Secret(KEY)}}) == {"meta": {"id": "1"}}
    (asked,) = plane.asked
    assert (asked.method, asked.path, asked.headers["Authorization"]) == (
        "POST", "/api/v1/asset/credentials", "Bearer t1",
    )  # fmt: skip
    assert asked.body == b'{"spec":{"ngc_api_key":"%s"}}' % KEY.encode()
    assert asked.headers["Content-Type"] == "application/json"
    (line,) = read_audit(plane.audit_file)
    assert (line.verb, line.object, line.result) == ("request", "POST /api/v1/asset/credentials", "ok")


def test_a_token_that_ended_is_fetched_anew(plane: Plane) -> None:
    plane.answers = [Reply(401, b"{}"), Reply(202, b"")]
    assert plane.write() == {}
    assert len(plane.asked) == 2


def test_an_array_is_wrapped_and_a_dry_run_is_not_sent(plane: Plane) -> None:
    plane.answers = [Reply(200, b"[1]")]
    assert plane.write() == {"items": [1]}
    assert plane.write(dry_run=True) == {}
    assert len(plane.asked) == 1


def test_what_lies_under_items_alone_goes_as_an_array(plane: Plane) -> None:
    plane.write("PATCH", {"items": [{"gpu": {"deserved": 4}}]})
    plane.write("PATCH", {"items": [], "other": 1})
    assert [asked.body for asked in plane.asked] == [b'[{"gpu":{"deserved":4}}]', b'{"items":[],"other":1}']


@pytest.mark.parametrize(
    ("status", "method", "kind"),
    [
        (400, "POST", Invalid),
        (403, "POST", NotAllowed),
        (404, "POST", Missing),
        (409, "POST", Exists),
        (503, "POST", NoAnswer),
        (429, "POST", NoAnswer),
        (418, "POST", Rejected),
        (409, "PATCH", Changed),
    ],
)
def test_each_refusal_is_its_own_kind(plane: Plane, status: int, method: str, kind: type[WriteError]) -> None:
    said = b'{"code": 1, "message": "nvapi-6f1d2c3b4a5e is no good", "details": "see"}'
    error = plane.failure(Reply(status, said), method)
    assert type(error) is kind
    assert "*** is no good - see" in str(error)


def test_a_policy_names_the_fields_that_it_forbids(plane: Plane) -> None:
    said = b'{"code": 400, "message": "no", "complianceIssues": [{"field": "compute.gpu", "details": "at least 3"}]}'
    error = plane.failure(Reply(400, said))
    assert isinstance(error, Invalid)
    assert error.faults == (("compute.gpu", "at least 3"),)


def test_without_a_token_nothing_was_sent(plane: Plane) -> None:
    plane.token = Reply(503, b"{}")
    error = plane.failure(Reply(202, b"{}"))
    assert isinstance(error, NoAnswer)
    assert error.is_done is False
    assert plane.asked == []
    plane.token = Reply(401, b"{}")
    assert isinstance(plane.failure(Reply(202, b"{}")), NotAllowed)


def test_a_page_instead_of_an_answer_leaves_it_open(plane: Plane) -> None:
    error = plane.failure(Reply(200, b"<html>", {"Content-Type": "text/html"}))
    assert isinstance(error, NoAnswer)
    assert error.is_done is None
