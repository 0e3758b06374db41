"""PATCH in its four forms."""

import copy
from typing import Any

from aiohttp import web

from tui.demo.kube.answers import json_response
from tui.demo.kube.body import Decoded, check_kind, media_type, read_json, settle_faults, unsupported_media
from tui.demo.kube.call import Call
from tui.demo.kube.handlers.read import existing
from tui.demo.kube.handlers.write import created, updated
from tui.demo.kube.patches.json_patch import PatchFailedError, PatchMalformedError, apply_patch, merge
from tui.demo.kube.patches.ownership import Writer, apply
from tui.demo.kube.patches.strategic import strategic_merge
from tui.demo.objects import ApiError, Json
from tui.demo.objects.errors import Cause, bad_request, details, invalid, stale

JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
CUSTOM_TYPES = (JSON_PATCH, MERGE, APPLY)


async def patch(call: Call) -> web.Response:
    """Patches by Content-Type. Raises ``ApiError`` 400, 404, 409, 415 and 422."""
    kind = media_type(call.request)
    if kind == STRATEGIC and call.res.custom:
        raise unsupported_media(CUSTOM_TYPES)
    if kind not in (*CUSTOM_TYPES, STRATEGIC):
        if call.res.custom:
            raise unsupported_media(CUSTOM_TYPES)
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    dry = call.dry_run("PatchOptions")
    if kind == APPLY:
        return await _apply(call, dry=dry)
    if call.query("force"):
        cause = Cause("FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force")
        raise invalid("PatchOptions.meta.k8s.io", "", [cause])
    body = await read_json(call.request)
    old = existing(call)
    new = _patched(kind, old.copy(), body)
    if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
        raise bad_request(f"{call.res.kind} patch leaves no object")
    check_kind(new, call.res)
    new = settle_faults(call.res, Decoded(new, []), call.query("fieldValidation"), call.warnings)
    return json_response(updated(call, old, new, dry=dry))


def _patched(kind: str, old: Json, body: Any) -> Any:
    if kind == JSON_PATCH:
        try:
            return apply_patch(old, body)
        except PatchFailedError:
            message = "the server rejected our request due to an error in our request"
            raise ApiError(422, "Invalid", message, {}) from None
        except PatchMalformedError as error:
            raise bad_request(f"error decoding patch: {error}") from None
    if not isinstance(body, dict):
        raise bad_request("error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}")
    return merge(old, body) if kind == MERGE else strategic_merge(old, body)


async def _apply(call: Call, *, dry: bool) -> web.Response:
    if not call.query("fieldManager"):
        cause = Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")
        raise invalid("PatchOptions.meta.k8s.io", "", [cause])
    config = await _configuration(call)
    live = call.store.stored(call.res, call.namespace, call.name)
    status = "status" if call.place.subresource == "status" else ""
    writer = Writer(call.query("fieldManager"), call.store.timestamp(), status)
    if live is None:
        return _apply_new(call, config, writer, dry=dry)
    version = config["metadata"].pop("resourceVersion", None)
    if version and version != str(live.version):
        raise stale(call.res, call.name)
    merged = apply(call.res, live.obj, config, writer, force=call.flag("force"))
    return json_response(updated(call, live, copy.deepcopy(merged), dry=dry, owned=True))


def _apply_new(call: Call, config: Json, writer: Writer, *, dry: bool) -> web.Response:
    if call.place.subresource:
        existing(call)
    metadata = config["metadata"]
    if metadata.get("uid"):
        message = f'Operation cannot be fulfilled on {call.res.key} "{call.name}": uid mismatch: the provided object '
        message += f"specified uid {metadata['uid']}, and no existing object was found"
        raise ApiError(409, "Conflict", message, details(call.res, call.name))
    metadata.setdefault("name", call.name)
    obj = apply(call.res, None, config, writer, force=True)
    return created(call, obj, dry=dry, owned=True)


async def _configuration(call: Call) -> Json:
    body = await read_json(call.request)
    if not isinstance(body, dict) or not body.get("kind") or not body.get("apiVersion"):
        raise bad_request("error decoding YAML: Object 'Kind' is missing in the applied configuration")
    check_kind(body, call.res)
    config = settle_faults(call.res, Decoded(body, []), call.query("fieldValidation"), call.warnings)
    metadata = config["metadata"] = dict(config.get("metadata") or {})
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    if metadata.setdefault("name", call.name) != call.name:
        name = metadata["name"]
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    return config
