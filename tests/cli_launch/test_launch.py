"""``launch``: from a spec to a NIM that serves, and every way in which it does not come to that."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.e2e.process import ROOT
from tui.demo.kube.access import READ, Rule, new_user
from tui.launch import watching

GUIDE = {"apiVersion": "run.ai/v2alpha1", "kind": "InferenceWorkload"}


def test_a_client_s_dry_run_needs_no_cluster(plain, spec):
    answer = plain("launch", spec("llama"), "--dry-run=client", "-o", "yaml")
    assert (answer.code, answer.err) == (0, "")
    (found,) = yaml.safe_load_all(answer.out)
    assert GUIDE.items() <= found.items()
    assert (found["metadata"]["namespace"], found["spec"]["gpu"]) == ("runai-test", {"value": "0.5"})


def test_it_prints_the_same_as_a_document(plain, spec):
    answer = plain("launch", spec("llama"), "--dry-run=client", "-o", "json")
    document = json.loads(answer.out)
    assert document["schema"] == "nimdeck.launch/1"
    (item,) = document["items"]
    assert (item["dry_run"], item["outcome"], item["fits"]) == ("client", "planned", None)
    assert GUIDE.items() <= item["manifests"][0].items()


def test_a_file_of_several_specs_is_all_of_them(plain, tmp_path, spec):
    path = tmp_path / "pair.yaml"
    path.write_text("---\n".join(Path(spec(name)).read_text() for name in ("one", "two")))
    found = list(yaml.safe_load_all(plain("launch", str(path), "--dry-run=client").out))
    assert [one["metadata"]["name"] for one in found] == ["one", "two"]
    assert len(json.loads(plain("launch", str(path), "--dry-run=client", "-o", "json").out)["items"]) == 2


def test_a_flag_s_project_and_namespace_go_before_the_file_s(plain, spec):
    path = spec("llama")
    (found,) = yaml.safe_load_all(plain("launch", path, "--dry-run=client", "--project", "team-a").out)
    assert found["metadata"]["namespace"] == "runai-team-a"
    (found,) = yaml.safe_load_all(plain("launch", path, "--dry-run=client", "--namespace", "elsewhere").out)
    assert found["metadata"]["namespace"] == "elsewhere"


def test_a_fault_in_the_file_is_named_with_its_line(plain, spec):
    answer = plain("launch", spec("llama", more="gpus: 2\n"), "--dry-run=client")
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert "gpus (line 8)" in answer.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--wait", "ready", "--dry-run=server"), "leave --dry-run out"),
        (("--wait-seconds", "0"), "more than 0"),
        (("--yes", "--read-only"), "read-only"),
        ((), "--yes"),
    ],
)
def test_what_is_refused_before_a_cluster_is_asked(plain, spec, flags, words):
    answer = plain("launch", spec("llama"), *flags)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert words in answer.err


def test_from_a_spec_to_an_endpoint_that_answers_and_away_again(deck, spec, audit):
    path = spec("whole-way")
    answer = deck("launch", path, "--yes", "--wait", "ready", "--wait-seconds", "60", "-o", "json")
    assert answer.code == 0, answer.err
    (item,) = json.loads(answer.out)["items"]
    assert item["outcome"] == "ready"
    assert [step["state"] for step in item["steps"]] == ["done"] * 7
    assert item["steps"][2]["detail"].startswith("node00")
    assert item["endpoint"].startswith("http://")
    assert [line["dry_run"] for line in audit()] == [True, False]

    again = deck("launch", path, "--yes")
    assert (again.code, again.out) == (0, "nothing to change: all of runai-test/whole-way is there as the spec says\n")

    probe = deck("probe", "whole-way", "-o", "json")
    assert probe.code == 0, probe.out
    (found,) = json.loads(probe.out)["items"]
    assert found["healthy"] and found["ttft_seconds"] > 0
    assert [step["state"] for step in found["steps"]] == ["ok"] * 4

    scaled = deck("scale", "whole-way", "--min", "1", "--max", "3", "--yes")
    assert (scaled.code, scaled.err) == (0, "")
    assert "done" in scaled.out
    (found,) = json.loads(deck("scale", "whole-way", "--max", "3", "--yes", "-o", "json").out)["items"]
    assert found["changes"] == []

    assert deck("suspend", "whole-way", "--yes").code == 0
    assert "suspended already" in deck("suspend", "whole-way", "--yes").err
    assert "1-3" in deck("resume", "whole-way", "--yes").out

    exposed = deck("expose", "whole-way", "--yes")
    assert exposed.code == 0
    assert "http://" in exposed.out.splitlines()[-1]
    assert "by-passes Knative" in exposed.err

    gone = deck("delete", "whole-way", "--yes")
    assert (gone.code, gone.err) == (0, "")
    assert gone.out.splitlines() == [
        "deleted InferenceWorkload runai-test/whole-way",
        "deleted Service runai-test/whole-way-lb",
    ]
    assert deck("delete", "whole-way", "--yes").code == 2


def test_a_server_s_dry_run_changes_nothing(deck, spec):
    answer = deck("launch", spec("never"), "--dry-run=server")
    assert answer.code == 0
    assert "the server would do it" in answer.out
    assert deck("delete", "never", "--yes").code == 2


def test_what_blocks_it_ends_the_wait_with_its_cause(deck, spec, monkeypatch):
    monkeypatch.setattr(watching, "FINAL_SECONDS", 1.0)
    answer = deck("launch", spec("no-key", secret="typo"), "--yes", "--wait", "ready", "-o", "json")
    assert answer.code == 1
    (item,) = json.loads(answer.out)["items"]
    assert (item["outcome"], item["fits"]) == ("blocked", False)
    assert item["causes"][0]["code"] == "secret_missing"
    assert "it does not fit now" in answer.err
    assert "is blocked" in answer.err
    assert deck("delete", "no-key", "--yes").code == 0


def test_the_time_over_is_no_and_the_launch_goes_on(deck, spec):
    path = spec("too-wide")
    Path(path).write_text(
        Path(path).read_text().replace("gpu: 0.5", "gpu: 4").replace("min: 1, max: 2", "min: 4, max: 4")
    )
    answer = deck("launch", path, "--yes", "--wait", "scheduled", "--wait-seconds", "2")
    assert answer.code == 1
    assert "goes on" in answer.err
    assert deck("delete", "too-wide", "--yes").code == 0


def test_ctrl_c_while_waiting_says_that_the_launch_goes_on(lab, spec, home, deck):
    flags = ["--kubeconfig", lab["kubeconfig"], "--prometheus", lab["prometheus"]]
    path = spec("left-alone", secret="typo")
    command = [sys.executable, "-P", "-m", "tui.cli", "launch", path, "--yes", "--wait", "ready", *flags]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if b"blocked" in line:
                break
        process.send_signal(signal.SIGINT)
        error = process.stderr.read().decode()
        assert process.wait(10) == 130
    assert "the launch of runai-test/left-alone goes on" in error
    assert "Traceback" not in error
    assert deck("delete", "left-alone", "--yes").code == 0


def test_what_another_made_is_not_changed_unless_it_is_said(deck, spec, lab):
    answer = deck("launch", spec("llama-31-8b"), "--yes")
    assert answer.code == 2
    assert "--overwrite" in answer.err
    assert "not made by nimdeck" in answer.err


def test_a_project_that_is_not_there_is_named(deck, spec):
    answer = deck("launch", spec("llama"), "--project", "tset", "--yes")
    assert answer.code == 2
    assert "tset" in answer.err


def test_a_no_at_the_terminal_changes_nothing_and_shows_what_would_be(deck, spec, typed, audit):
    typed("n")
    answer = deck("launch", spec("asked"))
    assert answer.code == 1
    assert "+ create InferenceWorkload runai-test/asked" in answer.err
    assert "image:" in answer.err
    assert answer.err.endswith("nothing was changed\n")
    assert all(line["dry_run"] for line in audit())


def test_a_yes_at_the_terminal_does_it(deck, spec, typed):
    typed("y")
    assert "created InferenceWorkload runai-test/asked" in deck("launch", spec("asked")).out
    typed("other")
    assert deck("delete", "asked").code == 1
    typed("asked")
    assert deck("delete", "asked").code == 0


USERS = {
    "admin": new_user("admin", [Rule(("*",))]),
    "reader": new_user("reader", [Rule(READ)]),
}


def test_a_missing_right_is_named(plain, spec, make_cluster, monkeypatch):
    monkeypatch.setenv("NIMDECK_PROMETHEUS_ENABLED", "false")
    cluster = make_cluster(users=USERS)
    answer = plain("launch", spec("llama"), "--yes", "--kubeconfig", cluster.kubeconfig("reader"))
    assert answer.code == 3
    assert "create" in answer.err and "inferenceworkloads" in answer.err


def test_a_server_that_does_not_answer_is_three(plain, spec, tmp_path):
    started = time.monotonic()
    answer = plain("launch", spec("llama"), "--yes", "--kubeconfig", str(tmp_path / "none"), "--timeout", "3")
    assert answer.code in (2, 3)
    assert answer.err.count("\n") == 1
    assert time.monotonic() - started < 20
