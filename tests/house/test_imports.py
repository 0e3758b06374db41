"""Who may import what: the floors, and what stays out of a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.fresh import ROOT, all_modules_after, modules_after

HEAVY = {"kubernetes", "plotext", "prometheus_api_client"}
COMMANDS = sorted(
    f"tui.cli.{path.stem}" for path in (ROOT / "tui" / "cli").glob("*.py") if path.stem not in ("__init__", "__main__")
)


def test_the_floors_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:]


def test_the_command_line_brings_nothing_heavy_and_no_screen() -> None:
    code = "import tui.cli.main; from tui.cli.parser import parse; parse(['nodes', '-o', 'json'])"
    assert not modules_after(code) & (HEAVY | {"textual", "rich", "aiohttp", "httpx", "msgspec"})


def test_the_modules_of_headless_commands_bring_no_screen() -> None:
    code = "import " + ", ".join(COMMANDS)
    assert not modules_after(code) & {"textual", "plotext"}


@pytest.mark.parametrize("module", ["tui.session", "tui.present.documents", "tui.cli.watching", "tui.cli.watch"])
def test_a_session_brings_neither_a_screen_nor_a_client_library(module: str) -> None:
    assert not modules_after(f"import {module}") & (HEAVY | {"textual"})


def test_the_app_brings_no_client_library_before_its_first_paint() -> None:
    assert not modules_after("import tui.app") & HEAVY


def test_the_first_picture_waits_for_no_source_and_no_other_screen() -> None:
    brought = all_modules_after("import tui.cli.main, tui.cli.parser, tui.app, tui.screens.nodes")
    rooms = ("tui.sources", "tui.store", "tui.session", "tui.present.documents", "tui.demo", "tui.bench", "yaml")
    screens = ("log_screen", "text_screen", "node_screen", "workload_screen", "workloads", "events", "export")
    late = {*rooms, *(f"tui.screens.{name}" for name in screens)}
    assert not {name for name in brought for room in late if name == room or name.startswith(f"{room}.")}


def test_widgets_and_config_import_without_tui() -> None:
    for package in ("widgets", "config"):
        files = sorted((ROOT / package).glob("*.py"))
        names = [f"{package}.{path.stem}" for path in files if path.stem != "__init__"]
        assert "tui" not in modules_after("import " + ", ".join(names))
