"""The guide's table 8 as what a sizing rests on: one GPU, 2000:200 tokens, TTFT near 1,000 ms, and nothing else."""

from config.guide_tables import MIXED, GuideTables, guide_tables
from tui.plans.sizing_values import Curve, Reference, SearchAnswer

GUIDE = "guide"
_SOURCE = "guide, table 8"


def guide_reference() -> Reference:
    """Every row of table 8; halves of GPUs from table 7, where they had no neighbour, so that they count as whole."""
    tables = guide_tables()
    target = tables.method.ttft_target_ms
    singles = [row for row in tables.sizing if row.model != MIXED]
    names = tuple(row.model for row in singles)
    curves = [
        Curve(row.model, 1.0, 1, _SOURCE, answer=SearchAnswer(row.ccu, target, row.ttft_ms), shared=False)
        for row in singles
    ]
    curves += [
        Curve(row.model, row.gpu_per_pod, row.pods, f"guide, table {row.table}",
              answer=SearchAnswer(row.ccu, target, row.ttft_ms), shared=False)
        for row in tables.single_gpu
        if row.scheduler == "runai" and row.gpu_per_pod < 1.0
    ]  # fmt: skip
    mixed = tables.sizing_row(MIXED)
    if mixed is not None:
        curves += [
            Curve(row.model, 1.0 / len(singles), 1, f"{_SOURCE}, mixed row",
                  answer=SearchAnswer(row.ccu, target, mixed.ttft_ms),
                  others=tuple(name for name in names if name != row.model), shared=True)
            for row in singles
        ]  # fmt: skip
    return Reference(
        name=GUIDE,
        kind="guide",
        statistic="mean",
        curves=tuple(curves),
        sizes=((tables.method.isl, tables.method.osl),) * len(curves),
        aliases=tuple((model.title.lower(), model.name) for model in tables.models),
        notes=(_conditions(tables),),
        mixed_note=_contradiction(tables),
    )


def _conditions(tables: GuideTables) -> str:
    method = tables.method
    return (
        f"from the guide's table 8, not measured here: one {tables.cluster.gpu}, {method.precision}, "
        f"{method.isl}:{method.osl}, TTFT near {method.ttft_target_ms:,.0f} ms"
    )


def _contradiction(tables: GuideTables) -> str:
    """Where the mixed row can't be true of GPUs that are truly shared."""
    mixed = tables.sizing_row(MIXED)
    if mixed is None:
        return ""
    singles = " + ".join(str(row.ccu) for row in tables.sizing if row.model != MIXED)
    factor = tables.observations.mixed_at_128_half_pods.ttft_factor
    return (
        f"the guide's mixed row ({mixed.ccu} users a GPU, TTFT {mixed.ttft_ms:g} ms) is the sum of its single rows "
        f"({singles}) and contradicts its own figure 21: TTFT x{factor:g} when GPUs are truly shared; "
        "the separate sizing is the one to trust"
    )
