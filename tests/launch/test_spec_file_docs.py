"""docs/launch-spec.md tells what the code reads: each field, and examples that load."""

import re
from pathlib import Path

import pytest

from tests.launch.specs import GUIDE
from tui.launch.checks import LONGEST_KNATIVE
from tui.launch.checks_compute import LEAST_PORTION, MOST_DEVICES, MOST_REPLICAS
from tui.launch.offered import FIELDS
from tui.launch.spec_fields import ACCESS_MODES, METRICS, PATHS, SCHEDULERS
from tui.launch.spec_file import MOST_BYTES, parse_spec

DOCS = (Path(__file__).parents[2] / "docs" / "launch-spec.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([\w.]+)` \|(.*)\|$", DOCS, re.MULTILINE))
EXAMPLES = re.findall(r"```(yaml|toml)\n(.*?)```", DOCS, re.DOTALL)


def test_every_field_has_its_row_in_the_order_of_the_code() -> None:
    outer = [name for name in ROWS if "." not in name]
    assert outer == [path for path in PATHS if "." not in path]
    assert set(ROWS) == set(PATHS)


@pytest.mark.parametrize(("form", "text"), EXAMPLES, ids=[f"{form}{n}" for n, (form, _) in enumerate(EXAMPLES)])
def test_the_examples_load(form: str, text: str) -> None:
    assert parse_spec(text, form).project == "test"


def test_the_first_example_is_the_guides() -> None:
    assert len(EXAMPLES) == 3
    assert parse_spec(EXAMPLES[0][1], "yaml") == GUIDE


def test_words_and_limits_are_those_of_the_code() -> None:
    for field, words in (
        ("scheduler", SCHEDULERS),
        ("replicas.metric", METRICS),
        ("storage.new.access_mode", ACCESS_MODES),
    ):
        assert all(f"`{word}`" in ROWS[field] for word in words)
    assert f"at most {LONGEST_KNATIVE} characters" in ROWS["name"]
    assert f"0 to {MOST_DEVICES}" in ROWS["gpu.devices"]
    assert f"{LEAST_PORTION} to 1" in ROWS["gpu.portion"]
    assert f"0 to {MOST_REPLICAS}" in ROWS["replicas.min"]
    assert f"{MOST_BYTES // 1024} KiB" in DOCS


def test_the_unpublished_names_are_told() -> None:
    paragraph = DOCS[DOCS.index("Whether a field can be used") : DOCS.index("## More of it")]
    unpublished = {path for path, served in FIELDS.items() if not served.published} - {"gpu.shared_devices"}
    told = set(re.findall(r"`([\w.]+)`", paragraph)) & set(PATHS)
    assert told == unpublished
