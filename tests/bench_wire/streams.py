"""Streams as real servers write them."""

import json

JSON = {"chat": "chat.completion.chunk"}


def content(text: str, finish: str | None = None, key: str = "content", **more: object) -> bytes:
    choice = {"index": 0, "delta": {key: text}, "logprobs": None, "finish_reason": finish}
    return data({"id": "c", "object": JSON["chat"], "choices": [choice], **more})


def role() -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    return data({"id": "c", "object": JSON["chat"], "choices": [choice]})


def usage(prompt: int, completion: int) -> bytes:
    return data({"id": "c", "choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}})


def data(value: object) -> bytes:
    return b"data: " + json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def answer(*events: bytes) -> bytes:
    """A whole chunked response, an event a chunk."""
    return HEAD + b"".join(map(chunk, events)) + END


def refusal(status: int, body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    head = f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body
