"""``nimdeck preflight``: its table, its document, its exit codes, and the commands that it prints and does not run."""

import json
import subprocess

import pytest

from tests.cli.cluster import FakeSession
from tests.diagnose.installations import healthy, picture, with_deployments, with_setting
from tui.diagnose.preflight import RULES
from tui.model.installation import Deployed, Installation


@pytest.fixture
def found(session, monkeypatch: pytest.MonkeyPatch):
    """Sets what is read of the installation."""

    def put(facts: Installation | None) -> None:
        session.shown = picture()
        monkeypatch.setattr(FakeSession, "installation", lambda self, project: facts, raising=False)

    put(healthy())
    return put


def test_all_well(nimdeck, found):
    answer = nimdeck("preflight", "--project", "test")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "Kubernetes"
    assert lines[-1] == f"{len(RULES)} pass, 0 warn, 0 fail, 0 unknown"
    assert lines[1].split()[:3] == ["✓", "pass", "The"]
    assert [line for line in lines if line and line[0].isalpha()] == list(dict.fromkeys(r.section for r in RULES))


def test_a_failure_is_told_with_its_remedy_and_exit_code(nimdeck, found):
    found(with_setting("config-deployment", "progress-deadline", "600s"))
    answer = nimdeck("preflight")
    assert answer.code == 1
    lines = answer.out.splitlines()
    at = next(number for number, line in enumerate(lines) if "✗" in line)
    assert "fail" in lines[at]
    assert "600 s" in lines[at]
    assert lines[at + 1].startswith("   -> Set progress-deadline to 1800s")
    assert lines[-1].endswith(" 1 fail, 0 unknown")


def test_what_is_wrong_is_told_whole_on_a_narrow_terminal(nimdeck, found, monkeypatch):
    found(with_setting("config-features", "kubernetes.podspec-schedulername", "on"))
    monkeypatch.setenv("COLUMNS", "60")
    answer = nimdeck("preflight")
    assert all(len(line) <= 60 for line in answer.out.splitlines())
    text = " ".join(answer.out.split())
    assert "kubernetes.podspec-schedulername is 'on', which Knative does not know: it stays disabled" in text


def test_warnings_and_what_is_unknown_do_not_fail(nimdeck, found):
    found(with_setting("config-domain", "runai-inference.era.example.com", None))
    assert nimdeck("preflight").code == 0
    found(None)
    answer = nimdeck("preflight", "-o", "json")
    assert answer.code == 0
    items = {item["check"]: item for item in json.loads(answer.out)["items"]}
    assert items["knative.hpa"]["state"] == "unknown"


def test_the_document(nimdeck, found):
    found(with_deployments("knative-serving", *(Deployed(name, 1, 1) for name in ("activator",))))
    document = json.loads(nimdeck("preflight", "-o", "json").out)
    assert document["schema"] == "nimdeck.preflight/1"
    assert [item["check"] for item in document["items"]] == [rule.id for rule in RULES]
    (hpa,) = [item for item in document["items"] if item["check"] == "knative.hpa"]
    assert (hpa["state"], hpa["section"]) == ("fail", "Knative")
    assert hpa["guide"] == "Configure HPA for Autoscaling by Knative"
    assert hpa["commands"][0].endswith("/serving-hpa.yaml")
    csv = nimdeck("preflight", "-o", "csv").out.splitlines()
    assert csv[0].startswith("check,state,evidence,remedy,section,title")
    assert len(csv) == len(RULES) + 1


def test_fix_prints_a_script_and_nothing_of_what_a_cluster_says_becomes_a_command(nimdeck, found):
    bad = Deployed("gpu-operator\nrm -rf x", 1, 0)
    found(with_deployments("gpu-operator", bad))
    answer = nimdeck("preflight", "--fix")
    assert answer.code == 1
    lines = answer.out.splitlines()
    assert lines[0] == "# fail gpus.operators_running: The operators' Deployments run"
    assert all(line.startswith(("#", "kubectl ", "helm ", "openssl ")) or not line for line in lines)
    assert subprocess.run(["bash", "-n"], input=answer.out, text=True, check=False).returncode == 0


def test_fix_names_what_nimdeck_can_set_itself(nimdeck, found):
    found(with_setting("config-autoscaler", "enable-scale-to-zero", "false"))
    lines = nimdeck("preflight", "--fix").out.splitlines()
    assert "#   or: nimdeck preflight --apply" in lines
    assert lines[-1].startswith("kubectl patch configmap/config-autoscaler --namespace knative-serving --type merge")


def test_fix_names_the_form_that_mends_it(nimdeck, found):
    found(healthy(secrets={**healthy().secrets, "runai-test": ()}))
    lines = nimdeck("preflight", "--fix").out.splitlines()
    assert lines.count("#   or in nimdeck: Secrets ngc") == 1
    assert lines.count("#   or in nimdeck: Secrets registry") == 1


def test_nothing_to_mend(nimdeck, found):
    assert nimdeck("preflight", "--fix").out == "# nothing to mend\n"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--fix", "-o", "json"), "--fix prints commands"),
        (("--fix", "--apply"), "not allowed with"),
        (("--yes",), "--apply"),
        (("--apply",), "--yes"),
        (("--apply", "--yes", "--read-only"), "read-only"),
    ],
)
def test_what_does_not_go_together(nimdeck, found, flags, words):
    answer = nimdeck("preflight", *flags)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert words in answer.err
