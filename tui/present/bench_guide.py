"""The figures that the deployment guide publishes for one pod, to stand beside our own. Data and one look-up."""

from dataclasses import dataclass

from tui.bench.spec import LoadSpec

ISL, OSL, ISL_STDDEV, TTFT_MS, STATISTIC = 2000, 200, 50.0, 1000.0, "mean"
"""How the guide measures: tokens in and out, and what TTFT has to stay within."""


@dataclass(frozen=True, slots=True)
class GuideFigure:
    """One line of its tables 6 (a whole GPU) and 7 (half a GPU without a neighbour)."""

    table: int
    model: str  # a part of the model's name
    gpu_per_pod: float
    users: int
    output_tokens_per_second: int
    ttft_ms: int


_FIGURES = (
    GuideFigure(6, "llama-3.1-8b", 1.0, 137, 2977, 987),
    GuideFigure(6, "deepseek-r1-distill-llama-8b", 1.0, 141, 3225, 987),
    GuideFigure(7, "llama-3.1-8b", 0.5, 137, 3086, 995),
    GuideFigure(7, "deepseek-r1-distill-llama-8b", 0.5, 141, 3237, 978),
)


def guide_figure(
    load: LoadSpec, target_ms: float | None, statistic: str, environment: tuple[tuple[str, str], ...] = ()
) -> GuideFigure | None:
    """The guide's figure for this load; ``None`` where it asks something else, of another model or of more pods."""
    prompts = load.prompts
    asked = (prompts.isl, prompts.osl, target_ms, statistic)
    known = dict(environment)
    if asked != (ISL, OSL, TTFT_MS, STATISTIC) or known.get("pods ready", "1") != "1":
        return None
    fraction = {"0.5": 0.5, "1": 1.0}.get(known.get("GPU fraction", "1"))
    if fraction is None or known.get("GPUs given", f"{fraction:g}") != f"{fraction:g}":
        return None
    name = load.target.model.lower()
    return next((f for f in _FIGURES if f.model in name and f.gpu_per_pod == fraction), None)


def guide_words(figure: GuideFigure) -> str:
    """``Guide, table 6: 137 users, 2,977 tokens/s.``"""
    return f"Guide, table {figure.table}: {figure.users} users, {figure.output_tokens_per_second:,} tokens/s."
