"""A report for programs: ``nimdeck.report/1``, and a CSV with a line for each model of each cell, raw figures."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from tui.bench.results.words import INVALID
from tui.plans.report_ramp import RampReport
from tui.plans.report_values import Effect, Entry, Figure, Linearity, Pair, Problem, Report, Row, Side

SCHEMA = "nimdeck.report/1"
_TTFT = ("mean", "p50", "p90", "p95", "p99", "min", "max", "stddev")
COLUMNS = (
    "side", "folder", "cell", "test", "model", "models", "scheduler", "gpu_per_pod", "pods", "gpus", "state", "mark",
    "simulated", "answer", "users", "rate", "users_low", "users_high", "statistic", "target_ms", "how", "requests",
    "failed", "isl", "osl", "seconds", *(f"ttft_ms_{name}" for name in _TTFT), "ttft_ms_mean_low", "ttft_ms_mean_high",
    "itl_ms_mean", "itl_ms_p99", "e2e_ms_mean", "output_tokens_per_second", "output_tokens_per_second_low",
    "output_tokens_per_second_high", "requests_per_second", "requests_per_second_low", "requests_per_second_high",
    "steady", "valid",
    "client_cpu_fraction", "client_added_mean_ms", "client_added_p99_ms", "client_meter", "client_workers",
    "ready_seconds", "gpus_held", "placement_problem", "imbalance", "note",
)  # fmt: skip


class Source(msgspec.Struct, frozen=True):
    """A folder: ``stale``, for it was measured before; no age, so that the document stays the same."""

    state: str
    age_seconds: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class SideItem:
    """A folder and what it was measured under; its rows are the document's items."""

    label: str
    name: str
    kind: str
    title: str
    simulated: bool
    started_at: str
    finished_at: str
    conditions: tuple[tuple[str, str], ...]
    unlike_guide: tuple[str, ...]
    problems: tuple[Problem, ...]


class ReportDocument(msgspec.Struct, frozen=True, rename={"schema_name": "schema"}):
    """``generated_at`` is when the last of the runs ended: no moment of today is in it."""

    schema_name: str
    generated_at: str
    sources: dict[str, Source]
    simulated: bool
    items: tuple[Row, ...]
    findings: tuple[str, ...]
    tables: tuple[Entry, ...]
    figures: tuple[Figure, ...]
    linearity: tuple[Linearity, ...]
    effects: tuple[Effect, ...]
    pairs: tuple[Pair, ...]
    contradictions: tuple[str, ...]
    sides: tuple[SideItem, ...]
    ramps: tuple[RampReport, ...] = ()


def json_text(report: Report) -> str:
    """The document, two spaces a level, unknown as null."""
    rows = tuple(row for side in report.sides for row in side.rows)
    document = ReportDocument(
        schema_name=SCHEMA,
        generated_at=_instant(max(side.finished_at for side in report.sides)),
        sources={side.label: Source("stale", None, side.name) for side in report.sides},
        simulated=report.simulated,
        items=rows,
        findings=report.findings,
        tables=report.tables,
        figures=report.figures,
        linearity=report.linearity,
        effects=report.effects,
        pairs=report.pairs,
        contradictions=report.contradictions,
        sides=tuple(_side_item(side) for side in report.sides),
        ramps=report.ramps,
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def csv_text(report: Report) -> str:
    """The file: nothing for what is not known."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for side in report.sides:
        for row in side.rows:
            values = _flat(side, row)
            writer.writerow([_cell(values.get(name)) for name in COLUMNS])
    return file.getvalue()


def _side_item(side: Side) -> SideItem:
    return SideItem(
        side.label, side.name, side.kind, side.title, side.simulated, _instant(side.started_at),
        _instant(side.finished_at), side.conditions, side.unlike_guide, side.problems,
    )  # fmt: skip


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _flat(side: Side, row: Row) -> dict[str, object]:
    names = (
        "side", "cell", "test", "model", "scheduler", "gpu_per_pod", "pods", "gpus", "state", "simulated", "answer",
        "users", "rate", "statistic", "target_ms", "how", "ready_seconds", "note",
    )  # fmt: skip
    values: dict[str, object] = {name: getattr(row, name) for name in names}
    values |= {"folder": side.name, "models": " + ".join(row.models)}
    if row.users_interval is not None:
        values |= {"users_low": row.users_interval[0], "users_high": row.users_interval[1]}
    if row.placed is not None:
        values |= {"gpus_held": row.placed.gpus, "placement_problem": row.placed.problem}
    if row.spread is not None:
        values["imbalance"] = row.spread.imbalance
    return values | _measured(row)


def _measured(row: Row) -> dict[str, object]:
    point = row.point
    if point is None:
        return {}
    names = (
        "requests", "failed", "isl", "osl", "seconds", "output_tokens_per_second", "requests_per_second", "steady",
        "valid",
    )  # fmt: skip
    values: dict[str, object] = {name: getattr(point, name) for name in names}
    values |= {f"ttft_ms_{name}": getattr(point.ttft_ms, name) for name in _TTFT}
    for name, interval in (
        ("ttft_ms_mean", point.ttft_ms.interval),
        ("output_tokens_per_second", point.output_tokens_per_second_interval),
        ("requests_per_second", point.requests_per_second_interval),
    ):
        if interval is not None:
            values |= {f"{name}_low": interval[0], f"{name}_high": interval[1]}
    meter = ("cpu_fraction", "added_mean_ms", "added_p99_ms", "meter", "workers")
    values |= {f"client_{name}": getattr(point.client, name) for name in meter}
    return values | {
        "mark": "" if point.valid else INVALID,
        "itl_ms_mean": point.itl_ms.mean,
        "itl_ms_p99": point.itl_ms.p99,
        "e2e_ms_mean": point.e2e_ms.mean,
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
