"""``pods/eviction``: a deletion that asks politely; there are no disruption budgets here."""

from typing import Any

from aiohttp import web

from tui.demo.kube.answers import json_response, success
from tui.demo.kube.body import read_json
from tui.demo.kube.call import Call, check_dry_run
from tui.demo.kube.handlers.read import existing
from tui.demo.objects import Json

_DEFAULT_GRACE_SECONDS = 30


async def evict(call: Call) -> web.Response:
    """Raises ``ApiError`` 404."""
    body: Any = await read_json(call.request) or {}
    options: Json = body.get("deleteOptions") or {}
    wanted: list[str] = options.get("dryRun") or call.values("dryRun")
    dry = check_dry_run(wanted, "CreateOptions")
    pod = existing(call).obj
    grace = options.get("gracePeriodSeconds")
    if grace is None:
        grace = pod.get("spec", {}).get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS)
    call.store.delete(call.res, call.namespace, call.name, grace_seconds=grace, dry_run=dry)
    return json_response(success(code=201), 201)
