"""``.../metrics`` calls. No history is kept here: a range that reaches the present gets the present, others nothing."""

from collections.abc import Callable, Collection
from datetime import datetime

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.runai.answers import RefusalError, rfc3339

Series = tuple[dict[str, str], float]  # labels, value
_RECENT_SECONDS = 120.0


def measurements(
    request: web.Request, now: float, known: Collection[str], read: Callable[[str], list[Series]]
) -> web.Response:
    """Answers each asked ``metricType`` with what ``read`` gives for it; refuses unknown types and bad times."""
    kinds = [kind for given in request.query.getall("metricType", []) for kind in given.split(",")]
    if not kinds:
        raise RefusalError(400, 'Parameter "metricType" is required.')
    for kind in kinds:
        if kind not in known:
            raise RefusalError(400, f'Parameter "metricType" is not supported: {kind}')
    start, end = _time(request, "start"), _time(request, "end")
    if end < start:
        raise RefusalError(400, 'Parameter "end" must not be before "start".')
    moment = min(end, now)
    recent = now - moment <= _RECENT_SECONDS and start <= now
    found: list[Json] = []
    for kind in kinds:
        for labels, value in read(kind):
            values = [{"value": f"{value:.10g}", "timestamp": rfc3339(moment)}] if recent else []
            found.append({"type": kind, **({"labels": labels} if labels else {}), "values": values})
    return web.json_response({"measurements": found})


def _time(request: web.Request, name: str) -> float:
    text = request.query.get(name)
    if text is None:
        raise RefusalError(400, f'Parameter "{name}" is required.')
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "+")).timestamp()
    except ValueError:
        raise RefusalError(400, f'Parameter "{name}" is not a date-time: {text}') from None
