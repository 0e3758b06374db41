"""``secret``: the key goes to the cluster and nowhere else."""

import base64
import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli_launch.conftest import TOKEN
from tui.sources.kubernetes import KubeClient


def data_of(lab: dict, name: str) -> dict[str, str]:
    """The Secret's values as the API server has them."""
    client = KubeClient(Path(lab["kubeconfig"]), None)
    found = client.get_json(f"/api/v1/namespaces/runai-test/secrets/{name}")
    return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}


def pipe(monkeypatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_piped_key_becomes_the_secret_and_is_written_nowhere_else(deck, lab, home, monkeypatch):
    pipe(monkeypatch, TOKEN + "\n")
    answer = deck("secret", "ngc", "--name", "piped", "--project", "test", "--yes")
    assert (answer.code, answer.out, answer.err) == (0, "created Secret runai-test/piped\n", "")
    assert data_of(lab, "piped") == {"NGC_API_KEY": TOKEN}
    written = [path for path in home.rglob("*") if path.is_file()]
    assert written, "there is an audit log"
    assert all(TOKEN not in path.read_text(errors="replace") for path in written)


def test_the_pull_secret_has_the_user_that_nvcr_wants(deck, lab, monkeypatch):
    monkeypatch.setenv("NGC_API_KEY", TOKEN)
    answer = deck("secret", "registry", "--name", "pull", "--namespace", "runai-test", "--yes", "-o", "json")
    assert answer.code == 0
    assert json.loads(answer.out)["items"][0]["action"] == "secret"
    entry = json.loads(data_of(lab, "pull")[".dockerconfigjson"])["auths"]["nvcr.io"]
    assert (entry["username"], entry["password"]) == ("$oauthtoken", TOKEN)


def test_one_that_is_there_is_replaced_only_when_it_is_said(deck, lab, tmp_path):
    path = tmp_path / "token"
    path.write_text("first-key\n")
    flags = ("--name", "twice", "--project", "test", "--yes", "--token-file", str(path))
    assert deck("secret", "ngc", *flags).code == 0
    path.write_text(TOKEN)
    kept = deck("secret", "ngc", *flags)
    assert kept.code == 2
    assert "--overwrite" in kept.err
    assert data_of(lab, "twice") == {"NGC_API_KEY": "first-key"}
    assert deck("secret", "ngc", *flags, "--overwrite").code == 0
    assert data_of(lab, "twice") == {"NGC_API_KEY": TOKEN}


def test_a_typed_key_is_not_echoed_and_not_in_the_preview(deck, typed, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: TOKEN)
    typed("y")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    answer = deck("secret", "ngc", "--name", "typed", "--project", "test")
    assert answer.code == 0
    assert "'***'" in answer.err


@pytest.mark.parametrize(
    ("text", "words"), [("", "holds no key"), ("two words", "without spaces"), ("a\nb", "without spaces")]
)
def test_what_is_no_key_is_refused_without_repeating_it(plain, monkeypatch, text, words):
    pipe(monkeypatch, text)
    answer = plain("secret", "ngc", "--project", "test", "--yes")
    assert answer.code == 2
    assert words in answer.err
    assert "two" not in answer.err


def test_where_it_goes_must_be_said(deck, monkeypatch):
    pipe(monkeypatch, TOKEN)
    answer = deck("secret", "ngc", "--yes")
    assert answer.code == 2
    assert "--project" in answer.err


def test_a_missing_file_is_named(plain):
    answer = plain("secret", "ngc", "--project", "test", "--yes", "--token-file", "/nowhere")
    assert answer.code == 2
    assert "--token-file /nowhere: no such file" in answer.err
