"""Parameters of the HTTP API, read as Prometheus reads them."""

import math
import re
from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from multidict import MultiDict

from tui.demo.prom.promql.values import BadQueryError

_MAX_POINTS = 11_000
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNIT_SECONDS = (365 * 86400, 7 * 86400, 86400, 3600, 60, 1, 0.001)


async def parameters(request: web.Request) -> MultiDict[str]:
    """Of the address and, for POST, of the form too."""
    given: MultiDict[str] = MultiDict(request.query)
    if request.method == "POST":
        form = await request.post()
        given.extend((name, value) for name, value in form.items() if isinstance(value, str))
    return given


def moment(given: Mapping[str, str], name: str, default: float | None = None) -> float:
    """Unix seconds or RFC 3339."""
    text = given.get(name, "")
    if not text:
        if default is None:
            raise BadQueryError(f'invalid parameter "{name}": cannot parse "" to a valid timestamp')
        return default
    try:
        seconds = float(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            seconds = math.nan
    if not math.isfinite(seconds):
        raise BadQueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp')
    return round(seconds, 3)


def duration(given: Mapping[str, str], name: str) -> float:
    """Seconds, as a number or with Prometheus's units."""
    text = given.get(name, "")
    try:
        seconds = float(text)
    except ValueError:
        match = _DURATION.fullmatch(text)
        if not text or match is None:
            raise BadQueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid duration') from None
        seconds = sum(int(part or 0) * unit for part, unit in zip(match.groups(), _UNIT_SECONDS, strict=True))
    if not math.isfinite(seconds):
        raise BadQueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid duration')
    return seconds


def moments(given: Mapping[str, str]) -> list[float]:
    """The steps of a range query."""
    start, end = moment(given, "start"), moment(given, "end")
    if end < start:
        raise BadQueryError('invalid parameter "end": end timestamp must not be before start time')
    step = duration(given, "step")
    if step <= 0:
        raise BadQueryError(
            'invalid parameter "step": zero or negative query resolution step widths are not accepted. '
            "Try a positive integer"
        )
    count = int((end - start) / step + 1e-9) + 1
    if count > _MAX_POINTS:
        raise BadQueryError(
            "exceeded maximum resolution of 11,000 points per timeseries. "
            "Try decreasing the query resolution (?step=XX)"
        )
    return [round(start + position * step, 3) for position in range(count)]
