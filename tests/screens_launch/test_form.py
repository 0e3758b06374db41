"""The form without a screen: its texts and the spec are two faces of one thing, and what is wrong names its field."""

from dataclasses import fields, replace

import pytest
from hypothesis import given

from config.launch_help import field_help
from tests.launch.specs import specs
from tui.launch.spec_fields import PATHS as FILE_PATHS
from tui.launch.spec_file import dump_spec, parse_spec
from tui.model.launch_spec import EnvVar, GpuAsk, LaunchSpec, SecretRef
from tui.present.launch_form import form_of, name_for, read_form
from tui.present.launch_values import ADVANCED, PATHS, LaunchForm, changed_advanced, field_at

GOOD = LaunchForm(name="llama", project="test", model="meta/llama-3.1-8b-instruct")


@given(specs())
def test_form_spec_file_spec_form(spec: LaunchSpec) -> None:
    form = form_of(spec)
    read, errors = read_form(form)
    assert not errors
    assert read == spec
    assert form_of(parse_spec(dump_spec(read), "yaml")) == form


def test_every_field_of_the_file_has_its_place_in_the_form() -> None:
    tables = {"replicas", "cpu", "storage.new.volume", "storage.new"}
    assert set(FILE_PATHS) - set(PATHS.values()) <= tables
    assert all(field_help(one.name).help for one in fields(LaunchForm))


def faults(**change: str) -> dict[str, str]:
    _, errors = read_form(replace(GOOD, **change))
    return {field_at(error.field): str(error) for error in errors}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": "Llama"}, "name", "lower-case"),
        ({"project": ""}, "project", "is missing"),
        ({"min": "two"}, "min", "is not a whole number"),
        ({"min": "3", "max": "2"}, "max", "replicas.max: '2'"),
        ({"tile": "free", "devices": "1.5"}, "devices", "whole number"),
        ({"tile": "free", "portion": "0.5", "gpu_memory": "40Gi"}, "gpu_memory", ""),
        ({"claim": "existing", "pvc": ""}, "pvc", "is missing"),
        ({"claim": "new", "pvc": "a", "size": "lots"}, "size", "is not a size"),
        ({"ngc": "secret", "secret": "No Name"}, "secret", "is no name"),
        ({"port": "8012"}, "port", "Knative"),
        ({"environment": "A='1"}, "environment", "quote"),
        ({"environment": "A"}, "environment", "NAME=value"),
        ({"environment": "A=1 A=2"}, "environment", "stands twice"),
        ({"environment": "HF_TOKEN=abc"}, "environment", "by reference"),
        ({"delete_after": "a month"}, "delete_after", "is not a duration"),
        ({"model": "", "name": "x"}, "model", "is missing"),
    ],
)
def test_what_is_wrong_stands_at_its_field(change: dict[str, str], field: str, said: str) -> None:
    found = faults(**change)
    assert field in found, found
    assert said in found[field]


def test_a_key_pasted_into_a_field_is_not_repeated() -> None:
    key = "nvapi-0123456789abcdef"
    for name in ("name", "model", "pvc", "secret", "environment", "profile", "image"):
        _, errors = read_form(replace(GOOD, claim="existing", **{name: key}))
        assert key not in "".join(map(str, errors)), name


def test_the_name_comes_from_the_model_where_none_is_given() -> None:
    assert name_for("meta/llama-3.1-8b-instruct") == "llama-3-1-8b-instruct"
    assert name_for("nvcr.io/nim/x/9b@sha256:00") == "nim-9b"
    assert read_form(replace(GOOD, name=""))[0].name == "llama-3-1-8b-instruct"
    assert len(name_for("a/" + "b" * 90)) == 46


def test_a_portion_may_be_given_in_percent() -> None:
    spec, errors = read_form(replace(GOOD, tile="free", devices="", portion="30 %"))
    assert not errors
    assert spec.gpu == GpuAsk(portion=0.3)


def test_a_variable_may_refer_to_a_secret() -> None:
    spec, errors = read_form(replace(GOOD, environment="A='two words' HF_TOKEN=SECRET:hf,token"))
    assert not errors
    assert spec.environment == (EnvVar("A", "two words"), EnvVar("HF_TOKEN", SecretRef("hf", "token")))


def test_the_fold_counts_what_was_changed_in_it() -> None:
    assert changed_advanced(GOOD) == ()
    assert changed_advanced(replace(GOOD, priority="inference")) == ("priority",)
    assert "name" not in ADVANCED
