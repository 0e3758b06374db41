"""``pods/log``: what a container wrote, as plain text, perhaps followed."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from tui.demo.kube.ages import unix
from tui.demo.kube.answers import plain_text
from tui.demo.kube.call import Call
from tui.demo.kube.handlers.read import existing
from tui.demo.kube.logsource import LogLine
from tui.demo.objects import Json
from tui.demo.objects.errors import bad_request

_LIMIT_SECONDS = 10 * 365 * 86400.0


async def log(call: Call) -> web.StreamResponse:
    """The log of one container. Raises ``ApiError`` 400 and 404."""
    pod = existing(call).obj
    container = _container(call, pod)
    previous = call.flag("previous")
    _check_started(pod, container, previous=previous)
    now = call.store.now()
    lines = _lines(call, pod, container, after=_since(call, now), until=now)
    if call.query("tailLines"):
        lines = lines[max(len(lines) - call.number("tailLines"), 0) :]
    text = _text(lines, stamped=call.flag("timestamps"))
    if call.query("limitBytes"):
        text = text.encode()[: call.number("limitBytes")].decode("utf-8", "ignore")
    if not call.flag("follow") or previous:
        return plain_text(text)
    return await _follow(call, pod["metadata"]["uid"], container, text, now)


async def _follow(call: Call, uid: str, container: str, text: str, until: float) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
    response.enable_chunked_encoding()
    await response.prepare(call.request)
    await response.write(text.encode())
    while True:
        await asyncio.sleep(call.context.timing.log_poll_seconds)
        pod = call.store.get(call.res, call.namespace, call.name)
        if pod is None or pod["metadata"]["uid"] != uid:
            return response
        now = call.store.now()
        text = _text(_lines(call, pod, container, after=until, until=now), stamped=call.flag("timestamps"))
        until = now
        if text:
            await response.write(text.encode())
        if "terminated" in _state(pod, container):
            return response


def _container(call: Call, pod: Json) -> str:
    spec = pod.get("spec", {})
    plain: list[str] = [part["name"] for part in spec.get("containers", ())]
    inits = [part["name"] for part in spec.get("initContainers") or ()]
    every = [*plain, *inits]
    annotations: Json = pod["metadata"].get("annotations") or {}
    wanted = call.query("container") or str(annotations.get("kubectl.kubernetes.io/default-container", ""))
    if not wanted:
        if len(every) > 1:
            raise bad_request(
                f"a container name must be specified for pod {call.name}, choose one of: [{' '.join(plain)}]"
                + (f" or one of the init containers: [{' '.join(inits)}]" if inits else "")
            )
        return plain[0]
    if wanted not in every:
        raise bad_request(f"container {wanted} is not valid for pod {call.name}")
    return wanted


def _check_started(pod: Json, container: str, *, previous: bool) -> None:
    name = pod["metadata"]["name"]
    status = _status(pod, container)
    if previous:
        if not status.get("lastState", {}).get("terminated"):
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        return
    waiting = status.get("state", {}).get("waiting")
    if waiting and not status.get("lastState", {}).get("terminated"):
        reason = waiting.get("reason", "")
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {_why(waiting, reason)}')
    if not status and not pod.get("spec", {}).get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")


def _why(waiting: Json, reason: str) -> str:
    if reason in ("ErrImagePull", "ImagePullBackOff"):
        return "trying and failing to pull image"
    return str(reason or waiting.get("message", "PodInitializing"))


def _status(pod: Json, container: str) -> Json:
    status = pod.get("status", {})
    for part in ("containerStatuses", "initContainerStatuses"):
        for found in status.get(part) or ():
            if found.get("name") == container:
                result: Json = found
                return result
    return {}


def _state(pod: Json, container: str) -> Json:
    state: Json = _status(pod, container).get("state") or {}
    return state


def _since(call: Call, now: float) -> float:
    if call.query("sinceSeconds"):
        seconds = call.number("sinceSeconds")
        if seconds < 1:
            raise bad_request("sinceSeconds: Invalid value: must be greater than 0")
        return now - seconds
    if call.query("sinceTime"):
        try:
            # A client's own clock decides nothing: the API server compares with the lines' times.
            return unix(call.query("sinceTime"))
        except ValueError:
            raise bad_request(f'parsing time "{call.query("sinceTime")}": not RFC 3339') from None
    return now - _LIMIT_SECONDS


def _lines(call: Call, pod: Json, container: str, *, after: float, until: float) -> list[LogLine]:
    previous = call.flag("previous")
    return list(call.context.log_source(pod, container, previous=previous, after=after, until=until))


def _text(lines: Iterable[LogLine], *, stamped: bool) -> str:
    if not stamped:
        return "".join(f"{line.text}\n" for line in lines)
    return "".join(f"{_stamp(line.at)} {line.text}\n" for line in lines)


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
