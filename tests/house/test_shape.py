"""The shape of the house: small files, honest docstrings, nothing of a machine or a workplace in it."""

import ast
import re
import subprocess
import sysconfig
import tomllib
from importlib.machinery import PathFinder
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.house.fresh import ROOT

OURS = ("tui", "widgets", "config")
CODE = sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))
MOST_LINES = 400


def tracked() -> list[Path]:
    """The files of the repository; outside a checkout (an unpacked sdist) there is nothing to ask."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if answer.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in answer.stdout.decode().split("\0") if name]


def test_no_file_grows_past_what_a_reader_holds() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in CODE
        if (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_dependency_ships_a_package_of_our_names() -> None:
    """``tui``, ``widgets`` and ``config`` are plain top-level names: one of them in a dependency would shadow ours."""
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if any(distribution.name == "nimdeck" for distribution in distributions(path=places)):
        pytest.skip("nimdeck itself is installed here, so its own packages are there")
    assert [name for name in OURS if PathFinder.find_spec(name, places) is not None] == []


def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    places = "|".join(re.escape(f"{place}/") for place in (ROOT, Path.home()))
    foreign = re.compile(rf"/simple/?[\"' \n]|/packages/[0-9a-f]{{2}}/[0-9a-f]{{2}}/|file:///|{places}".encode())
    found = []
    for path in tracked():
        if path.suffix == ".svg" or path == Path(__file__) or not path.is_file():
            continue
        found += [
            f"{path.relative_to(ROOT)}: {line!r}" for line in path.read_bytes().splitlines() if foreign.search(line)
        ]
    assert found == []


def test_the_locks_pin_everything_with_hashes_and_the_larger_holds_the_smaller() -> None:
    pins: dict[str, dict[str, str]] = {}
    for name in ("runtime", "test", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert "://" not in text
        entries = [entry for entry in re.split(r"\n(?=[a-zA-Z0-9])", text.strip()) if entry]
        for entry in entries:
            assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry[:60]
            assert "--hash=sha256:" in entry, entry[:60]
        pins[name] = dict(entry.split()[0].split("==") for entry in entries)
    assert pins["runtime"].items() <= pins["test"].items() <= pins["dev"].items()


def test_every_direct_dependency_is_in_the_runtime_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements" / "runtime.txt").read_text()
    for requirement in project["dependencies"]:
        name = re.split(r"[=<>~]", requirement)[0]
        assert re.search(rf"(?m)^{re.escape(name)}==", lock), name
