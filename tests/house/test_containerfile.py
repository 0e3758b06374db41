"""The load image: what its recipe says, and its steps carried out in a folder, where no engine is at hand."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import LoadSettings
from tests.house.fresh import ROOT
from tui.model.ids import ObjectKey
from tui.plans.job_manifest import COMMAND, job_change

PING = b'{"schema":"nimdeck.worker/1","kind":"ping","id":3}\n'


def steps() -> list[tuple[str, str]]:
    """Instruction and arguments, in order."""
    lines = (ROOT / "Containerfile").read_text().splitlines()
    return [(word, rest) for line in lines if line and line[0] != "#" for word, _, rest in [line.partition(" ")]]


def only(instruction: str) -> str:
    (found,) = [rest for word, rest in steps() if word == instruction]
    return found


def test_the_base_is_an_argument_and_names_no_registry() -> None:
    assert {rest.partition(" ")[0] for word, rest in steps() if word == "FROM"} == {"${BASE}"}
    assert only("ARG") == "BASE"
    assert "://" not in (ROOT / "Containerfile").read_text()


def test_what_the_image_runs_is_what_the_job_asks_for() -> None:
    assert tuple(json.loads(only("ENTRYPOINT"))) == COMMAND
    job = job_change(LoadSettings(image="x"), ObjectKey("n", "j"), 1).body
    pod = json.loads(json.dumps(job))["spec"]["template"]["spec"]
    user, group = only("USER").split(":")
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == (int(user), int(group))


def test_the_context_holds_all_that_is_copied() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {rest.split()[0] for word, rest in steps() if word == "COPY" and not rest.startswith("--from")}
    assert copied == kept


@pytest.mark.install
def test_its_steps_give_a_worker_that_answers(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the build back end is not installed")
    context, root = tmp_path / "context", tmp_path / "root"
    shutil.copytree(ROOT / "requirements", context / "requirements")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", context / "dist", ROOT]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name == "HOME"}
    for word, rest in steps():
        rest = rest.replace("/opt/", f"{root}/opt/").replace("/install/", f"{root}/install/")
        if word == "COPY" and not rest.startswith("--from"):
            source, target = rest.split()
            Path(target).mkdir(parents=True, exist_ok=True)
            for path in context.glob(source):
                shutil.copy(path, target)
        elif word == "RUN":
            done = subprocess.run(rest, shell=True, env=environment, capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, f"{rest}: {done.stdout}{done.stderr}"
        elif word == "ENV":
            name, _, value = rest.partition("=")
            environment[name] = value.replace("$PATH", environment["PATH"])
    command = json.loads(only("ENTRYPOINT"))
    command[0] = shutil.which(command[0], path=environment["PATH"]) or ""
    assert command[0].startswith(str(root))
    done = subprocess.run(command, input=PING, env=environment, cwd=tmp_path, capture_output=True, timeout=60)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["kind"], line.get("id")) for line in said] == [("pong", 3), ("bye", None)]
    assert done.returncode == 0
