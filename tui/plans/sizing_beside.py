"""What stands beside a separate sizing: packings and mixes that take fewer GPUs, and what they rest on. Pure."""

import math
from collections.abc import Sequence

from tui.plans.sizing_models import curves_at, model_size, replica_parts
from tui.plans.sizing_packing import pack
from tui.plans.sizing_values import Alternative, ModelSize, Reference, SizeQuestion

SEPARATE, PACKED, MIXED = "separate", "packed", "mixed"
_NOT_KNOWN = "how replicas of different models slow each other on one GPU was not measured"


def alternatives(
    question: SizeQuestion, reference: Reference, models: Sequence[ModelSize], gpus: int | None, servers: int | None
) -> tuple[Alternative, ...]:
    """The separate sizing first, then what could be saved against it."""
    first = Alternative(
        SEPARATE, gpus, servers, "each model on GPUs of its own: the answer", None if gpus is None else 0
    )
    found = [first]
    if gpus is not None and len(models) > 1 and any((model.gpu_held or 1.0) < 1.0 for model in models):
        found.append(_packed(question, models, gpus))
    if reference.mixed_note or len(models) > 1:
        found.append(_mixed(question, reference, gpus))
    return tuple(found)


def _packed(question: SizeQuestion, models: Sequence[ModelSize], separate: int) -> Alternative:
    packing = pack(replica_parts(models), question.gpus_per_server)
    return _alternative(PACKED, len(packing.gpus), question, f"extrapolated: {_NOT_KNOWN}", separate, packing.exact)


def _mixed(question: SizeQuestion, reference: Reference, separate: int | None) -> Alternative:
    """Replicas of all models at once, as they were measured together: no two of one model on a GPU."""
    asked = {model for model, _ in question.users}
    curves = [curve for curve in curves_at(reference, question) if {curve.model, *curve.others} == asked]
    together = [curve for curve in curves if curve.others]
    if not together:
        return Alternative(MIXED, None, None, _no_mix(reference))
    mixed = [curve for curve in together if curve.shared is not False]
    if not mixed:
        return Alternative(MIXED, None, None, "measured at the same time, but with no two models on one GPU")
    sized = [
        model_size(model, users, [curve for curve in mixed if curve.model == model], question, reference)
        for model, users in question.users
    ]
    refused = [f"{model.model}: {model.basis}" for model in sized if model.gpus is None]
    if refused:
        return Alternative(MIXED, None, None, "; ".join(refused))
    packing = pack(replica_parts(sized), question.gpus_per_server, "apart")
    notes = dict.fromkeys(note for model in sized for note in model.notes)
    note = "; ".join(filter(None, (reference.mixed_note, *notes))) or "as measured, all models at once"
    return _alternative(MIXED, len(packing.gpus), question, note, separate, packing.exact)


def _no_mix(reference: Reference) -> str:
    together = {tuple(sorted({curve.model, *curve.others})) for curve in reference.curves if curve.others}
    known = "; ".join(" + ".join(models) for models in sorted(together)) or "none"
    return f"no mix of exactly these models was measured; {reference.name} knows {known}"


def _alternative(
    name: str, gpus: int, question: SizeQuestion, note: str, separate: int | None, exact: bool
) -> Alternative:
    if not exact:
        note = f"{note}; by first-fit decreasing, within 11/9 of the least and one more"
    saved = None if separate is None else separate - gpus
    return Alternative(name, gpus, math.ceil(gpus / question.gpus_per_server), note, saved, exact)
