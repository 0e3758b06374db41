"""A local tokenizer, where the user has one: how many tokens a word of ours has, without asking the server."""

import random
from pathlib import Path

from tui.bench.prompts.words import WORDS

_SAMPLE_WORDS = 2000


def tokens_per_word(path: Path) -> float:
    """Of a ``tokenizer.json`` or the folder that holds one. ``ValueError`` with the mend if it can't be had."""
    file = path / "tokenizer.json" if path.is_dir() else path
    if not file.is_file():
        raise ValueError(f"--tokenizer {path}: no tokenizer.json there")
    try:
        from tokenizers import Tokenizer  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise ValueError(
            "--tokenizer needs the package tokenizers: pip install tokenizers, or leave it out (usage is used then)"
        ) from None
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exception
        raise ValueError(f"--tokenizer {file} can't be read: {error}") from None
    text = " ".join(random.Random(1).choices(WORDS, k=_SAMPLE_WORDS))
    return len(tokenizer.encode(text, add_special_tokens=False).ids) / _SAMPLE_WORDS
