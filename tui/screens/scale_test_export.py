"""Writing the report of a plan from its folder, by the renderers of ``nimdeck report``."""

from datetime import datetime
from pathlib import Path

from tui.bench.results.files import replace_file
from tui.plans.folder import PlanError, read_plan
from tui.screens.clipboard import state_folder


def export_plan(folder: Path, now: float) -> str:
    """Write ``nimdeck-report-DATE/`` where nimdeck was started, or else in its state folder; what was done."""
    from tui.plans.report import build_report
    from tui.plans.report_data import csv_text, json_text
    from tui.plans.report_html import html
    from tui.plans.report_markdown import markdown

    try:
        run = read_plan(folder.resolve())
    except PlanError as error:
        return str(error)
    if not any(result.models for result in run.results):
        return "No cell is finished yet: there is nothing to report"
    report = build_report([run])
    texts = {"md": markdown(report), "html": html(report), "csv": csv_text(report), "json": json_text(report)}
    name = f"nimdeck-report-{datetime.fromtimestamp(now).astimezone():%Y%m%d-%H%M%S}"
    trouble = ""
    for place in (Path.cwd(), state_folder()):
        try:
            (place / name).mkdir(parents=True, exist_ok=True)
            for ending, text in texts.items():
                replace_file(place / name / f"report.{ending}", text.encode())
        except OSError as error:
            trouble = f"{place}: {error.strerror}"
            continue
        return f"Wrote {place / name}: report.md, .html, .csv, .json"
    return f"Nothing written: {trouble}"
