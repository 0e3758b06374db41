"""Sizing: from what one GPU was measured to hold to GPUs and servers for given users. Pure functions.

The answer is the separate, conservative sizing: every model on GPUs of its own. Packings and mixes stand beside it as
alternatives. What was not measured is never assumed in silence: each step beyond it is a note, and ``extrapolated``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tui.plans.sizing_beside import MIXED, alternatives
from tui.plans.sizing_models import replica_parts, separate
from tui.plans.sizing_packing import pack
from tui.plans.sizing_values import Bottleneck, ModelSize, PackedGpu, Reference, Sensitivity, SizeQuestion, Sizing

TARGETS_MS = (500.0, 1000.0, 2000.0)
USERS_FACTORS = (0.8, 1.2)
NOT_PUBLISHED = "not published"
MOST_USERS = 1_000_000


class SizeError(ValueError):
    """The question can't be asked of this reference: one line with the mend."""


def resolve(reference: Reference, name: str) -> str:
    """The reference's name of a model: whole, its last part, or another of its names. ``SizeError`` names those."""
    wanted = name.strip().lower()
    for known in reference.models:
        if wanted in (known.lower(), known.rpartition("/")[2].lower()):
            return known
    found = dict(reference.aliases).get(wanted)
    if found in reference.models and found is not None:
        return found
    known_names = ", ".join(reference.models) or "none"
    raise SizeError(f"model {name!r} is not in the reference {reference.name}; it knows {known_names}")


def size(question: SizeQuestion, reference: Reference) -> Sizing:
    """The answer. ``SizeError`` for a model that the reference does not know, or one that is asked twice."""
    question = replace(question, users=tuple(_resolved(question, reference)))
    models, gpus, refused = separate(question, reference)
    if gpus is not None and (line := _too_large(question, models)):
        gpus, refused = None, (line,)
    packing = _packing(question, models) if gpus is not None else ()
    servers = packing[-1].server if packing else None
    notes = [*refused, *reference.notes, *(note for model in models for note in model.notes)]
    beside = alternatives(question, reference, models, gpus, servers)
    if any(one.name == MIXED for one in beside):
        notes.append(reference.mixed_note)
    return Sizing(
        question=question,
        reference=reference,
        gpus=gpus,
        servers=servers,
        models=models,
        packing=packing,
        alternatives=beside,
        sensitivity=_sensitivity(question, reference),
        bottleneck=_bottleneck(models, gpus),
        extrapolated=gpus is not None and any(model.extrapolated for model in models),
        notes=tuple(note for note in dict.fromkeys(notes) if note),
    )


def _resolved(question: SizeQuestion, reference: Reference) -> Iterator[tuple[str, int]]:
    seen = set()
    for name, users in question.users:
        model = resolve(reference, name)
        if model in seen:
            raise SizeError(f"users: {model} is asked twice; give its peak users once")
        seen.add(model)
        yield model, users


def _too_large(question: SizeQuestion, models: Sequence[ModelSize]) -> str:
    """Why a replica goes onto no server; ``""`` where all do."""
    for model in models:
        if math.ceil((model.gpu_held or 0.0) - 1e-9) > question.gpus_per_server:
            return (
                f"{model.model}: a replica of {model.gpu_held:g} GPUs does not fit {question.gpus_per_server} a server"
            )
    return ""


def _packing(question: SizeQuestion, models: Sequence[ModelSize]) -> tuple[PackedGpu, ...]:
    return pack(replica_parts(models), question.gpus_per_server, "own").gpus


def _bottleneck(models: Sequence[ModelSize], gpus: int | None) -> Bottleneck | None:
    if not gpus:
        return None
    most = max(models, key=lambda model: model.gpus or 0)
    held = most.gpus or 0
    figure = (
        f"{most.sized_users:.10g} users at {most.users_per_replica:.5g} a replica of {most.gpu_fraction:g} GPU "
        f"take {held} of {gpus} GPUs ({most.basis})"
    )
    return Bottleneck(most.model, held, held / gpus, figure)


def _sensitivity(question: SizeQuestion, reference: Reference) -> tuple[Sensitivity, ...]:
    """Users up and down at the target, then other targets with the users as they are."""
    rows = [
        _changed(f"users {factor - 1.0:+.0%}".replace("%", " %"), factor, question.ttft_ms, question, reference)
        for factor in USERS_FACTORS
    ]
    return (*rows, *(_changed(f"TTFT {target:g} ms", 1.0, target, question, reference) for target in TARGETS_MS))


def _changed(name: str, factor: float, target_ms: float, question: SizeQuestion, reference: Reference) -> Sensitivity:
    users = tuple((model, max(1, math.ceil(count * factor - 1e-9))) for model, count in question.users)
    changed = replace(question, users=users, ttft_ms=target_ms)
    models, gpus, refused = separate(changed, reference)
    too_large = _too_large(changed, models)
    if gpus is None or too_large:
        hidden = reference.kind == "guide" and all(NOT_PUBLISHED in line for line in refused)
        why = NOT_PUBLISHED if hidden else too_large or "; ".join(refused)
        return Sensitivity(name, factor, target_ms, None, None, why)
    servers = _packing(changed, models)[-1].server
    beyond = any(model.extrapolated for model in models)
    note = "extrapolated: linear scaling is assumed" if beyond else ""
    return Sensitivity(name, factor, target_ms, gpus, servers, note)
