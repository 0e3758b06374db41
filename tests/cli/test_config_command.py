"""config show|path|check."""

import csv
import io
import json
from pathlib import Path

from config.load import shipped_file


def rows(text: str) -> dict[str, tuple[object, str]]:
    return {item["key"]: (item["value"], item["origin"]) for item in json.loads(text)["items"]}


def test_show_tells_value_and_origin_and_hides_secrets(nimdeck, monkeypatch, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("timeout_seconds = 7\n[keys]\napp.pause = 'f2'\n")
    monkeypatch.setenv("NIMDECK_PROMETHEUS_TOKEN", "hunter2")
    told = rows(nimdeck("config", "show", "-o", "json", "--config", str(path), "--read-only").out)
    assert told["timeout_seconds"] == (7.0, f"{path}:1")
    assert told["prometheus.token"] == ("***", "NIMDECK_PROMETHEUS_TOKEN")
    assert told["read_only"] == (True, "--read-only")
    assert told["prometheus.url"] == (None, "default")
    assert told["keys.app.pause"] == ("f2", str(path))
    for output in ("table", "csv"):
        assert "hunter2" not in nimdeck("config", "show", "-o", output).out


def test_show_as_table_and_csv_have_the_same_keys(nimdeck) -> None:
    table = nimdeck("config", "show").out.splitlines()
    lines = list(csv.reader(io.StringIO(nimdeck("config", "show", "-o", "csv").out)))
    assert [line.split()[0] for line in table[1:]] == [line[0] for line in lines[1:]]


def test_show_default_is_a_file_to_start_from(nimdeck, tmp_path: Path) -> None:
    text = nimdeck("config", "show", "--default").out
    assert text == shipped_file()
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert nimdeck("config", "check", "--config", str(path)).code == 0


def test_path_is_told_whether_or_not_there_is_a_file(nimdeck, tmp_path: Path, monkeypatch) -> None:
    assert nimdeck("config", "path").out == f"{tmp_path}/xdg/nimdeck/config.toml\n"
    monkeypatch.setenv("NIMDECK_CONFIG", "/elsewhere.toml")
    assert nimdeck("config", "path").out == "/elsewhere.toml\n"


def test_check_reads_every_profile(nimdeck, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[profiles.a]\nproject = 'x'\n[profiles.b.kubernetes]\nkubeconfig = 'gone'\n")
    answer = nimdeck("config", "check", "--config", str(path))
    assert answer.code == 2
    assert f"{path}:4: kubernetes.kubeconfig: {tmp_path}/gone does not exist" in answer.err
    (tmp_path / "gone").write_text("")
    monkeypatch.setenv("NIMDECK_SOMETHING", "1")
    answer = nimdeck("config", "check", "--config", str(path))
    assert (answer.code, answer.out) == (0, f"ok: {path}; profiles a, b\n")
    assert answer.err == "nimdeck: NIMDECK_SOMETHING is no setting of ours and is not read\n"
