"""The probe against servers that behave in every way: the answers are theirs, the words are ours."""

import itertools

import httpx
import pytest

from config.secret import Secret
from tui.launch.probe import BadAddress, base_of, probe

ROLE = 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
WORD = 'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n'
THOUGHT = 'data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"},"finish_reason":null}]}\n\n'
LAST = 'data: {"choices":[{"index":0,"delta":{"content":" there."},"finish_reason":"stop"}]}\n\n'
USAGE = 'data: {"choices":[],"usage":{"completion_tokens":3}}\n\ndata: [DONE]\n\n'
MODELS = {"data": [{"id": "meta/llama-3.1-8b-instruct"}]}


class Clock:
    """A second later at each look."""

    def __init__(self) -> None:
        self._ticks = itertools.count()

    def __call__(self) -> float:
        return float(next(self._ticks))


class Nim:
    def __init__(self, chat=ROLE + WORD + LAST + USAGE, **answers) -> None:
        self.answers = {
            "/v1/health/ready": httpx.Response(200, json={"message": "ready"}),
            "/v1/models": httpx.Response(200, json=MODELS),
            "/v1/metadata": httpx.Response(200, json={"version": "1.8.4", "selectedModelProfileId": "abc"}),
            "/v1/chat/completions": httpx.Response(200, text=chat),
            **answers,
        }
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers[request.url.path]
        if isinstance(answer, Exception):
            raise answer
        return answer


def look(nim: Nim, url="http://nim.example:8000", **options):
    return probe(url, transport=httpx.MockTransport(nim), timer=Clock(), **options)


def step(report, name):
    return next(one for one in report.steps if one.name == name)


def test_a_nim_that_works_is_healthy_and_its_ttft_is_that_of_its_first_text():
    report = look(Nim())
    assert report.healthy
    assert [one.state for one in report.steps] == ["ok"] * 4
    assert report.model == "meta/llama-3.1-8b-instruct"
    assert (report.ttft_seconds, report.output_tokens, report.text) == (1.0, 3, "Hello there.")
    assert "1.8.4" in step(report, "metadata").detail


def test_reasoning_is_text_too():
    assert look(Nim(THOUGHT + LAST + USAGE)).ttft_seconds == 1.0


def test_the_role_alone_is_no_token():
    report = look(Nim(ROLE + 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'))
    assert report.ttft_seconds is None
    assert not report.healthy
    assert step(report, "chat").detail == "no text came"


def test_a_stream_that_is_cut_off_is_no_health():
    report = look(Nim(ROLE + WORD))
    assert not report.healthy
    assert "cut off" in step(report, "chat").detail


def test_an_error_within_the_stream_is_told():
    report = look(Nim(ROLE + WORD + 'data: {"error":{"message":"engine died"}}\n\n'))
    assert "engine died" in step(report, "chat").detail


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "asks for a key"), (404, "no such path"), (503, "not ready"), (500, "server itself"), (302, "elsewhere")],
)
def test_a_status_is_told_in_words(status, words):
    refused = httpx.Response(status, json={"error": {"message": "no, sorry"}})
    report = look(Nim(**{"/v1/chat/completions": refused}))
    assert step(report, "chat").status == status
    assert words in step(report, "chat").detail
    assert "no, sorry" in step(report, "chat").detail
    assert not report.healthy
    assert report.reached


def test_a_server_that_is_no_nim_may_lack_what_only_a_nim_has():
    missing = httpx.Response(404, text="<html>nope</html>")
    report = look(Nim(**{"/v1/health/ready": missing, "/v1/metadata": missing}))
    assert report.healthy
    assert "html" not in step(report, "metadata").detail


def test_a_nim_that_loads_is_not_healthy():
    loading = httpx.Response(503, json={"message": "loading"})
    report = look(Nim(**{"/v1/health/ready": loading}))
    assert not report.healthy


def test_nothing_that_answers_costs_one_question():
    nim = Nim(**{"/v1/health/ready": httpx.ConnectError("[Errno 111] Connection refused")})
    report = look(nim)
    assert not report.reached
    assert len(nim.asked) == 1
    assert "refused" in report.steps[0].detail


def test_no_model_means_no_chat():
    report = look(Nim(**{"/v1/models": httpx.Response(200, json={"data": []})}))
    assert step(report, "chat").state == "skipped"
    assert not report.healthy


def test_the_host_header_and_the_key_go_with_every_question():
    nim = Nim()
    report = look(nim, host="llama.team.example", api_key=Secret("nvapi-1"))
    assert {request.headers["Host"] for request in nim.asked} == {"llama.team.example"}
    assert {request.headers["Authorization"] for request in nim.asked} == {"Bearer nvapi-1"}
    assert "nvapi-1" not in repr(report)


def test_the_address_may_end_in_v1():
    assert base_of("http://nim:8000/v1/") == "http://nim:8000"
    report = look(Nim(), url="http://nim.example:8000/v1")
    assert report.healthy


@pytest.mark.parametrize("url", ["nim:8000", "ftp://nim", "http://", "http://user:word@nim", "http://nim:0"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(BadAddress):
        base_of(url)


def test_a_missing_ca_file_is_named(tmp_path):
    with pytest.raises(BadAddress, match="PEM"):
        probe("https://nim", ca_file=tmp_path / "none.pem")
