"""Plan files: the shipped one is the guide's, and whatever is wrong in one is told in a line."""

import re
from pathlib import Path

import msgspec
import pytest

from tui.plans.cells import cells_of, letters
from tui.plans.estimate import estimate
from tui.plans.plan_fields import FIELDS
from tui.plans.plan_file import PlanFileError, load_plan, parse_plan, shipped_plans
from tui.plans.values import ScalePlan
from tui.present.documents.scale_plan import CellItem, EstimateItem, ModelItem, PlanDocument

ROOT = Path(__file__).parents[2]
GOOD = """\
name = "mine"
project = "test"
cluster_gpus = 8

[load]
isl = 100

[[models]]
key = "llama"
name = "meta/llama-3.1-8b-instruct"
spec = { name = "plan-llama", model = "meta/llama-3.1-8b-instruct", version = "1.8.4" }

[[models]]
key = "r1"
name = "deepseek-ai/deepseek-r1-distill-llama-8b"
workload = "runai-test/r1"

[[tests]]
id = "whole"
models = ["llama"]
scheduler = "none"
gpu_per_pod = 1
pods = [1, 16]

[[tests]]
id = "both"
models = ["llama", "r1"]
scheduler = "runai"
gpu_per_pod = 0.5
pods = [8, 9]
users_from = { llama = "whole" }
"""


def test_a_good_plan() -> None:
    plan = parse_plan(GOOD)
    assert plan.load.isl == 100
    assert plan.models[0].spec is not None and plan.models[0].spec.project == "test"
    assert plan.models[1].workload == "runai-test/r1"
    assert [cell.why_not for cell in cells_of(plan, None)] == ["", "does not fit 8 GPUs", "", "does not fit 8 GPUs"]
    assert [cell.why_not for cell in cells_of(plan, 16)] == ["", "", "", ""]
    assert letters(plan) == {"llama": "L", "r1": "R"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("isl = 100", "ils = 100", r"load\.ils \(line 6\): unknown field; did you mean isl\?"),
        ("isl = 100", "isl = 0", r"load\.isl \(line 6\): '0': is below 1; write 1 or more"),
        ("isl = 100", 'isl = "100"', r"load\.isl \(line 6\): '100': is a text; write it without quotes: 100"),
        ("isl = 100", 'workers = "pod:3"', r"load\.workers .*'pod:3': is neither local:N nor job:N"),
        ('scheduler = "none"', 'scheduler = "slurm"', r"tests\[1\]\.scheduler.*'slurm': .*write one of runai, none"),
        ("gpu_per_pod = 1\n", "gpu_per_pod = 1.5\n", r"tests\[1\]\.gpu_per_pod.*'1\.5': is no part of a GPU"),
        ("gpu_per_pod = 1\n", "gpu_per_pod = 0.5\n", r"tests\[1\]\.gpu_per_pod: '0\.5': plain Kubernetes gives whole"),
        ("pods = [1, 16]", "pods = []", r"tests\[1\]\.pods.*is no list; write one in brackets"),
        ("pods = [1, 16]", "pods = [1, 1]", r"tests\[1\]\.pods: '1': stands twice"),
        ('id = "both"', 'id = "whole"', r"tests\.id: 'whole': stands twice"),
        ('id = "both"', 'id = "../x"', r"tests\[2\]\.id.*'\.\./x': is no short name"),
        ('models = ["llama"]', 'models = ["lama"]', r"tests\[1\]\.models: 'lama': is no model of this plan"),
        ('{ llama = "whole" }', '{ llama = "later" }', r"users_from: 'later': is no test before this one"),
        ('{ llama = "whole" }', '{ r1 = "whole" }', r"users_from: 'whole': has no users of r1"),
        ('workload = "runai-test/r1"', 'workload = "r1"', r"models\[2\]\.workload.*'r1': is no workload"),
        ('workload = "runai-test/r1"\n', "", r"models\[2\]: 'r1': give either spec .* or workload"),
        ('version = "1.8.4"', "gpu = 1", r"models\[1\]\.spec\.gpu.*is what each test says; leave it out"),
        ('project = "test"\n', "", r"models\[1\]\.spec\.project.*is missing"),
        ("cluster_gpus = 8", "cluster_gpus 8", r"the file \(line 3\): is not TOML"),
        ('name = "mine"', 'name = "mine"\nkind = "autoscale"', r"ramps: is missing; a plan of kind autoscale"),
    ],
)
def test_each_fault_is_one_line_with_field_value_and_mend(old: str, new: str, line: str) -> None:
    assert old in GOOD
    with pytest.raises(PlanFileError) as error:
        parse_plan(GOOD.replace(old, new, 1), "mine.toml")
    assert all(text.startswith("mine.toml: ") and "\n" not in text for text in error.value.lines)
    assert any(re.search(line, text) for text in error.value.lines), error.value.lines


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PlanFileError) as error:
        parse_plan(GOOD.replace("isl = 100", "isl = 0").replace('scheduler = "none"', 'scheduler = "x"'))
    assert len(error.value.lines) == 2


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match=r"no file and no plan of nimdeck; it has .*guide-table-4"):
        load_plan("guide-table-5")
    with pytest.raises(PlanFileError, match="can't be read"):
        load_plan(tmp_path)
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanFileError, match="is not UTF-8 text"):
        load_plan(tmp_path / "x.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(PlanFileError, match="is empty"):
        load_plan(tmp_path / "empty.toml")


def test_every_shipped_plan_is_one_and_fits_the_guides_cluster() -> None:
    plans = {name: load_plan(name) for name in shipped_plans()}
    assert {name: plan.kind for name, plan in plans.items()} == {
        "guide-table-4": "scale", "autoscale": "autoscale", "autoscale-from-zero": "autoscale",
    }  # fmt: skip
    specs = {name: plan.models[0].spec for name, plan in plans.items()}
    least = {name: spec.replicas.min for name, spec in specs.items() if spec is not None and name != "guide-table-4"}
    assert least == {"autoscale": 1, "autoscale-from-zero": 0}
    for plan in plans.values():
        assert {ramp.test for ramp in plan.ramps} == ({test.id for test in plan.tests} if plan.ramps else set())
        assert any(not cell.why_not for cell in cells_of(plan, 64))


def test_the_guides_table_4() -> None:
    assert "guide-table-4" in shipped_plans()
    plan = load_plan("guide-table-4")
    cells = cells_of(plan, None)
    assert [cell.id for cell in cells if cell.why_not] == ["mixed-runai-0.5-x128"]
    assert cells[-1].why_not == "does not fit 64 GPUs" and cells[-1].gpus == 128.0
    by_test = {test.id: test for test in plan.tests}
    assert by_test["llama-runai-0.5"].pods == (1, 16, 32, 64, 128)
    assert by_test["llama-none-1.0"].pods == (1, 16, 32, 64)
    assert by_test["mixed-runai-0.5"].users_from == {"llama": "llama-runai-0.5", "deepseek": "deepseek-runai-0.5"}
    assert {test.table for test in plan.tests} == {5, 6, 7, None}
    assert msgspec.json.decode(msgspec.json.encode(plan), type=ScalePlan) == plan


def test_an_estimate_counts_each_cells_gpus_until_its_cool_down_ends() -> None:
    plan = parse_plan(GOOD)
    found = estimate(plan, cells_of(plan, None))
    assert found.cells == 2
    searched = 240 + 900 + 30  # both: of the mixed one, r1 is still searched for
    assert found.seconds == 2 * searched
    assert found.gpu_hours == pytest.approx((1 + 8) * searched / 3600)


def test_the_page_names_every_field() -> None:
    page = (ROOT / "docs" / "plans.md").read_text()
    for table, names in FIELDS.items():
        heading = table or "the file"
        section = page.partition(f"### {heading}\n")[2].partition("\n#")[0]
        rows = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
        assert rows == list(names), heading


def test_the_page_names_every_field_of_the_document() -> None:
    section = (ROOT / "docs" / "plans.md").read_text().partition("## `nimdeck.scale-plan/1`")[2]
    kinds = (PlanDocument, CellItem, ModelItem, EstimateItem)
    names = {field.encode_name for kind in kinds for field in msgspec.inspect.type_info(kind).fields}  # type: ignore[attr-defined]
    assert names - set(re.findall(r"`(\w+)`", section)) == set()
