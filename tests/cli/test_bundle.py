"""``bundle``: all that support needs in one file, and no credential anywhere in it."""

import base64
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.cli.cluster import EVENT, LIVE, LLAMA, NOW, FakeSession, snapshot, status
from tui.cli import bundle
from tui.diagnose.causes import cause
from tui.model.cause import Evidence
from tui.model.condition import Condition
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.pending import PendingItem
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.snapshot import ClusterInfo
from tui.model.status import SourceState
from tui.present.bundle import EVENTS
from tui.sources.kubernetes import Forbidden, Unreachable

POD = ObjectKey("runai-test", "llama-3")
PLANTED = {
    "env": "hunter2-Env-Literal",
    "env_json": "hunter3-Env-InsideJson",
    "flag": "hunter4-Flag-Value",
    "url": "hunter5-Url-Password",
    "ngc": "nvapi-Hunter6Hunter6Hunter6_x",
    "bearer": "Hunter7.Hunter7.Hunter7-abcdef",
    "annotation": "hunter8-Annotation-Token",
    "last_applied": "hunter9-LastApplied",
    "event": "hunter10-Event-Password",
    "log_named": "hunter11-Log-Named",
    "pem": "MIIhunter12" + "A" * 53,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.hunter13Signature",
    "aws": "AKIAHUNTER14HUNTER14",
    "fact": "hunter15-Fact-Secret",
    "source": "hunter16-Source-Detail",
    "cause": "hunter17-Cause-Evidence",
    "audit": "hunter18-Audit-Detail",
    "status": "hunter19-Status-Message",
    "short": "h20-Known-Only",
    "own_token": "hunter21-Nimdecks-Token",
    "own_file": "hunter22-Nimdecks-File",
}
P = PLANTED
LAST_APPLIED = {"spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": P["last_applied"]}]}]}}
BODY = {
    "kind": "Pod",
    "metadata": {
        "name": "llama-3",
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps(LAST_APPLIED),
            "example.com/token": P["annotation"],
        },
    },
    "spec": {
        "containers": [
            {
                "name": "main",
                "args": ["--password", P["flag"], "--port", "8000"],
                "env": [
                    {"name": "DB_PASSWORD", "value": P["env"]},
                    {"name": "HF_TOKEN", "value": P["short"]},
                    {"name": "CONFIG", "value": json.dumps({"auth": {"clientSecret": P["env_json"]}})},
                    {"name": "DATABASE", "value": f"postgres://me:{P['url']}@db:5432/x"},
                    {"name": "SETTING", "value": P["ngc"]},
                    {"name": "NGC_API_KEY", "valueFrom": {"secretKeyRef": {"name": "ngc", "key": "NGC_API_KEY"}}},
                ],
            }
        ]
    },
    "status": {"message": f"refused: password={P['status']}", "phase": "Pending"},
}
LOG = [
    "INFO starting on port 8000",
    f"DEBUG Authorization: Bearer {P['bearer']}",
    f"WARN api_key={P['log_named']} retry",
    "-----BEGIN RSA PRIVATE KEY-----",
    P["pem"],
    "-----END RSA PRIVATE KEY-----",
    f"INFO {P['jwt']} and {P['aws']}",
    f"INFO trying {P['short']} and {base64.b64encode(P['env'].encode()).decode()} without saying what they are",
    f"INFO nimdeck asked with {P['own_token']} and {P['own_file']}",
    "ERROR CUDA out of memory",
]


class Log(list[str]):
    closed = 0

    def close(self) -> None:
        Log.closed += 1


class Kubernetes:
    """Logs of one container; what is to go wrong first goes wrong."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked: list[tuple[ObjectKey, str | None, bool]] = []

    def logs(self, key: ObjectKey, container: str | None = None, tail_lines: int = 0, previous: bool = False) -> Log:
        self.asked.append((key, container, previous))
        if self.errors:
            raise self.errors.pop(0)
        return Log(LOG)


CRASHES = Container(
    "main", "nim", restarts=4, phase=ContainerPhase.WAITING, reason="CrashLoopBackOff", last_exit_code=1
)
POD_VALUE = Pod(
    POD,
    "u",
    "1",
    "Running",
    "node001",
    None,
    GpuRequest(),
    containers=(CRASHES,),
    claims=("nim-cache",),
    pod_group="pg-llama",
    knative_revision="llama-00001",
    conditions=(Condition("Ready", "False"),),
)


@pytest.fixture
def planted(session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[FakeSession]]:
    """A cluster in which every place that can hold a credential holds one."""
    waits = PendingItem(POD, "runai-test", LLAMA, "test", NOW - 600, "Running: CrashLoopBackOff",
                        (cause("container_crash", evidence=(Evidence("pod/x", f"token={P['cause']}"),)),))  # fmt: skip
    monkeypatch.setattr("tui.diagnose.pending.pending_items", lambda _, around=None: (waits,))
    audit = tmp_path / "audit.jsonl"
    entry = {"at": "2025-10-09T08:00:00Z", "who": "grace", "host": "h", "context": "c", "verb": "create", "object": "x",
             "dry_run": False, "result": "failed", "detail": f"password: {P['audit']}"}  # fmt: skip
    audit.write_text(json.dumps(entry) + "\n")
    (tmp_path / "token").write_text(P["own_file"] + "\n")
    monkeypatch.setenv("NIMDECK_AUDIT_FILE", str(audit))
    monkeypatch.setenv("NIMDECK_PROMETHEUS_TOKEN", P["own_token"])
    monkeypatch.setenv("NIMDECK_RUNAI_CLIENT_SECRET_FILE", str(tmp_path / "token"))
    session.shown = snapshot(
        cluster=ClusterInfo("era", facts=(("address", f"https://me:{P['fact']}@prom"),)),
        pods={POD: POD_VALUE},
        events=(replace(EVENT, message=f'login failed: "password": "{P["event"]}"'),),
        sources={**LIVE, "runai": status("runai", SourceState.DENIED, f"client_secret={P['source']} refused")},
    )
    session.objects = {("pods", POD): BODY, ("persistentvolumeclaims", ObjectKey("runai-test", "nim-cache")): {"a": 1}}
    session.kubernetes = Kubernetes()
    yield session
    session.objects, session.kubernetes = {}, None


def unpacked(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        assert all(member.isfile() and member.mode == 0o600 for member in members)
        return {
            member.name.removeprefix("nimdeck-bundle/"): archive.extractfile(member).read().decode()  # type: ignore[union-attr]
            for member in members
        }


def test_no_credential_is_in_any_byte_of_it(nimdeck, planted, tmp_path: Path) -> None:
    path = tmp_path / "support.tar.gz"
    answer = nimdeck("bundle", str(path))
    assert answer.code == 0, answer.err
    files = unpacked(path)
    whole = "\n".join([*files, *files.values()])
    for name, secret in PLANTED.items():
        assert secret not in whole, name
        assert base64.b64encode(secret.encode()).decode() not in whole, name


def test_what_support_needs_is_in_it_and_readable(nimdeck, planted, tmp_path: Path) -> None:
    path = tmp_path / "support.tar.gz"
    answer = nimdeck("bundle", str(path))
    files = unpacked(path)
    assert next(iter(files)) == "README.txt"
    for kind in ("nodes", "workloads", "projects", "pending", "events"):
        assert json.loads(files[f"documents/{kind}.json"])["schema"] == f"nimdeck.{kind}/1"
    assert json.loads(files["documents/pending.json"])["items"][0]["pod"] == "llama-3"
    pod = yaml.safe_load(files["objects/pods/runai-test_llama-3.yaml"])
    env = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
    assert env == {"DB_PASSWORD": "***", "HF_TOKEN": "***", "CONFIG": '{"auth":{"clientSecret":"***"}}',
                   "DATABASE": "postgres://***@db:5432/x", "SETTING": "***", "NGC_API_KEY": None}  # fmt: skip
    assert pod["spec"]["containers"][0]["args"] == ["--password", "***", "--port", "8000"]
    assert "objects/persistentvolumeclaims/runai-test_nim-cache.yaml" in files
    log = files["logs/runai-test_llama-3_main.previous.log"]
    assert log.startswith("INFO starting on port 8000\n") and log.endswith("ERROR CUDA out of memory\n")
    assert planted.kubernetes.asked == [(POD, "main", True)]
    settings = json.loads(files["nimdeck.json"])["settings"]
    assert (settings["prometheus.token"], settings["timeout_seconds"]) == ("***", 20.0)
    assert json.loads(files["diagnostics.json"])["sources"]["runai"]["state"] == "denied"
    assert json.loads(files["audit.jsonl"])["who"] == "grace"
    readme = files["README.txt"]
    assert "objects/ (2)" in readme and "logs/ (1)" in readme
    assert "runai: denied" in readme
    assert "documents/preflight.json: the Kubernetes API is not connected" in readme
    assert answer.out == ""
    assert "nimdeck: reading 5 objects of what waits" in answer.err
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_denied_is_told_and_the_rest_goes_on(nimdeck, planted, monkeypatch, tmp_path: Path) -> None:
    def denied(self: FakeSession, resource: str, key: ObjectKey) -> None:
        if resource == "pods":
            raise Forbidden(f"get pods in {key.namespace} is denied: ask for this right", "get pods")

    monkeypatch.setattr(FakeSession, "object", denied)
    planted.kubernetes = Kubernetes(*(Unreachable("no answer") for _ in range(9)))
    many = tuple(Container(f"c{number}", "x", restarts=1, last_exit_code=1) for number in range(9))
    planted.shown = replace(planted.shown, pods={POD: replace(POD_VALUE, containers=many)})
    path = tmp_path / "support.tar.gz"
    assert nimdeck("bundle", str(path)).code == 0
    readme = unpacked(path)["README.txt"]
    assert "pods in runai-test, from runai-test/llama-3 on: get pods in runai-test is denied" in readme
    assert readme.count("no answer") == 3  # then it is not asked any more
    assert len(planted.kubernetes.asked) == 3


def test_nothing_readable_makes_a_bundle_that_says_so_and_3(nimdeck, planted, tmp_path: Path) -> None:
    planted.shown = snapshot(sources={"kubernetes": status("kubernetes", SourceState.FAILED, "connection refused")})
    path = tmp_path / "support.tar.gz"
    answer = nimdeck("bundle", str(path))
    assert answer.code == 3
    assert "nothing could be read" in answer.err
    assert "kubernetes: failed: connection refused" in unpacked(path)["README.txt"]


def test_only_the_newest_events(nimdeck, planted, tmp_path: Path) -> None:
    planted.shown = snapshot(events=tuple(replace(EVENT, reason=f"r{number}") for number in range(EVENTS + 5)))
    nimdeck("bundle", str(tmp_path / "b"))
    files = unpacked(tmp_path / "b")
    items = json.loads(files["documents/events.json"])["items"]
    assert (len(items), items[0]["reason"]) == (EVENTS, "r0")
    assert f"the newest {EVENTS} of {EVENTS + 5} events" in files["README.txt"]


def test_a_file_that_exists_is_kept_unless_told_otherwise(nimdeck, planted, tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_text("mine")
    answer = nimdeck("bundle", str(path))
    assert (answer.code, path.read_text()) == (2, "mine")
    assert "exists; name a new file, or add --overwrite" in answer.err
    assert not planted.made
    assert nimdeck("bundle", str(path), "--overwrite").code == 0
    assert unpacked(path)
    for wrong, said in ((tmp_path, "is a folder"), (tmp_path / "no" / "such", "is no folder")):
        answer = nimdeck("bundle", str(wrong))
        assert (answer.code, said in answer.err, answer.err.count("\n")) == (2, True, 1)


def test_a_file_that_came_meanwhile_is_not_replaced_and_a_failure_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "b"
    path.write_text("came meanwhile")
    with pytest.raises(bundle.ExitError, match="exists"):
        bundle.write_archive(path, (), NOW, overwrite=False)
    assert path.read_text() == "came meanwhile"

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(bundle.os, "fsync", full)
    with pytest.raises(bundle.ExitError, match="can't be written: No space left on device"):
        bundle.write_archive(path, (), NOW, overwrite=True)
    assert [one.name for one in tmp_path.iterdir()] == ["b"]


def test_names_of_a_cluster_are_no_paths() -> None:
    from tui.launch.scrub import Scrubber
    from tui.present.bundle import log_part, object_part

    part = object_part("pods", ObjectKey("../../etc", "/passwd\n"), {"a": 1}, Scrubber())
    assert part.name == "objects/pods/etc_passwd-.yaml"
    assert log_part(ObjectKey("n", ".."), "c", True, (), Scrubber()).name == "logs/n_unnamed_c.previous.log"
