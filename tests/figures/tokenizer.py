"""A tokenizer directory for the peers, made on the spot: one token a byte, so that nothing is fetched from a hub.

Its prompts are shorter in bytes than a real model's, which favours the peers. It must not be used to count anything.
"""

import json
from pathlib import Path


def write(folder: Path) -> Path:
    """``folder``, filled with what the peers' tokenizer libraries load."""
    folder.mkdir(parents=True)
    vocabulary = {letter: number for number, letter in enumerate(["</s>", *_byte_letters()])}
    end = {"id": 0, "content": "</s>", "special": True}
    end |= dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    bytes_of = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [end],
        "pre_tokenizer": bytes_of,
        "decoder": bytes_of,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    }
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>", "bos_token": "</s>"}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, "model_max_length": 1_000_000}))
    return folder


def _byte_letters() -> list[str]:
    """The visible letter that stands for each byte: itself where it can be seen, else one from 256 on."""
    seen = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    unseen = [byte for byte in range(256) if byte not in seen]
    return [chr(byte) if byte in seen else chr(256 + unseen.index(byte)) for byte in range(256)]
