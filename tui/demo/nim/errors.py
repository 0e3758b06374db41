"""Errors as a NIM answers them."""

from aiohttp import web


def error_response(status: int, message: str, kind: str, param: str | None = None) -> web.Response:
    """Both shapes at once: ``error`` is what vLLM and OpenAI send today, the flat fields are what NIM 1.x sent."""
    error = {"message": message, "type": kind, "param": param, "code": status}
    return web.json_response({"object": "error", **error, "error": error}, status=status)
