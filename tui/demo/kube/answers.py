"""Answers: JSON, Status, and the plain text of a path that is not there."""

from aiohttp import web

from tui.demo.objects import ApiError, Json
from tui.demo.objects.versions import encode


def json_response(body: Json | bytes, status: int = 200, content_type: str = "application/json") -> web.Response:
    """A JSON answer; bytes are sent as they are."""
    data = body if isinstance(body, bytes) else encode(body)
    return web.Response(body=data, status=status, headers={"Content-Type": content_type, "Cache-Control": _PRIVATE})


_PRIVATE = "no-cache, private"


def status_response(error: ApiError) -> web.Response:
    """A refusal as the API server sends it."""
    response = json_response(error.status(), error.code)
    retry = (error.details or {}).get("retryAfterSeconds")
    if retry:
        response.headers["Retry-After"] = str(retry)
    if error.code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def page_not_found() -> web.Response:
    return web.Response(text="404 page not found\n", status=404, content_type="text/plain", charset="utf-8")


def plain_text(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/plain", charset="utf-8")


def resource_not_found() -> ApiError:
    """A subresource that the kind does not have."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiError:
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def success(details: Json | None = None, code: int | None = None) -> Json:
    """A ``Status`` that says Success."""
    status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if details is not None:
        status["details"] = details
    if code is not None:
        status["code"] = code
    return status
