"""One finished request as a JSON object: stamps in seconds since the point's start: no clock leaves the worker."""

from tui.bench.wire.request import Exchange
from tui.bench.worker.points import PointBooks, itl_of


def record(exchange: Exchange, user: int | None) -> dict[str, object]:
    """The fields of ``docs/worker.md``; ``None`` is not known. ``user`` is the worker's own index."""
    point = exchange.point
    assert isinstance(point, PointBooks)

    def at(moment: float) -> float | None:
        return round(moment - point.started, 6) if moment else None

    start = exchange.intended or exchange.sent
    usage = exchange.usage
    kernel = exchange.first_token_kernel
    fields: dict[str, object] = {
        "user": None if user is None else point.first_user + user,
        "measured": exchange.measured,
        "kind": exchange.kind or None,
        "message": exchange.message or None,
        "status": exchange.status or None,
        "intended": at(exchange.intended),
        "sent": at(exchange.sent),
        "headers": at(exchange.headers_at),
        "first_byte": at(exchange.first_byte),
        "first_token": at(exchange.first_token),
        "last_token": at(exchange.last_token),
        "ended": at(exchange.ended),
        "ttft_seconds": round(exchange.first_token - start, 6) if exchange.first_token else None,
        "itl_seconds": itl_of(exchange) if exchange.first_token else None,
        "e2e_seconds": round((exchange.last_token or exchange.ended) - start, 6),
        "receive_lag_seconds": round(max(0.0, exchange.first_token - kernel), 6) if kernel else None,
        "connect_seconds": round(exchange.connect_seconds, 6),
        "reused": exchange.reused,
        "retried": exchange.retried,
        "input_tokens": usage.prompt_tokens if usage is not None else None,
        "output_tokens": usage.completion_tokens if usage is not None else None,
        "content_chunks": exchange.chunks,
        "finish_reason": exchange.finish_reason,
    }
    if exchange.chunk_times is not None:
        fields["chunk_times"] = [round(moment - point.started, 6) for moment in exchange.chunk_times]
    return fields
