"""The library of profiles."""

from pathlib import Path

import pytest

from config.catalogue import nims
from config.profiles import profiles, save_profile
from tests.launch.specs import GUIDE
from tui.launch.profile_specs import specs_of
from tui.launch.spec_file import SpecError, dump_spec
from tui.model.launch_spec import GpuAsk

LLAMA, DEEPSEEK = "meta/llama-3.1-8b-instruct", "deepseek-ai/deepseek-r1-distill-llama-8b"


def test_the_guides_cases_ship_and_are_right(tmp_path: Path) -> None:
    shipped = {profile.name: specs_of(profile) for profile in profiles(tmp_path)}
    asks = {name: [(spec.model, spec.gpu) for spec in specs] for name, specs in shipped.items()}
    half, one = GpuAsk(portion=0.5), GpuAsk(1)
    assert asks["llama-3.1-8b-one-gpu"] == [(LLAMA, one)]
    assert asks["llama-3.1-8b-half-gpu"] == [(LLAMA, half)]
    assert asks["deepseek-r1-8b-one-gpu"] == [(DEEPSEEK, one)]
    assert asks["deepseek-r1-8b-half-gpu"] == [(DEEPSEEK, half)]
    assert asks["mixed-8b-pair"] == [(LLAMA, half), (DEEPSEEK, half)]
    assert shipped["llama-3.1-8b-half-gpu"] == (GUIDE,)
    known = {nim.image.removeprefix("nvcr.io/nim/") for nim in nims()}
    for specs in shipped.values():
        assert len({spec.name for spec in specs}) == len(specs)
        for spec in specs:
            assert spec.project == "test" and spec.model in known
            assert spec.ngc == GUIDE.ngc and spec.storage == GUIDE.storage


def test_titles_tell_what_they_are(tmp_path: Path) -> None:
    titles = [profile.title for profile in profiles(tmp_path)]
    assert len(set(titles)) == len(titles) >= 5
    assert all(title[0].isupper() and "8B" in title for title in titles)


def test_ones_own_take_the_place_of_shipped_names(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    path = save_profile("mixed-8b-pair", "  Mine\nalone ", dump_spec(GUIDE), folder)
    (folder / "broken.yaml").write_bytes(b"\xff")
    (folder / "wrong.yaml").write_text("gpu: x\n")
    (folder / "notes.txt").write_text("not one")
    found = {profile.name: profile for profile in profiles(folder)}
    assert found["mixed-8b-pair"].is_own and found["mixed-8b-pair"].path == path
    assert found["mixed-8b-pair"].title == "Mine alone"
    assert specs_of(found["mixed-8b-pair"]) == (GUIDE,)
    assert "broken" not in found and "notes" not in found
    assert not found["llama-3.1-8b-one-gpu"].is_own
    with pytest.raises(SpecError, match=r"wrong\.yaml"):
        specs_of(found["wrong"])


@pytest.mark.parametrize("name", ["", "../x", "A", ".hidden", "a/b"])
def test_a_profile_can_not_be_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name of a profile"):
        save_profile(name, "", "", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_beside_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = save_profile("mine", "", dump_spec(GUIDE))
    assert path == tmp_path / "nimdeck" / "profiles" / "mine.yaml"
    assert [profile.title for profile in profiles() if profile.is_own] == ["mine"]
