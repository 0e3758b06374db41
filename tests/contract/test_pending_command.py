"""``nimdeck pending`` over HTTP, from discovery to the document: what the recorded cases mean reaches the reader."""

import json
from pathlib import Path

import pytest

from tests.contract.case_api import case_api
from tests.contract.pending_case import Case, cases
from tests.sources_kubernetes.fault_api import write_kubeconfig
from tui.cli.main import main

SERVED = (
    "over_quota_non_preemptible_runai",
    "pvc_missing",
    "ngc_key_refused_1x",
    "knative_progress_deadline_initial_scale",
    "admission_refused_resource_quota",
    "over_quota_queues_hidden",
    "healthy_old_events",
    "healthy_scaled_to_zero",
)
BY_NAME = {case.name: case for case in cases()}


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("KUBECONFIG", "NIMDECK_CONFIG", "NIMDECK_PROFILE", "KUBERNETES_SERVICE_HOST", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NIMDECK_PROMETHEUS_ENABLED", "false")


@pytest.mark.parametrize("case", [BY_NAME[name] for name in SERVED], ids=SERVED)
def test_the_command_names_the_cause(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with case_api(case) as api:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url)
        code = main(["pending", "-o", "json", "--kubeconfig", str(kubeconfig), "--timeout", "10"])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["schema"] == "nimdeck.pending/1"
    assert document["sources"]["kubernetes/pods"]["state"] == "live"
    said = {
        f"{item['namespace']}/{item['pod'] or item['workload']}": [cause["code"] for cause in item["causes"]]
        for item in document["items"]
    }
    if case.expect.get("none"):
        assert said == {}
        return
    codes = said[case.expect["of"]]
    assert codes[0] in case.expect["first"]
    assert set(case.expect["also"]) <= set(codes)
    assert not set(case.expect["not"]) & set(codes)
