"""The Bench screen's form by its keys, on an engine that tells what the test says."""

import pytest
from textual.widgets import Input, Select

from tests.screens.stage import deck
from tests.screens_bench.engine import FakeEngine, measurable
from tests.screens_bench.made import LLAMA, on_disk, point
from tests.screens_bench.steps import SIZES, URL, fill
from tui.bench.spec import SweepPlan
from tui.screens.bench import BenchScreen, runs_folder


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_form_fits_and_says_what_is_missing(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        await on.press("5")
        assert isinstance(on.app.screen, BenchScreen) and "To be filled in or mended: address, model" in on.text()
        for word in ("Endpoint", "Address", "Model", "Tokens", "TTFT", "Point ends", "▸ Advanced", "f3"):
            assert word in on.text(), word
        assert all(len(line) <= size[0] for line in on.lines())


async def test_starting_too_early_names_the_field_and_goes_to_it(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5", "f5")
        assert "address is missing: an address like http://10.0.0.7:8000" in on.text()
        assert on.app.screen.focused is not None and on.app.screen.focused.id == "url"
        await on.write("localhost")
        assert "'localhost' is not an address" in on.text() and on.app.bench is None
        assert engine.run is None


async def test_a_run_of_given_numbers_shows_its_own_fields(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5")
        on.app.screen.query_one("#mode", Select).value = "run"
        await fill(on, url=URL, model=LLAMA, users="1, 8")
        assert on.app.screen.query_one("#line-users").display and not on.app.screen.query_one("#line-max").display
        assert "2 points: 1, 8 users, each until it is steady." in on.text()
        await on.press("f5")
        plan = engine.under_way.plan
        assert isinstance(plan, SweepPlan) and [p.users for p in plan.points] == [1, 8]


async def test_a_opens_the_fold_enter_too_and_its_fields_are_reached_by_tab() -> None:
    async with deck(size=(80, 24)) as on:
        await on.press("5")
        assert "API key" not in on.text() and "A running workload of this cluster" in on.text()
        await on.press("a")
        assert "API key" in on.text() and on.app.screen.focused is not None and on.app.screen.focused.id == "advanced"
        await on.press("tab")
        assert on.app.screen.focused.id == "start" and "all at once as the guide's tool does" in on.text()
        await on.press("shift+tab", "enter")
        assert "API key" not in on.text() and "Endpoint" in on.text()
        on.app.screen.query_one("#url", Input).focus()
        await on.press("a")
        assert on.app.screen.query_one("#url", Input).value == "a" and "API key" not in on.text(), "it is typed there"
        await on.press("f3")
        assert "API key" in on.text()


async def test_an_error_behind_the_fold_opens_it_and_a_key_is_never_shown(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5")
        await fill(on, url=URL, model=LLAMA, headers="Authorization=sk-1", api_key="sk-very-secret")
        assert "2 changed" in on.text()
        await on.press("f5")
        assert on.app.screen.focused is not None and on.app.screen.focused.id == "headers"
        assert "headers: Authorization is a secret: put it into the API key or the header file" in on.text()
        await fill(on, headers="X-Team=a")
        await on.press("f5")
        run = engine.under_way
        assert run.api_key is not None and run.api_key.reveal() == "sk-very-secret" and not run.resume
        assert run.plan.load.target.headers == (("X-Team", "a"),) and "sk-very" not in on.text()


async def test_open_loop_and_the_same_on_the_command_line(engine: FakeEngine) -> None:
    async with deck(size=(200, 60)) as on:
        await on.press("5")
        on.app.screen.query_one("#mode", Select).value = "rate"
        await fill(on, url=URL, model=LLAMA, rate="2.5", ttft_ms="")
        assert "1 point: 2.5 requests a second (poisson)" in on.text()
        assert "nimdeck bench run" in on.text() and "--rate 2.5" in " ".join(on.text().split())
        assert on.app.screen.query_one("#line-rate").display and not on.app.screen.query_one("#line-max").display
        await on.press("f5")
        plan = engine.under_way.plan
        assert isinstance(plan, SweepPlan) and [point.rate for point in plan.points] == [2.5]


async def test_a_run_that_broke_off_is_gone_on_with(engine: FakeEngine) -> None:
    on_disk(runs_folder() / "20270115-080000-llama", point(1))
    async with deck() as on:
        await on.press("5")
        await fill(on, url=URL, model=LLAMA, resume="20270115-080000-llama")
        assert "Goes on with 20270115-080000-llama." in " ".join(on.text().split())
        await on.press("f5")
        assert engine.under_way.resume and engine.under_way.folder == runs_folder() / "20270115-080000-llama"


async def test_the_endpoint_of_a_workload_fills_address_and_model() -> None:
    async with deck(measurable()) as on:
        await on.press("5")
        choice = on.app.screen.query_one("#workload", Select)
        assert on.app.screen.focused is choice
        await on.press("enter", "down", "enter")
        assert on.app.screen.query_one("#url", Input).value == "http://llama.runai-team.svc.cluster.local"
        assert on.app.screen.query_one("#model", Input).value == LLAMA


async def test_b_on_a_workload_opens_the_form_filled_in() -> None:
    async with deck(measurable()) as on:
        await on.press("2", "down", "down", "b")
        assert isinstance(on.app.screen, BenchScreen)
        assert on.app.screen.query_one("#url", Input).value == "http://llama-half.runai-team.svc.cluster.local"


async def test_digits_belong_to_the_fields_until_escape(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5")
        on.app.screen.query_one("#url", Input).focus()
        await on.press("1")
        assert on.app.current_mode == "bench" and on.app.screen.query_one("#url", Input).value == "1"
        await on.press("escape", "1")
        assert on.app.current_mode == "nodes"
