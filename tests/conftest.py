"""What all tests share: markers that need something of the machine go into the JUnit report, for ``.ci/run``.

And what all of them cost: a rarer garbage collection, test files compiled by one worker each instead of by all.
"""

import gc
import importlib
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

# CI judges a change, so it tries the same examples each time; everybody else's runs look for new ones.
settings.register_profile("ci", derandomize=True, deadline=None)

_NEEDS = ("prometheus", "kubectl")

# Workers take file after file in this order, so what lasts long goes first: a long file begun last would be waited for
# alone. Files that mostly wait stand beside those that mostly draw, lest both cores wait at once.
_LONG_FIRST = (
    "cli_bench/test_searches.py", "screens_scale/test_screen.py", "plans/test_autoscale.py",
    "screens/test_screenshots.py", "cli_launch/test_launch.py", "screens_changes/test_live.py",
    "plans/test_real_plan.py", "screens_launch/test_review.py", "plans/test_plan_through_pods.py",
    "screens_bench/test_bench_form.py", "cli_bench/test_faults.py",
    "screens_preflight/test_screen.py", "plans/test_job_workers.py", "screens_bench/test_job.py",
    "plans/test_mixed_load.py", "screens_scale/test_ramp.py", "cli_bench/test_interrupts.py", "e2e/test_watching.py",
    "screens/test_lists.py", "demo_world/test_planted.py", "screens_launch/test_embedded.py",
    "screens_bench/test_bench_live.py", "screens/test_pictures.py", "demo_world/test_scheduler.py",
    "bench_worker/test_process.py", "demo_world/test_seed.py", "screens/test_app.py", "e2e/test_preflight_broken.py",
    "screens_changes/test_review.py", "screens_bench/test_pictures.py", "contract/test_catalogue.py",
    "screens_changes/test_forms.py", "demo_nim/test_activator.py", "screens_bench/test_bench_end.py",
)  # fmt: skip

# Started in the background, a shell has Ctrl-C ignored, and so would every process have that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Thousands of tests live beside some hundred thousand objects that never go: looking through them again and again is a
# fifth of the time. What is unreachable is still found, a little later, and an unclosed socket in it is still an error.
gc.disable()
_YOUNG_OBJECTS = 50_000


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker compile (and pytest rewrite) its share of the files; then all of them find them compiled."""
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    if worker is None or not _whole_suite(session.config):
        return
    files = sorted(Path(__file__).parent.glob("*/test_*.py"))
    for file in files[int(worker.removeprefix("gw")) :: workers]:
        with suppress(Exception, pytest.skip.Exception):  # collection comes to the same, and tells it better
            importlib.import_module(f"tests.{file.parent.name}.{file.stem}")


def _whole_suite(config: pytest.Config) -> bool:
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS or config.args == ["tests"]


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {Path(__file__).parent / name: number for number, name in enumerate(_LONG_FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
    for item in items:
        for name in _NEEDS:
            if item.get_closest_marker(name):
                item.user_properties.append(("needs", name))
