"""The optional tokenizer: needed only where asked for, and every way it can fail has its mend."""

import builtins
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tui.bench.prompts.tokenizer import tokens_per_word


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A stand-in for the package, which adds two tokens to any text and splits words of more than four letters."""

    class Tokenizer:
        @staticmethod
        def from_file(name: str) -> "Tokenizer":
            if "bad" in Path(name).read_text():
                raise Exception("expected value at line 1")
            return Tokenizer()

        def encode(self, text: str, add_special_tokens: bool) -> Any:
            assert not add_special_tokens
            return types.SimpleNamespace(ids=[0, 0, *(0 for w in text.split() for _ in range(1 + (len(w) > 4)))])

    module = types.ModuleType("tokenizers")
    module.Tokenizer = Tokenizer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tokenizers", module)
    return module


@pytest.mark.usefixtures("library")
def test_tokens_per_word_of_a_file_or_its_folder(tmp_path: Path) -> None:
    from tui.bench.prompts.words import WORDS

    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    expected = 1 + sum(len(word) > 4 for word in WORDS) / len(WORDS)
    assert tokens_per_word(file) == tokens_per_word(tmp_path) == pytest.approx(expected)


@pytest.mark.usefixtures("library")
def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no tokenizer\.json there"):
        tokens_per_word(tmp_path)
    (tmp_path / "tokenizer.json").write_text("bad")
    with pytest.raises(ValueError, match="can't be read: expected value"):
        tokens_per_word(tmp_path)


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "tokenizers":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match="pip install tokenizers"):
        tokens_per_word(tmp_path)
