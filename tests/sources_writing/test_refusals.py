"""What the answers of real API servers mean, in the words they use."""

import json
from typing import Any

import pytest

from tui.model.ids import ObjectKey
from tui.model.manifest import Change
from tui.sources.kubernetes.errors import BadAnswer, error_of
from tui.sources.writing.errors import (
    Changed,
    Exists,
    Invalid,
    Missing,
    NoAnswer,
    NotAllowed,
    Rejected,
    WriteError,
)
from tui.sources.writing.refusals import write_error

CHANGE = Change("create", "pods", ObjectKey("spike", "b0"), "create Pod spike/b0", {})
OWN_WORDS = (
    'admission webhook "policy.example.com" denied the request: image nvcr.io/nim/x is not on the list; ' + "why " * 120
).strip()


def refused(code: int, reason: str, message: str, **details: Any) -> WriteError:
    body = {"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": code}
    raw = json.dumps({**body, "details": details}).encode()
    error = write_error(error_of(code, raw, "POST", "/api/v1/namespaces/spike/pods", "https://api"), CHANGE)
    assert str(error).startswith("create Pod spike/b0: ")
    assert "\n" not in str(error)
    return error


@pytest.mark.parametrize("code", [400, 403, 500])
def test_what_a_webhook_says_is_told_whole(code: int) -> None:
    error = refused(code, "Forbidden", OWN_WORDS)
    assert type(error) is Rejected
    assert OWN_WORDS in str(error)


@pytest.mark.parametrize(
    ("code", "reason", "message", "kind"),
    [
        (409, "AlreadyExists", 'pods "b0" already exists', Exists),
        (409, "Conflict", 'Operation cannot be fulfilled on pods "b0": the object has been modified', Changed),
        (403, "Forbidden", 'pods is forbidden: User "u" cannot create resource "pods" in API group ""', NotAllowed),
        (403, "Forbidden", 'pods "b0" is forbidden: exceeded quota: q, requested: pods=1', Rejected),
        (403, "Forbidden", 'pods "b0" is forbidden: violates PodSecurity "restricted:latest"', Rejected),
        (401, "Unauthorized", "Unauthorized", NotAllowed),
        (404, "NotFound", 'namespaces "spike" not found', Missing),
        (405, "MethodNotAllowed", "the server does not allow this method on the requested resource", Rejected),
        (415, "UnsupportedMediaType", "the body of the request was in an unknown format", Rejected),
        (429, "TooManyRequests", "too many requests", NoAnswer),
        (500, "InternalError", "etcdserver: request timed out", NoAnswer),
        (504, "Timeout", "request did not complete within requested timeout", NoAnswer),
    ],
)
def test_each_refusal_is_its_own_kind(code: int, reason: str, message: str, kind: type[WriteError]) -> None:
    assert type(refused(code, reason, message)) is kind


def test_a_failed_webhook_is_no_unknown_outcome() -> None:
    said = 'Internal error occurred: failed calling webhook "w": failed to call webhook: connection refused'
    assert type(refused(500, "InternalError", said)) is Rejected


def test_strict_decoding_names_all_fields() -> None:
    said = 'strict decoding error: unknown field "spec.dat", duplicate field "spec.x"'
    error = refused(400, "BadRequest", said)
    assert isinstance(error, Invalid)
    assert error.faults == (("spec.dat", "unknown field"), ("spec.x", "duplicate field"))


def test_a_wrong_type_of_a_built_in_kind_names_its_field() -> None:
    said = (
        'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field '
        "ServicePort.spec.ports.port of type int32"
    )
    error = refused(400, "BadRequest", said)
    assert isinstance(error, Invalid)
    assert error.faults == (("spec.ports.port", "string given, int32 wanted"),)


def test_an_overloaded_server_did_nothing_and_a_failing_one_may_have() -> None:
    busy, broken = refused(429, "TooManyRequests", "x"), refused(500, "InternalError", "x")
    assert isinstance(busy, NoAnswer)
    assert busy.is_done is False
    assert isinstance(broken, NoAnswer)
    assert broken.is_done is None


def test_a_page_of_a_proxy_is_no_answer() -> None:
    assert isinstance(write_error(BadAnswer("https://api answered with a web page"), CHANGE), NoAnswer)
