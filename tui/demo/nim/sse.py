"""The events of one streamed answer as bytes, in the shape that vLLM and NIM send. Prebuilt: only the text changes."""

import json
from typing import Literal

Finish = Literal["stop", "length"]
Kind = Literal["chat", "text"]

DONE = b"data: [DONE]\n\n"
_OBJECTS = {"chat": "chat.completion.chunk", "text": "text_completion"}
_ROLE = (
    b'[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],'
    b'"prompt_token_ids":null}\n\n'
)
_BEFORE = {"chat": b'[{"index":0,"delta":{"content":"', "text": b'[{"index":0,"text":"'}
_AFTER = {
    "chat": b'"},"logprobs":null,"finish_reason":null,"token_ids":null}]}\n\n',
    "text": b'","logprobs":null,"finish_reason":null,"stop_reason":null,"token_ids":null}]}\n\n',
}
_END = {
    ("chat", "stop"): b'"},"finish_reason":"stop","stop_reason":null,"token_ids":null}]}\n\n',
    ("chat", "length"): b'"},"finish_reason":"length","stop_reason":null,"token_ids":null}]}\n\n',
    ("text", "stop"): b'","logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null}]}\n\n',
    ("text", "length"): b'","logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null}]}\n\n',
}


def usage_json(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    total = prompt_tokens + completion_tokens
    return {"prompt_tokens": prompt_tokens, "total_tokens": total, "completion_tokens": completion_tokens}


class Frames:
    """Events of the answer ``ident``; text must need no escape in JSON, as the words of ``tokens`` don't."""

    __slots__ = ("_after", "_before", "_head", "_kind")

    def __init__(self, kind: Kind, ident: str, created: int, model: str) -> None:
        name = json.dumps(model)
        head = f'data: {{"id":"{ident}","object":"{_OBJECTS[kind]}","created":{created},"model":{name},"choices":'
        self._kind = kind
        self._head = head.encode()
        self._before = self._head + _BEFORE[kind]
        self._after = _AFTER[kind]

    def role(self) -> bytes:
        """The chunk that bears the role and no token; a plain completion has none."""
        return self._head + _ROLE if self._kind == "chat" else b""

    def content(self, text: str) -> bytes:
        return self._before + text.encode() + self._after

    def last(self, text: str, reason: Finish) -> bytes:
        """The last text, in the chunk that says why it ends."""
        return self._before + text.encode() + _END[self._kind, reason]

    def usage(self, prompt_tokens: int, completion_tokens: int) -> bytes:
        usage = json.dumps(usage_json(prompt_tokens, completion_tokens), separators=(",", ":"))
        return self._head + f'[],"usage":{usage},"system_fingerprint":"nimdeck-lab"}}\n\n'.encode()
