"""A local tokenizer, where the user has one: how many tokens our words have, without asking the server."""

from pathlib import Path

from tui.bench.prompts.text import Cycle
from tui.bench.prompts.words import WORDS

_CYCLES = 8


def tokens_per_word(path: Path) -> float:
    """Of a ``tokenizer.json`` or the folder that holds one: 1.0 where every word is one token, and prompts are exact.

    ``ValueError`` with the mend if it can't be had.
    """
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
    cycle = Cycle(WORDS)
    # The difference of two lengths: what stands at the beginning of a text, or is added to it, drops out.
    one, many = (
        len(tokenizer.encode(cycle.take(0, count * cycle.size).decode(), add_special_tokens=False).ids)
        for count in (1, _CYCLES)
    )
    return float(many - one) / ((_CYCLES - 1) * cycle.size)
