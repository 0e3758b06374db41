"""Workers as pods, from the form: asked about first, and gone at the end however the run ends."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input

from config.load import load
from config.settings import LoadSettings, Settings
from tests.plans.lab import IMAGE, MODEL, Lab, processes, running_lab
from tests.screens.stage import SETTINGS, Deck, FakeFeed, FakeKubernetes, deck
from tests.screens_bench.engine import FakeEngine
from tests.screens_bench.made import LLAMA
from tests.screens_bench.steps import URL, fill
from tests.screens_changes.lab import LiveDeck
from tui.app import NimdeckApp
from tui.bench.results.reader import read_run
from tui.present.bench_job import NO_IMAGE, confirm_words
from tui.screens.ask import AskScreen
from tui.screens.bench import BenchScreen
from tui.screens.bench_live import BenchLiveScreen
from tui.session import Session

NAMESPACE = "gpu-operator"
WITH_IMAGE = replace(SETTINGS, load=LoadSettings(IMAGE))


# -- before anything is made -------------------------------------------------------------------------------------------


def test_what_is_made_is_said_before() -> None:
    assert confirm_words(LoadSettings(IMAGE), "team", 1)[:3] == [
        "Makes an Indexed Job nimdeck-load-… of 1 pod in namespace team.",
        f"Image: {IMAGE}",
        "Each pod: 1 CPU, 1Gi memory, no GPU.",
    ]
    said = confirm_words(
        LoadSettings(
            IMAGE, cpu="500m", memory="2G", node_selector=("role=cpu",), tolerations=("dedicated=load:NoSchedule",),
            image_pull_secret="regcred", longest_seconds=3600.0,
        ),
        "team", 16,
    )  # fmt: skip
    assert "Each pod: 500m CPU, 2G memory, no GPU; together 8 CPU, 32.0 GB." in said
    assert "Only on nodes with role=cpu." in said and "Tolerates dedicated=load:NoSchedule." in said
    assert "With pull secret regcred." in said and said[-1].endswith("by the cluster itself after 1 h.")


async def filled(on: Deck, workers: str) -> None:
    await on.press("5")
    await fill(on, url=URL, model=LLAMA, workers=workers)


class Connected(FakeKubernetes):
    """Its context has a namespace."""

    @property
    def client(self) -> Any:
        return SimpleNamespace(namespace="ops")


def connected(settings: Settings) -> FakeFeed:
    feed = FakeFeed(settings=settings)
    feed.kubernetes = Connected()
    return feed


async def test_without_an_image_the_field_says_what_to_set(engine: FakeEngine) -> None:
    async with deck(size=(80, 24)) as on:
        await filled(on, "job:4")
        await on.press("f5")
        focused = on.app.screen.focused
        assert focused is not None and focused.id == "workers"
        assert NO_IMAGE in " ".join(on.text().split()) and engine.run is None


async def test_read_only_makes_no_job_and_lets_processes_load(engine: FakeEngine) -> None:
    async with deck(connected(replace(WITH_IMAGE, read_only=True))) as on:
        await filled(on, "job:4")
        await on.press("f5")
        assert "read-only" in on.said and "local:N" in on.said and isinstance(on.app.screen, BenchScreen)
        await fill(on, workers="local:4")
        await on.press("f5")
        assert engine.under_way.workers is None


async def test_without_a_cluster_there_are_no_pods(engine: FakeEngine) -> None:
    async with deck(FakeFeed(settings=WITH_IMAGE)) as on:  # its API is not connected
        await filled(on, "job:4")
        await on.press("f5")
        assert "none is connected" in on.said and engine.run is None


async def test_it_asks_first_and_no_is_no(engine: FakeEngine) -> None:
    async with deck(connected(WITH_IMAGE), size=(200, 60)) as on:
        await filled(on, "job:16")
        assert "--workers job:16" in " ".join(on.text().split()) and "16 pods of a Job" in on.text()
        await on.press("f5")
        assert isinstance(on.app.screen, AskScreen)
        for word in ("Indexed Job", "16 pods in namespace ops", IMAGE, "together 16 CPU", "however it ends"):
            assert word in " ".join(on.text().split()), word
        await on.press("n")
        assert isinstance(on.app.screen, BenchScreen) and engine.run is None and on.app.bench is None
        await on.press("f5", "y")
        assert isinstance(on.app.screen, BenchLiveScreen)
        run = engine.under_way
        assert run.workers is not None and run.plan.load.place == "job" and run.plan.load.workers == 16
        await on.press("K")
        assert "loading from pods of this cluster: stop it first" in on.said, "its Job could not be deleted any more"


# -- on the embedded cluster -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as found:
        yield found


@asynccontextmanager
async def loading(lab: Lab, **texts: str) -> AsyncIterator[LiveDeck]:
    """The app on that cluster, a run over two pods begun by keys."""
    settings = replace(load(environ=lab.settings(NAMESPACE)).settings, screen=SETTINGS.screen)
    app = NimdeckApp(lambda: Session(settings), settings)
    async with app.run_test(size=(120, 40)) as pilot:
        on = LiveDeck(app, pilot, None)  # type: ignore[arg-type]
        await on.until(lambda: app.feed is not None and bool(app.snapshot.workloads))
        await on.press("5", "escape")
        on.app.screen.query_one("#mode").value = "run"  # type: ignore[attr-defined]
        await fill(on, url=lab.url, model=MODEL, isl="60", osl="6", ttft_ms="", **texts)
        on.app.screen.query_one("#workers", Input).focus()
        await on.write("job")
        await on.press("colon", "2", "f5")
        assert isinstance(on.app.screen, AskScreen), on.text()
        assert f"2 pods in namespace {NAMESPACE}" in " ".join(on.text().split())
        assert lab.jobs(NAMESPACE) == []
        await on.press("y")
        yield on


async def test_a_run_over_pods_by_keys(lab: Lab) -> None:
    async with loading(lab, users="4", duration="2") as on:
        run = on.app.bench
        assert run is not None
        await on.until(lambda: not run.running)
        state = run.state()
        assert not state.problem, state.problem
        (result,) = state.progress.finished
        assert (result.concurrency, result.failed, result.client.workers) == (4, 0, 2) and result.requests > 10
        assert lab.jobs(NAMESPACE) == [] and deleted(lab)
        kept = read_run(run.folder)
        assert kept.points == (result,) and kept.head.load.place == "job"


async def test_its_job_goes_when_nimdeck_is_left(lab: Lab) -> None:
    async with loading(lab, users="4", duration="60") as on:
        run = on.app.bench
        assert run is not None
        await on.until(lambda: run.latest().phase == "measuring")
        (job,) = lab.jobs(NAMESPACE)
        assert len(processes(job)) == 2
    assert not run.running and lab.jobs(NAMESPACE) == [] and deleted(lab)


async def test_pods_that_do_not_come_end_the_run_with_the_cause(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        real = Lab.settings
        more = {"NIMDECK_LOAD_CPU": "900", "NIMDECK_LOAD_START": "1"}
        patched.setattr(Lab, "settings", lambda self, namespace: {**real(self, namespace), **more})
        async with loading(lab, users="4", duration="2") as on:
            run = on.app.bench
            assert run is not None
            await on.until(lambda: not run.running)
            on.app.deck_screen.redraw()
            await on.pilot.pause()
            text = " ".join(on.text().split())
            assert "PROBLEM" in text and "0 of 2 pods that make load run" in text and "CPU" in text
            assert lab.jobs(NAMESPACE) == [] and deleted(lab)


def deleted(lab: Lab) -> bool:
    """Every Job that was made was deleted, by the one writer."""
    lines = lab.audit(NAMESPACE)
    made, gone = ([line["object"] for line in lines if line["verb"] == verb] for verb in ("create", "delete"))
    return bool(made) and made == gone and {line["result"] for line in lines} == {"ok"}
