"""NIM 1.x metric families over the counters of a NIM: sheets for the exporter of all, text for one endpoint."""

from collections.abc import Iterable

from tui.demo.nim.load import REQUEST_MAX, Distribution, NimLoad
from tui.demo.prom.exposition import Family, Row, Sheet

_PLAIN = (
    Family("gpu_cache_usage_perc", "GPU KV-cache usage. 1 means 100 percent usage."),
    Family("num_requests_running", "Number of requests currently running on GPU."),
    Family("num_requests_waiting", "Number of requests waiting to be processed."),
    Family("num_request_max", "Maximum number of concurrently running requests."),
    Family("prompt_tokens_total", "Number of prefill tokens processed.", "counter"),
    Family("generation_tokens_total", "Number of generation tokens processed.", "counter"),
    Family("request_success_total", "Number of requests processed successfully.", "counter"),
    Family("request_failure_total", "Number of requests that failed.", "counter"),
)
_FINISH = Family("request_finish_total", "Number of finished requests by reason.", "counter")
_HISTOGRAMS = (
    ("time_to_first_token_seconds", "Histogram of time to first token in seconds.", "ttft"),
    ("time_per_output_token_seconds", "Histogram of time per output token in seconds.", "per_token"),
    ("e2e_request_latency_seconds", "Histogram of end to end request latency in seconds.", "e2e"),
    ("request_prompt_tokens", "Number of prefill tokens processed.", "inputs"),
    ("request_generation_tokens", "Number of generation tokens processed.", "outputs"),
)

Process = tuple[dict[str, str], NimLoad]


class NimSheets:
    """Keeps rows between calls, so that a scraper knows a series again."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], Row] = {}

    def sheets(self, processes: Iterable[Process]) -> list[Sheet]:
        """Of processes with their labels (``model_name`` and what a scraper adds)."""
        known = list(processes)
        if not known:
            return []
        rows = [self._row("", labels) for labels, _ in known]
        finished = [(labels, reason, count) for labels, load in known for reason, count in _finished(load)]
        reasons = [self._row("finish", {**labels, "finished_reason": reason}) for labels, reason, _ in finished]
        sheets = [
            Sheet(_PLAIN, rows, [_plain(load) for _, load in known]),
            Sheet((_FINISH,), reasons, [(count,) for *_, count in finished]),
        ]
        for name, text, attribute in _HISTOGRAMS:
            pairs = [(labels, getattr(load, attribute)) for labels, load in known]
            sheets.extend(self._histogram(name, text, pairs))
        return sheets

    def _row(self, kind: str, labels: dict[str, str]) -> Row:
        key = (kind, *labels.values())
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(labels)
        return row

    def _histogram(self, name: str, text: str, pairs: list[tuple[dict[str, str], Distribution]]) -> Iterable[Sheet]:
        rows, values, totals = [], [], []
        for labels, distribution in pairs:
            shown = distribution.cumulative()
            for bound, count in shown:
                rows.append(self._row(name, {**labels, "le": bound}))
                values.append((count,))
            totals.append((shown[-1][1], round(distribution.total, 6)))
        yield Sheet((Family(f"{name}_bucket", text, "histogram", name),), rows, values)
        sums = tuple(Family(f"{name}_{part}", text, "histogram", name) for part in ("count", "sum"))
        yield Sheet(sums, [self._row(f"{name}_sums", labels) for labels, _ in pairs], totals)


def _plain(load: NimLoad) -> tuple[float, ...]:
    return (
        load.cache_fraction,
        load.running,
        load.waiting,
        float(REQUEST_MAX),
        float(int(load.prompt_tokens)),
        float(int(load.generation_tokens)),
        float(int(load.requests + load.cut_off)),
        0.0,
    )


def _finished(load: NimLoad) -> list[tuple[str, float]]:
    """Reasons that have been seen; a counter's label appears with its first event."""
    rare = [("length", load.cut_off), ("abort", load.aborted)]
    return [("stop", float(int(load.requests))), *((reason, count) for reason, count in rare if count)]
