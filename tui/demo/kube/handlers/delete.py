"""DELETE of one object or of all that a selector matches."""

from typing import Any, NamedTuple

from aiohttp import web

from tui.demo.kube.answers import json_response, success
from tui.demo.kube.body import read_json
from tui.demo.kube.call import Call, check_dry_run
from tui.demo.kube.handlers.read import existing, list_body
from tui.demo.kube.selectors import selector
from tui.demo.objects import ApiError, Json, Stored
from tui.demo.objects.errors import Cause, bad_request, details, invalid

_RETURNED = frozenset({"pods", "services", "persistentvolumes", "persistentvolumeclaims", "serviceaccounts",
                       "resourcequotas"})  # fmt: skip
_POLICIES = ("Background", "Foreground", "Orphan")
_DEFAULT_GRACE_SECONDS = 30


class Options(NamedTuple):
    """DeleteOptions, from the body or the query."""

    dry_run: bool
    grace_seconds: int | None
    propagation: str
    preconditions: Json


async def delete(call: Call) -> web.Response:
    """One object. Raises ``ApiError`` 400, 404, 409 and 422."""
    options = await _options(call)
    found = existing(call)
    _check_preconditions(call, found.obj, options.preconditions)
    left = _delete(call, found, options)
    held = left is not None and left["metadata"].get("deletionTimestamp")
    if left is not None and (call.res.key in _RETURNED or (held and not options.dry_run)):
        return json_response(left)
    parts = details(call.res, call.name)
    parts["uid"] = found.obj["metadata"]["uid"]
    return json_response(success(parts))


async def delete_collection(call: Call) -> web.Response:
    """All that the selectors match."""
    options = await _options(call)
    matches = selector(call.res, call.query("labelSelector"), call.query("fieldSelector"))
    found = [stored for stored in call.store.stored_list(call.res, call.namespace) if matches(stored.obj)]
    for stored in found:
        _delete(call, stored, options)
    return json_response(list_body(call, found, {"resourceVersion": str(call.store.version)}))


def _delete(call: Call, stored: Stored, options: Options) -> Json | None:
    metadata = stored.obj["metadata"]
    grace = options.grace_seconds
    if call.res.key != "pods":
        grace = 0
    elif grace is None:
        grace = stored.obj.get("spec", {}).get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS)
    return call.store.delete(
        call.res,
        metadata.get("namespace"),
        metadata["name"],
        grace_seconds=grace,
        propagation=options.propagation,
        dry_run=options.dry_run,
    )


async def _options(call: Call) -> Options:
    body: Any = await read_json(call.request) or {}
    if not isinstance(body, dict):
        raise bad_request('DeleteOptions in version "v1" cannot be handled as a DeleteOptions: not an object')
    wanted: list[str] = body.get("dryRun") or call.values("dryRun")
    dry = check_dry_run(wanted, "DeleteOptions")
    grace = body.get("gracePeriodSeconds")
    if grace is None and call.query("gracePeriodSeconds"):
        grace = call.number("gracePeriodSeconds")
    policy = body.get("propagationPolicy") or call.query("propagationPolicy")
    if policy and policy not in _POLICIES:
        allowed = ", ".join(f'"{name}"' for name in (*_POLICIES, "nil"))
        text = f'Unsupported value: "{policy}": supported values: {allowed}'
        raise invalid("DeleteOptions", "", [Cause("FieldValueNotSupported", text, "propagationPolicy")])
    if not policy and str(body.get("orphanDependents", call.query("orphanDependents"))).lower() == "true":
        policy = "Orphan"
    return Options(dry, grace, policy or "Background", body.get("preconditions") or {})


def _check_preconditions(call: Call, obj: Json, preconditions: Json) -> None:
    metadata = obj["metadata"]
    for field, name, after in (
        ("uid", "UID", "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "The object might have been modified"),
    ):
        wanted = preconditions.get(field)
        if wanted and wanted != metadata[field]:
            message = (
                f'Operation cannot be fulfilled on {call.res.qualified_kind} "{call.name}": the {name} in the '
                f"precondition ({wanted}) does not match the {name} in record ({metadata[field]}). {after}"
            )
            raise ApiError(409, "Conflict", message, details(call.res, call.name, kind=call.res.kind))
