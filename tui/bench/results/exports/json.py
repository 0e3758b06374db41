"""The saved run as the ``nimdeck.points/1`` document that ``bench`` printed when it was made."""

import time

from tui.bench.results.document import document_json, points_document
from tui.bench.results.reader import Run


def text(run: Run) -> str:
    """The file. Its source is ``stale``: the endpoint answered when the run was made, not now."""
    now = time.time()
    ends = [point.started_at + point.seconds for point in run.points if point.started_at is not None]
    age = max(0.001, now - max(ends, default=run.head.started_at))
    target = run.head.load.target
    detail = f"{target.url} {target.model}" + (f"; {run.damage}" if run.damage else "")
    return document_json(points_document(run.points, run.verdict, detail, now, age_seconds=age))
