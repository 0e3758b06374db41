"""POST and PUT: new objects, and objects replaced whole."""

import copy
import secrets
from typing import Any

from aiohttp import web

from tui.demo.kube.answers import json_response
from tui.demo.kube.body import read_object, settle_faults
from tui.demo.kube.call import Call
from tui.demo.kube.defaults import carry_over, fill
from tui.demo.kube.handlers.read import existing
from tui.demo.kube.patches.ownership import Writer, note_update
from tui.demo.kube.quota import check_quota
from tui.demo.kube.validation import check_namespace, check_object, check_update, settle_namespace
from tui.demo.objects import ApiError, Json, Resource, Stored
from tui.demo.objects.errors import already_exists, bad_request, details, stale

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_SERVER_SETS = ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
                "deletionGracePeriodSeconds", "selfLink")  # fmt: skip
_KEPT = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName")


async def create(call: Call) -> web.Response:
    """A new object. Raises ``ApiError`` 400, 403, 404, 409, 415 and 422."""
    decoded = await read_object(call.request, call.res)
    dry = call.dry_run("CreateOptions")
    obj = settle_faults(call.res, decoded, call.query("fieldValidation"), call.warnings)
    return created(call, obj, dry=dry)


def created(call: Call, obj: Json, *, dry: bool, owned: bool = False) -> web.Response:
    """Stores a decoded object and answers 201; ``owned``: its managedFields are settled already."""
    res = call.res
    metadata = obj["metadata"] = {key: value for key, value in (obj.get("metadata") or {}).items() if value is not None}
    settle_namespace(res, obj, call.namespace)
    for field in _SERVER_SETS:
        metadata.pop(field, None)
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + "".join(secrets.choice(_SUFFIX) for _ in range(5))
    if res.has_status:
        obj.pop("status", None)
    check_namespace(call.store, res, call.namespace, metadata.get("name", ""))
    check_object(res, obj)
    fill(res, obj)
    if not owned:
        metadata.pop("managedFields", None)
        note_update(res, None, obj, Writer(call.manager, call.store.timestamp()))
    if call.store.get(res, call.namespace, metadata["name"]) is not None:
        raise already_exists(res, metadata["name"])
    check_quota(call.store, res, call.namespace, obj)
    return json_response(call.store.create(res, obj, dry_run=dry), 201)


async def replace(call: Call) -> web.Response:
    """PUT, of the object or of its status. A custom or built-in object that is not there is 404."""
    decoded = await read_object(call.request, call.res)
    dry = call.dry_run("UpdateOptions")
    new = settle_faults(call.res, decoded, call.query("fieldValidation"), call.warnings)
    old = existing(call)
    return json_response(updated(call, old, new, dry=dry))


def updated(call: Call, old: Stored, new: Json, *, dry: bool, owned: bool = False) -> Json:
    """Stores what an update makes of ``old``. Raises ``ApiError`` 400, 409 and 422.

    Only the part that the path names counts: the status at ``/status``, all else elsewhere.
    """
    res, status = call.res, call.place.subresource == "status"
    new["metadata"] = dict(new.get("metadata") or {})
    _check_identity(call, old.obj, new)
    for field in (*_KEPT, *(("managedFields",) if not owned else ())):
        new["metadata"].pop(field, None)
        if field in old.obj["metadata"]:
            new["metadata"][field] = old.obj["metadata"][field]
    new = _one_part(res, old.obj, new, status=status)
    if not status:
        carry_over(res, old.obj, new)
        check_update(res, old.obj, new)
    else:
        check_object(res, new)
    if not owned and _differs(old.obj, new):
        writer = Writer(call.manager, call.store.timestamp(), "status" if status else "")
        note_update(res, old.obj, new, writer)
    return call.store.change(res, call.namespace, call.name, _becomes(new), dry_run=dry)


def _check_identity(call: Call, old: Json, new: Json) -> None:
    res, metadata = call.res, new["metadata"]
    name = metadata.setdefault("name", call.name)
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    settle_namespace(res, new, call.namespace)
    uid, version = metadata.get("uid"), metadata.get("resourceVersion")
    if uid and uid != old["metadata"]["uid"]:
        message = (
            f'Operation cannot be fulfilled on {res.key} "{name}": StorageError: invalid object, Code: 4, '
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}"
        )
        raise ApiError(409, "Conflict", message, details(res, name))
    if version and version != old["metadata"]["resourceVersion"]:
        raise stale(res, name)


def _one_part(res: Resource, old: Json, new: Json, *, status: bool) -> Json:
    """Takes from ``new`` what this path may write. A custom kind's status path leaves metadata alone."""
    if not res.has_status:
        return new
    if status:
        part = {**copy.deepcopy(old), "status": new.get("status", {})}
        if not res.custom:
            part["metadata"] = new["metadata"]
        return part
    kept = {key: value for key, value in new.items() if key != "status"}
    return {**kept, "status": old["status"]} if "status" in old else kept


def _differs(old: Json, new: Json) -> bool:
    ignored = ("resourceVersion", "managedFields", "generation", "uid", "selfLink")

    def shown(obj: Json) -> tuple[Json, Json]:
        metadata = {key: value for key, value in obj["metadata"].items() if key not in ignored}
        return metadata, {key: value for key, value in obj.items() if key not in ("metadata", "kind", "apiVersion")}

    return shown(old) != shown(new)


def _becomes(new: Json) -> Any:
    def edit(obj: Json) -> None:
        obj.clear()
        obj.update(new)

    return edit
