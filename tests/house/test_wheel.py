"""What is installed is what was written: the wheel's content, and that it works away from the checkout."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.house.fresh import ROOT
from tui.cli.version import __version__

OURS = ("tui", "widgets", "config")


def run(*command: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    answer = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **environ},
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the test environment's own build back end, so without a network."""
    pytest.importorskip("hatchling", reason="the build back end is not installed")
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone, over the test environment's packages."""
    target = tmp_path_factory.mktemp("installed")
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        target,
        wheel,
        cwd=target,
    )
    return target


def test_the_wheel_holds_every_source_data_file_and_style(wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if not name.partition("/")[0].endswith(".dist-info")}
    written = {
        str(path.relative_to(ROOT))
        for package in OURS
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in (".py", ".toml", ".tcss")
    }
    assert shipped >= written
    assert {name.partition("/")[0] for name in shipped} == set(OURS)
    assert wheel.name.startswith(f"nimdeck-{__version__}-py3-none-any")


def test_the_installed_command_works_anywhere(installed: Path, tmp_path: Path) -> None:
    # Where the operator stands there may be folders of our names: they must not be taken for ours.
    for package in OURS:
        (tmp_path / package).mkdir()
    command = installed / "bin" / "nimdeck"
    path = {"PYTHONPATH": str(installed), "XDG_CONFIG_HOME": str(tmp_path)}
    assert run(sys.executable, command, "--version", cwd=tmp_path, **path).stdout == f"nimdeck {__version__}\n"
    assert run(sys.executable, command, "config", "check", cwd=tmp_path, **path).stdout.startswith("ok: ")
    assert "[prometheus]" in run(sys.executable, command, "config", "show", "--default", cwd=tmp_path, **path).stdout


def test_the_installed_command_serves_the_embedded_cluster(installed: Path, tmp_path: Path) -> None:
    """As ``nimdeck demo`` starts it: from any folder, by the interpreter that runs the command."""
    process = subprocess.Popen(
        [sys.executable, installed / "bin" / "nimdeck", "lab", "--nodes", "1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert json.loads(line).keys() >= {"kubeconfig", "prometheus", "runai", "nims", "planted"}
    assert process.returncode == 0


@pytest.mark.install
def test_pip_install_into_a_bare_environment_gives_a_working_nimdeck(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=True)
    run(tmp_path / "bare" / "bin" / "pip", "install", "--quiet", ROOT, cwd=tmp_path)
    command = tmp_path / "bare" / "bin" / "nimdeck"
    assert run(command, "--version", cwd=tmp_path).stdout == f"nimdeck {__version__}\n"
    assert run(command, "config", "check", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path)).stdout.startswith("ok: ")
    assert "usage: nimdeck demo" in run(command, "demo", "--help", cwd=tmp_path).stdout
