"""``preflight --apply``: shown, tried, confirmed, set through the one writer, and looked at again."""

import json
from pathlib import Path

import pytest

from tests.diagnose.installations import with_setting
from tui.session import Session
from tui.sources.kubernetes import KubeClient

PATH = "/api/v1/namespaces/knative-serving/configmaps/config-deployment"
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def deadline(lab: dict, monkeypatch: pytest.MonkeyPatch):
    """The setting as the API server has it, and too short to begin with; what is read of it follows."""
    client = KubeClient(Path(lab["kubeconfig"]), None)

    def now() -> str:
        return client.get_json(PATH)["data"]["progress-deadline"]

    def put(value: str) -> None:
        client.request("PATCH", PATH, {}, json.dumps({"data": {"progress-deadline": value}}).encode(), headers=PATCH)

    monkeypatch.setattr(
        Session,
        "installation",
        lambda self, project: with_setting("config-deployment", "progress-deadline", now()),
        raising=False,
    )
    put("600s")
    yield now
    put("1800s")


def state(answer) -> str:
    items = {item["check"]: item for item in json.loads(answer.out)["items"]}
    return items["knative.progress_deadline"]["state"]


def test_it_is_set_and_looked_at_again(deck, deadline, audit):
    answer = deck("preflight", "--apply", "--yes", "-o", "json")
    assert state(answer) == "pass"
    assert deadline() == "1800s"
    assert "+  progress-deadline: 1800s" in answer.err
    assert [(line["verb"], line["result"]) for line in audit() if not line["dry_run"]] == [("patch", "ok")]


def test_no_is_no(deck, deadline, typed):
    typed("n")
    answer = deck("preflight", "--apply")
    assert (answer.code, deadline()) == (1, "600s")
    assert "nothing was changed" in answer.err


def test_without_anything_to_set_nothing_is_asked(deck, deadline, audit):
    deck("preflight", "--apply", "--yes")
    before = len(audit())
    answer = deck("preflight", "--apply", "--yes")
    assert "nothing that nimdeck can set itself" in answer.err
    assert len(audit()) == before
