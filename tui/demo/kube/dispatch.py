"""One request from the wire to its answer: fault, user, rights, route, handler, refusal."""

import logging

from aiohttp import web

from tui.demo.kube.access import Ask, User, authenticate, authorize, authorize_path
from tui.demo.kube.answers import json_response, page_not_found, plain_text, status_response
from tui.demo.kube.call import Call, Context
from tui.demo.kube.handlers.discovery import Discovery
from tui.demo.kube.handlers.openapi import OpenApi
from tui.demo.kube.handlers.reviews import KINDS as REVIEW_KINDS
from tui.demo.kube.handlers.reviews import review
from tui.demo.kube.paths import Location, parse
from tui.demo.kube.routes import handler, verb
from tui.demo.objects import ApiError

_log = logging.getLogger(__name__)
_HEALTH = frozenset({"healthz", "livez", "readyz"})


class Dispatcher:
    """Handles every request of the server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._discovery = Discovery(context.index.resources, context.address)
        self._openapi = OpenApi(context.index.resources, context.version["gitVersion"])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The answer, whatever happens."""
        try:
            faulty = await self._context.faults.answer(request)
            if faulty is not None:
                return faulty
            user = authenticate(self._context.users.values(), request.headers.get("Authorization"))
            place = parse(request.path)
            if place is None:
                return self._unnamed(request, user)
            return await self._resource(request, user, place)
        except ApiError as error:
            return status_response(error)
        except (ConnectionError, web.HTTPException):
            raise
        except Exception as error:
            _log.exception("request failed: %s %s", request.method, request.path)
            message = f"Internal error occurred: {type(error).__name__}"
            return status_response(ApiError(500, "InternalError", message))

    async def _resource(self, request: web.Request, user: User, place: Location) -> web.StreamResponse:
        watching = request.query.get("watch", "")
        asked = verb(request.method, place, watching)
        authorize(user, Ask(asked, place.group, place.resource, place.namespace, place.name))
        if request.method == "POST" and place.plural in REVIEW_KINDS.get(place.group, ()):
            return await review(request, user, place.group, place.plural)
        res = self._context.index.find(place)
        if res is None or (res.namespaced and place.name and not place.namespace):
            return page_not_found()
        found = handler(request.method, place, res, watching)
        call = Call(self._context, request, user, place, res)
        response = await found(call)
        for warning in dict.fromkeys(call.warnings):
            text = warning.replace("\\", "\\\\").replace('"', '\\"')
            response.headers.add("Warning", f'299 - "{text}"')
        return response

    def _unnamed(self, request: web.Request, user: User) -> web.Response:
        path, accept = request.path, request.headers.get("Accept", "")
        authorize_path(user, request.method.lower(), path)
        parts = path.strip("/").split("/")
        if parts[0] in _HEALTH:
            return plain_text("ok")
        if parts == ["version"]:
            return json_response(dict(self._context.version))
        answer = None
        if parts[0] in ("api", "apis"):
            answer = self._discovery.answer(path, accept)
        elif parts[0] == "openapi" and len(parts) > 1:
            answer = self._openapi.answer(path, accept)
        return answer if answer is not None else page_not_found()
