"""How the control plane answers: errors as ``{code, message}``, lists with filters, order and pages."""

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tui.demo.objects import Json

TENANT_ID = 1001
_DEFAULT_LIMIT = 50
_MAX_LIMIT = 500
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "=@": lambda value, wanted: wanted in value,
    "!@": lambda value, wanted: wanted not in value,
    "=^": lambda value, wanted: value.startswith(wanted),
    "=$": lambda value, wanted: value.endswith(wanted),
    "<=": lambda value, wanted: _comparable(value) <= _comparable(wanted),
    ">=": lambda value, wanted: _comparable(value) >= _comparable(wanted),
}


class RefusalError(Exception):
    """An answer that is an error: HTTP status and Run:ai's Error body."""

    def __init__(self, code: int, message: str, details: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.body: Json = {"code": code, "message": message} | ({"details": details} if details else {})


def refused(refusal: RefusalError) -> web.Response:
    return web.json_response(refusal.body, status=refusal.code)


def rfc3339(seconds: float) -> str:
    """Unix seconds as the API writes times: UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def body_of(request: web.Request, kind: type[Any]) -> Any:
    """The JSON body, which must be of ``kind``."""
    try:
        body = await request.json()
    except ValueError:
        raise RefusalError(400, "Request body is not valid JSON.") from None
    if not isinstance(body, kind):
        raise RefusalError(400, f"Request body must be a JSON {'array' if kind is list else 'object'}.")
    return body


def listing(request: web.Request, key: str, items: Iterable[Json], *, paged: bool = True) -> web.Response:
    """``{key: [...], next}``: filterBy, search, sortBy with sortOrder, offset and limit as the request asks."""
    chosen = [item for item in items if _matches(item, request)]
    sort_by = request.query.get("sortBy")
    if sort_by:
        descending = request.query.get("sortOrder", "asc") == "desc"
        chosen.sort(key=lambda item: _sort_key(_field(item, sort_by)), reverse=descending)
    if not paged and "limit" not in request.query:
        return web.json_response({key: chosen})
    offset = _number(request, "offset", 0, 0, None)
    limit = _number(request, "limit", _DEFAULT_LIMIT, 1, _MAX_LIMIT)
    body: Json = {key: chosen[offset : offset + limit]}
    if offset + limit < len(chosen):
        body["next"] = offset + limit
    return web.json_response(body)


def _number(request: web.Request, name: str, default: int, low: int, high: int | None) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < low or (high is not None and int(text) > high):
        raise RefusalError(400, f'Parameter "{name}" is out of range: {text}')
    return int(text)


def filters(request: web.Request) -> list[tuple[str, str, str]]:
    """(field, operator, value) of each ``filterBy``."""
    found = []
    for text in (part for given in request.query.getall("filterBy", []) for part in given.split(",")):
        sign = next((sign for sign in _OPERATORS if sign in text), None)
        if sign is None:
            raise RefusalError(400, f'Parameter "filterBy" has no operator: {text}')
        field, _, value = text.partition(sign)
        found.append((field, sign, value))
    return found


def _matches(item: Json, request: web.Request) -> bool:
    search = request.query.get("search", "").lower()
    if search and search not in str(item.get("name", "")).lower():
        return False
    return all(_OPERATORS[sign](_text(_field(item, field)), value) for field, sign, value in filters(request))


def _field(item: Json, name: str) -> Any:
    if name in item:
        return item[name]
    special = {"allocatedGPU": ("allocatedResources", "gpu"), "nodepool": ("currentNodePools",)}.get(name, ())
    value: Any = item if special else None
    for part in special:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _comparable(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text


def _sort_key(value: Any) -> tuple[int, float, str]:
    return _comparable(_text(value))
