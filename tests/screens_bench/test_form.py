"""The set-up form without a screen: what its texts ask for, what is wrong with them, the same on the command line."""

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from tui.bench.spec import PointSpec, SearchPlan, Slo, SweepPlan
from tui.cli import bench as command_line
from tui.cli.bench_run import load_spec
from tui.present import bench
from tui.present.bench_command import command_words
from tui.present.bench_form import plan_words
from tui.present.bench_parse import parse_form
from tui.present.bench_values import HELP, FormValues, changed_advanced, guide_preset

GOOD = FormValues(url="http://10.0.0.7:8000", model="m")


def search_of(**change: str) -> SearchPlan:
    parsed = parse_form(replace(GOOD, **change))
    assert isinstance(parsed.plan, SearchPlan), parsed.errors
    return parsed.plan


def sweep_of(**change: str) -> SweepPlan:
    parsed = parse_form(replace(GOOD, **change))
    assert isinstance(parsed.plan, SweepPlan), parsed.errors
    return parsed.plan


def test_the_form_makes_a_search_or_a_sweep() -> None:
    search = search_of()
    assert search.ttft_seconds == 1.0 and search.load.slo == Slo(1.0)
    sweep = sweep_of(mode="run", users="1, 8 64", ttft_ms="", requests="100")
    assert [point.users for point in sweep.points] == [1, 8, 64]
    assert sweep.load.slo.ttft_seconds is None and sweep.load.limits.requests == 100
    assert plan_words(sweep) == "3 points: 1, 8, 64 users, each 100 requests."
    assert plan_words(search).startswith("Doubles from 1 to at most 16,384 users")


def test_users_are_a_range_too_and_repeats_are_numbered() -> None:
    assert [point.users for point in sweep_of(mode="run", users="1..10").points] == [1, 2, 4, 8, 10]
    assert [point.repeat for point in sweep_of(mode="run", users="8,8,1").points] == [0, 1, 0]


def test_an_open_loop_has_rates_and_says_how_they_arrive() -> None:
    sweep = sweep_of(mode="rate", rate="2, 4.5", arrival="constant")
    assert sweep.points == (PointSpec(rate=2.0, arrival="constant"), PointSpec(rate=4.5, arrival="constant"))
    assert plan_words(sweep) == "2 points: 2, 4.5 requests a second (constant), each until it is steady."


def test_a_search_by_goodput_that_grows_within_a_budget() -> None:
    plan = search_of(way="ramp", attainment="0.95", budget="120", itl_ms="50", e2e_ms="9000")
    assert plan.adaptive and plan.attainment == 0.95 and plan.budget_seconds == 120.0
    assert plan.load.slo == Slo(1.0, 0.05, 9.0)
    assert plan_words(plan).startswith(
        "Grows from 1 to at most 16,384 users, backs off and sustains the most that hold"
    )
    assert "0.95 of the requests" in plan_words(plan) and plan_words(plan).endswith("Ends after 120 s at the latest.")


def test_what_stands_behind_the_fold_reaches_the_load(tmp_path: Path) -> None:
    for name in ("ca.pem", "prompts.jsonl", "tokenizer.json", "headers", "key"):
        (tmp_path / name).write_text("x")
    load = search_of(
        start="burst",
        call="completions",
        headers="X-Team=a; X-Trace=b",
        header_file=str(tmp_path / "headers"),
        api_key_file=str(tmp_path / "key"),
        extra='temperature=0.2; stop=["a;b"]; top_k=5',
        prompts=str(tmp_path / "prompts.jsonl"),
        tokenizer=str(tmp_path),
        prefix_tokens="100",
        ca_file=str(tmp_path / "ca.pem"),
        certificate="unchecked",
        workers="2",
        seed="7",
    ).load
    target, prompts = load.target, load.prompts
    assert load.start == "burst" and load.workers == 2 and target.endpoint == "completions"
    assert target.headers == (("X-Team", "a"), ("X-Trace", "b")) and target.insecure_skip_verify
    assert prompts.extra == (("temperature", 0.2), ("stop", ["a;b"]), ("top_k", 5))
    assert (prompts.shared_prefix_tokens, prompts.seed, prompts.tokenizer) == (100, 7, tmp_path)
    assert (target.ca_file, target.header_file) == (tmp_path / "ca.pem", tmp_path / "headers")


def test_workers_are_processes_here_or_pods_that_send_no_records() -> None:
    places = {text: search_of(workers=text).load for text in ("", "4", "local:8", "job:16")}
    assert [(load.place, load.workers, load.keep_records) for load in places.values()] == [
        ("local", 0, True), ("local", 4, True), ("local", 8, True), ("job", 16, False),
    ]  # fmt: skip
    assert plan_words(search_of(workers="job:1")).endswith(" Loaded by 1 pod of a Job.")


def test_pods_can_not_be_had_everywhere_nor_read_files_of_this_machine(tmp_path: Path) -> None:
    assert parse_form(replace(GOOD, workers="local:2"), no_jobs="no pods here").plan is not None
    assert parse_form(replace(GOOD, workers="job:2"), no_jobs="no pods here").errors == {"workers": "no pods here"}
    for name in ("prompts", "ca_file"):
        (tmp_path / name).write_text("x")
        change = replace(GOOD, workers="job:2", **{name: str(tmp_path / name)})
        errors = parse_form(change).errors
        assert set(errors) == {name} and "workers in pods can't read it: none, or local:2" in errors[name]
        assert parse_form(replace(change, workers="2")).plan is not None


def test_a_typed_key_is_in_no_plan_and_no_text() -> None:
    values = replace(GOOD, api_key="sk-very-secret")
    parsed = parse_form(values)
    assert parsed.api_key is not None and parsed.api_key.reveal() == "sk-very-secret" and parsed.plan is not None
    assert "sk-very" not in f"{parsed!r} {values!r} {command_words(parsed.plan, with_key=True)}"
    wrong = parse_form(replace(GOOD, api_key="sk-very secret"))
    assert "sk-very" not in str(wrong.errors) and "holds a blank" in wrong.errors["api_key"]


def test_a_run_to_go_on_with_is_named_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "run.json").write_text("{}")
    for text in ("one", str(tmp_path / "one")):
        assert parse_form(replace(GOOD, resume=text), tmp_path).resume == tmp_path / "one"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"url": "10.0.0.7"}, "url", "'10.0.0.7' is not an address like http://10.0.0.7:8000"),
        ({"url": "http://h:99999"}, "url", "is not an address"),
        ({"url": "http://me:pw@h:8000"}, "url", "holds a user or password: put it into the API key"),
        ({"url": ""}, "url", "is missing: an address like"),
        ({"model": " "}, "model", "is missing: the name under which"),
        ({"isl": "2k"}, "isl", "'2k' is not a whole number"),
        ({"isl": "0"}, "isl", "0 is below 1"),
        ({"isl_stddev": "-1"}, "isl_stddev", "-1 is below 0"),
        ({"ttft_ms": ""}, "ttft_ms", "is missing"),
        ({"ttft_ms": "nan"}, "ttft_ms", "'nan' is not a finite number"),
        ({"mode": "run", "users": "1,x"}, "users", "'1,x' is not a list of whole numbers like 1,8,64"),
        ({"mode": "run", "users": ","}, "users", "',' is not a list"),
        ({"mode": "run", "users": ""}, "users", "is missing: numbers of users like 1,8,64"),
        ({"mode": "rate", "rate": ","}, "rate", "',' is not a list of numbers like 2,4,8"),
        ({"mode": "rate", "rate": "0"}, "rate", "0 is not above 0"),
        ({"max_users": "0"}, "max_users", "0 is below 1"),
        ({"max_users": "100001"}, "max_users", "every number of users is from 1 to 100000"),
        ({"requests": "5", "duration": "3"}, "duration", "not both"),
        ({"attainment": "95"}, "attainment", "95 is not between 0 and 1"),
        ({"budget": "-3"}, "budget", "-3 is not above 0"),
        ({"api_key_file": "/nowhere/key"}, "api_key_file", "'/nowhere/key' is not a file that holds the key"),
        ({"headers": "Authorization=Bearer x"}, "headers", "Authorization is a secret: put it into the API key"),
        ({"headers": "X-Team"}, "headers", "'X-Team' is not K=V"),
        ({"extra": "temperature=hot"}, "extra", "'hot' is not JSON; a text is written '\"hot\"'"),
        ({"extra": "a=1; b"}, "extra", "'b' is not K=JSON"),
        ({"ca_file": "/nowhere/ca"}, "ca_file", "is not a file that holds a certificate"),
        ({"tokenizer": "/nowhere"}, "tokenizer", "is neither a tokenizer.json nor a folder"),
        ({"prompts": "/nowhere"}, "prompts", "is not a JSONL file of prompts"),
        ({"resume": "gone"}, "resume", "'gone' is not the name or the folder of a run"),
        ({"workers": "0"}, "workers", "0 is below 1"),
        ({"workers": "job:0"}, "workers", "'job:0' is neither local:N nor job:N, say local:4"),
        ({"workers": "pods:3"}, "workers", "'pods:3' is neither local:N nor job:N"),
        ({"workers": "job:2000"}, "workers", "more than 1024 pods that make load are a slip"),
        ({"stall_seconds": ""}, "stall_seconds", "is missing: seconds"),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_the_mend(
    change: dict[str, str], field: str, words: str, tmp_path: Path
) -> None:
    parsed = parse_form(replace(GOOD, **change), tmp_path)
    assert parsed.plan is None and set(parsed.errors) == {field} and words in parsed.errors[field]


def test_the_preset_is_the_guides_and_leaves_endpoint_and_model() -> None:
    values = guide_preset(replace(GOOD, isl="5", mode="run", statistic="p99", ttft_ms="7", start="burst"))
    plan = parse_form(values).plan
    assert isinstance(plan, SearchPlan) and plan.statistic == "mean" and plan.ttft_seconds == 1.0
    assert bench.tokens_words(plan.load.prompts) == "2000:200 ±50" and plan.load.target.model == "m"
    assert changed_advanced(values) == ("start",)


def test_every_field_has_its_line_of_help() -> None:
    assert set(HELP) == {*FormValues.__dataclass_fields__, "workload", "advanced"}
    assert all(len(text) <= 78 and text.endswith(".") for text in HELP.values())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"mode": "run", "users": "1,8,8", "ttft_ms": "", "duration": "12.5", "start": "burst"},
        {"mode": "rate", "rate": "2.5", "ttft_ms": "", "arrival": "constant"},
        {"way": "ramp", "attainment": "0.95", "budget": "120", "itl_ms": "50", "e2e_ms": "9000", "statistic": "p99"},
        {"headers": "X-Team=a b", "extra": 'stop=["it\'s"]', "call": "completions", "certificate": "unchecked"},
        {"mode": "run", "users": "8", "ttft_ms": "", "workers": "job:16"},
        {"prefix_tokens": "9", "seed": "3", "workers": "2", "isl_stddev": "50", "max_failed": "0.1"},
    ],
    ids=str,
)
def test_the_command_line_that_is_shown_asks_for_the_same(change: dict[str, str]) -> None:
    plan = parse_form(replace(GOOD, **change)).plan
    assert plan is not None
    parser = argparse.ArgumentParser()
    command_line.add_commands(parser.add_subparsers())
    given = parser.parse_args(shlex.split(command_words(plan))[1:])
    assert load_spec(given) == plan.load
    if isinstance(plan, SearchPlan):
        asked = (given.statistic, given.max_users, given.attainment, given.budget_seconds, given.adaptive)
        assert asked == (plan.statistic, plan.max_users, plan.attainment, plan.budget_seconds, plan.adaptive)
    else:
        assert given.concurrency is None or list(given.concurrency) == [point.users for point in plan.points]
        assert given.rate == plan.points[0].rate and (given.rate is None or given.arrival == plan.points[0].arrival)
