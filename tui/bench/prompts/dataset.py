"""Prompts from a JSONL file: a line with ``prompt`` or ``messages``, and ``max_tokens`` if it has its own."""

from pathlib import Path
from typing import Any

import msgspec


class Prompt(msgspec.Struct, frozen=True):
    """One line. ``messages`` are those of the chat call."""

    prompt: str | None = None
    messages: list[dict[str, Any]] | None = None
    max_tokens: int | None = None

    @property
    def text(self) -> str:
        """The prompt as one text: of messages, their contents."""
        if self.prompt is not None:
            return self.prompt
        return "\n".join(str(message.get("content", "")) for message in self.messages or ())


def read_dataset(path: Path) -> list[Prompt]:
    """All prompts of the file. ``ValueError`` names the file, the line and the mend."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ValueError(f"prompts file {path}: {error.strerror}") from None
    decode = msgspec.json.Decoder(Prompt).decode
    prompts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            prompt = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} line {number}: {error}; write one JSON object a line") from None
        if prompt.prompt is None and not prompt.messages:
            raise ValueError(f"{path} line {number} has neither prompt nor messages")
        prompts.append(prompt)
    if not prompts:
        raise ValueError(f"{path} holds no prompt; write one JSON object a line with prompt or messages")
    return prompts
