"""The data files: they agree with the schema, with each other and with what people can see."""

import re
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from config import options
from config.catalogue import nim_for_image, nims
from config.keymap import bad_binding, default_keys
from config.load import load, option_value, shipped_file
from config.palette import SLICE_COLOURS, palettes
from config.settings import Settings
from config.toml_lines import key_lines
from tui.actions import ACTIONS, Scope


def leaves(value: object, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for field in fields(value):  # type: ignore[arg-type]
        inner = getattr(value, field.name)
        found |= leaves(inner, f"{prefix}{field.name}.") if is_dataclass(inner) else {prefix + field.name}
    return found


def test_every_setting_has_an_option_and_every_option_a_setting() -> None:
    assert {option.key for option in options.OPTIONS} | {"profile", "keys"} == leaves(Settings())


def test_names_of_variables_and_flags_are_used_once() -> None:
    envs = [option.env for option in options.OPTIONS]
    flags = [option.flag for option in options.OPTIONS if option.flag]
    assert len(envs) == len(set(envs))
    assert len(flags) == len(set(flags))


def test_the_shipped_file_names_every_option_with_its_default() -> None:
    uncommented = re.sub(r"(?m)^# (?=[\"a-z_.]+ = )", "", shipped_file().partition("# A profile for each")[0])
    document = tomllib.loads(uncommented)
    default = Settings()
    for option in options.OPTIONS:
        table = document[option.table] if option.table else document
        if option.kind is options.Kind.SECRET:
            assert option.name not in table
            continue
        written, value = table.pop(option.name), option_value(default, option)
        if option.key == "screen.refresh_seconds":
            assert written == 1.0  # what holds on a local terminal; the setting itself has no default
        elif value is None or value == ():
            assert written in ("", [])
        else:
            assert written == value
    document.pop("profile")
    assert set(document.pop("keys")) <= set(default_keys())
    assert not any(document.values()), "the file names what is no option"


def test_the_shipped_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(shipped_file())
    assert load(environ={}, config=str(path)).settings == Settings()


def test_keys_and_actions_agree_and_no_two_actions_of_one_place_share_a_key() -> None:
    keys = default_keys()
    assert set(keys) == {action.id for action in ACTIONS}
    assert [action for action, own in keys.items() if bad_binding(action, ",".join(own))] == []
    for scope in Scope:
        if scope is Scope.EVERYWHERE:
            continue
        offered = [key for action in ACTIONS if action.scope in (scope, Scope.EVERYWHERE) for key in keys[action.id]]
        assert sorted(offered) == sorted(set(offered)), scope


def test_the_palettes_are_those_that_settings_offer() -> None:
    assert tuple(entry.name for entry in palettes()) == options.THEME_NAMES
    assert Settings().screen.theme == palettes()[0].name
    for entry in palettes():
        assert len(entry.slices) == SLICE_COLOURS


def luminance(colour: str) -> float:
    def channel(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("entry", [entry for entry in palettes() if not entry.ansi], ids=lambda entry: entry.name)
def test_everything_is_readable(entry) -> None:
    """WCAG AA for text: 4.5 to 1 on the ground, and for what is written on a slice."""
    for role in ("foreground", "success", "warning", "error", "accent", "primary", "dim"):
        assert contrast(getattr(entry, role), entry.background) >= 4.5, role
    for colour in entry.slices:
        assert contrast(entry.slice_text, colour) >= 4.5, colour
        assert contrast(colour, entry.background) >= 3.0, colour
    assert len(set(entry.slices)) == SLICE_COLOURS


def test_the_catalogue_has_the_guides_models_and_finds_them_by_any_reference() -> None:
    guide = [nim.reference for nim in nims() if nim.status == "guide"]
    assert guide == [
        "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4",
        "nvcr.io/nim/deepseek-ai/deepseek-r1-distill-llama-8b:1.5.2",
    ]
    llama = nims()[0]
    assert (llama.weights_bytes, llama.min_gpus, llama.half_gpu, llama.container_port) == (16e9, 1, "yes", 8000)
    for image in (
        "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4",
        "mirror.local:5000/nim/meta/llama-3.1-8b-instruct",
        "mirror.local:5000/meta/llama-3.1-8b-instruct:1.3.3@sha256:00",
    ):
        assert nim_for_image(image) == llama
    assert nim_for_image("docker.io/library/nginx:1") is None


def test_a_model_that_needs_more_memory_than_its_gpus_have_would_be_a_lie() -> None:
    h100_nvl_bytes = 94e9
    for nim in nims():
        assert nim.weights_bytes < nim.min_gpus * h100_nvl_bytes, nim.name
        if nim.half_gpu != "no":
            assert nim.weights_bytes < h100_nvl_bytes / 2, nim.name


def test_lines_of_keys_are_found_in_tables_profiles_and_quotes() -> None:
    text = "a = 1\n# b = 2\n[t]\nc.d = 3\n[ profiles . 'x y' . t ]\n\"q.r\" = 1\n"
    assert key_lines(text) == {
        ("a",): 1,
        ("t",): 3,
        ("t", "c", "d"): 4,
        ("profiles", "x y", "t"): 5,
        ("profiles", "x y", "t", "q.r"): 6,
    }
