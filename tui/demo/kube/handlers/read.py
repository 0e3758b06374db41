"""GET: one object or a list, in the form that the client accepts."""

import asyncio

from aiohttp import web

from tui.demo.kube.answers import json_response
from tui.demo.kube.call import Call
from tui.demo.kube.forms import TableWriter, partial, partial_list
from tui.demo.kube.negotiation import Form, negotiate
from tui.demo.kube.paging import Page
from tui.demo.kube.selectors import selector
from tui.demo.objects import ApiError, Json, Stored
from tui.demo.objects.errors import Cause, bad_request, expired, invalid, not_found
from tui.demo.objects.versions import encode

_TOO_LARGE = "Too large resource version"


async def get(call: Call) -> web.Response:
    """One object. Raises ``ApiError`` 404."""
    found = existing(call)
    return present(call, found)


def existing(call: Call) -> Stored:
    """The object that the path names. Raises ``ApiError`` 404."""
    found = call.store.stored(call.res, call.namespace, call.name)
    if found is None:
        raise not_found(call.res, call.name)
    return found


def present(call: Call, stored: Stored, status: int = 200) -> web.Response:
    """One object in the form that the client accepts."""
    form = negotiate(call.request.headers.get("Accept", ""))
    if form is Form.TABLE:
        metadata = {"resourceVersion": str(stored.version)}
        return json_response(table_writer(call).table([stored], metadata), status)
    if form is Form.METADATA:
        return json_response(partial(stored.obj), status)
    return json_response(stored.full, status)


def table_writer(call: Call) -> TableWriter:
    return TableWriter(call.res, call.store.now, call.query("includeObject", "Metadata"))


async def list_(call: Call) -> web.Response:
    """A list or a page of one."""
    form = negotiate(call.request.headers.get("Accept", ""), of_list=True)
    matches = selector(call.res, call.query("labelSelector"), call.query("fieldSelector"))
    await check_version(call)
    limit = call.number("limit")
    if limit < 0:
        text = f"Invalid value: {limit}: must be greater than or equal to 0"
        raise invalid("ListOptions.meta.k8s.io", "", [Cause("FieldValueInvalid", text, "limit")])
    page = call.context.pager.page(call.res, call.namespace, matches, limit, call.query("continue"))
    metadata = list_metadata(page)
    if form is Form.TABLE:
        return json_response(table_writer(call).table(page.items, metadata))
    if form is Form.METADATA_LIST:
        return json_response(partial_list(page.items, metadata))
    return json_response(list_body(call, page.items, metadata))


def list_metadata(page: Page) -> Json:
    metadata: Json = {"resourceVersion": str(page.version)}
    if page.token:
        metadata["continue"] = page.token
    if page.remaining is not None:
        metadata["remainingItemCount"] = page.remaining
    return metadata


def list_body(call: Call, items: list[Stored], metadata: Json) -> bytes:
    """The bytes of a list, its objects' bytes as they were kept."""
    res, joined = call.res, b",".join([stored.item for stored in items])
    if res.custom:
        head = b'{"apiVersion":"%s","items":[' % res.api_version.encode()
        return head + joined + b'],"kind":"%s","metadata":%s}' % (res.list_kind.encode(), encode(metadata))
    head = b'{"kind":"%s","apiVersion":"%s"' % (res.list_kind.encode(), res.api_version.encode())
    return head + b',"metadata":' + encode(metadata) + b',"items":[' + joined + b"]}"


def version_of(text: str) -> int:
    """A resourceVersion from the query. Raises ``ApiError`` 400."""
    if not text:
        return 0
    if not text.isdigit() or not text.isascii():
        raise bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)


async def check_version(call: Call) -> None:
    """Whether a list at the version asked for can be had. Raises ``ApiError`` 400, 410, 422 and 504."""
    text, match = call.query("resourceVersion"), call.query("resourceVersionMatch")
    if match and not text:
        fault = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise invalid("ListOptions.meta.k8s.io", "", [Cause("FieldValueForbidden", fault, "resourceVersionMatch")])
    version = version_of(text)
    if version > call.store.version:
        await asyncio.sleep(call.context.timing.too_large_version_seconds)
    if version > call.store.version:
        message = f"Timeout: {_TOO_LARGE}: {version}, current: {call.store.version}"
        causes = [{"reason": "ResourceVersionTooLarge", "message": _TOO_LARGE}]
        raise ApiError(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})
    unchanged = call.store.changed(call.res) <= version and call.store.ring(call.res).compacted <= version
    if match == "Exact" and not unchanged:
        raise expired("The resourceVersion for the provided list is too old.")
