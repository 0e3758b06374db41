"""One model's part of a sizing: users a replica, replicas, GPUs, from the curves that were measured of it. Pure.

A replica that was measured with half a GPU and no neighbour had the whole of it (the scheduler gives it what is free):
it is sized as a whole GPU. Half a GPU counts as half only where neighbours were there while it was measured.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui.plans.sizing_holds import Holds, holds
from tui.plans.sizing_packing import per_gpu
from tui.plans.sizing_values import Curve, FractionSize, ModelSize, Part, Reference, SizeQuestion

_DUST = 1e-9


@dataclass(frozen=True, slots=True)
class _Seen:
    """A curve and what it says of the target."""

    curve: Curve
    held: Holds

    @property
    def rate(self) -> float | None:
        """Users a replica."""
        return None if self.held.users is None else self.held.users / self.curve.pods


def curves_at(reference: Reference, question: SizeQuestion) -> list[Curve]:
    """The curves that were measured with the question's tokens in and out."""
    asked = (question.isl, question.osl)
    return [curve for curve, place in zip(reference.curves, reference.sizes, strict=True) if place == asked]


def separate(question: SizeQuestion, reference: Reference) -> tuple[tuple[ModelSize, ...], int | None, tuple[str, ...]]:
    """Each model on GPUs of its own, their GPUs together, and lines that say why there is no answer."""
    curves = curves_at(reference, question)
    if not curves:
        measured = ", ".join(f"{isl}:{osl}" for isl, osl in dict.fromkeys(reference.sizes)) or "nothing"
        why = f"{question.isl}:{question.osl} tokens were not measured; {reference.name} knows {measured}"
        models = tuple(_unknown(model, users, question, why) for model, users in question.users)
        return models, None, (why,)
    models = tuple(
        model_size(model, users, [curve for curve in curves if curve.model == model and not curve.others], question,
                   reference)
        for model, users in question.users
    )  # fmt: skip
    refused = tuple(f"{model.model}: {model.basis}" for model in models if model.gpus is None)
    return models, None if refused else sum(model.gpus or 0 for model in models), refused


def model_size(
    model: str, users: int, curves: Sequence[Curve], question: SizeQuestion, reference: Reference
) -> ModelSize:
    """The fewest GPUs among the parts of a GPU that were measured; at the same number the larger part."""
    seen = [_Seen(curve, holds(curve, question.ttft_ms, reference)) for curve in curves]
    seen.sort(key=lambda one: (one.curve.gpu_per_pod, one.curve.shared is True, one.curve.pods))
    found = [_of_group(model, users, group, question, reference) for group in _groups(seen)]
    fractions = tuple(_fraction_size(one) for one in seen)
    answered = [one for one in found if one.gpus is not None]
    if answered:
        best = min(answered, key=lambda one: (one.gpus or 0, one.extrapolated, -(one.gpu_fraction or 0.0)))
        return replace(best, fractions=fractions)
    why = "; ".join(dict.fromkeys(one.basis for one in found))
    return replace(_unknown(model, users, question, why or "it was not measured alone"), fractions=fractions)


def replica_parts(models: Iterable[ModelSize]) -> list[Part]:
    """Every replica with what it takes of a GPU."""
    return [
        Part(model.model, number, model.gpu_held)
        for model in models
        if model.gpu_held is not None
        for number in range(1, (model.replicas or 0) + 1)
    ]


def _unknown(model: str, users: int, question: SizeQuestion, why: str) -> ModelSize:
    return ModelSize(model, users, _sized(users, question), basis=why)


def _sized(users: int, question: SizeQuestion) -> float:
    return round(users * (1.0 + question.headroom_fraction), 6)


def _groups(seen: Sequence[_Seen]) -> list[list[_Seen]]:
    groups: dict[tuple[float, bool], list[_Seen]] = {}
    for one in seen:
        groups.setdefault((one.curve.gpu_per_pod, one.curve.shared is True), []).append(one)
    return list(groups.values())


def _of_group(
    model: str, users: int, group: Sequence[_Seen], question: SizeQuestion, reference: Reference
) -> ModelSize:
    """With one part of a GPU. Goes up the numbers of pods measured until one holds all replicas; a replica counts for
    the least users seen up to there. A number of pods that never held the target ends the way."""
    sized = _sized(users, question)
    decides: _Seen | None = None
    for one in group:
        if one.rate is None or one.rate <= 0:
            where = "" if one.curve.pods == 1 else f"with {one.curve.pods} pods: "
            return _unknown(model, users, question, f"{where}{one.held.how}")
        if decides is None or one.rate < (decides.rate or 0.0):
            decides = one
        if (replicas := _replicas(sized, decides)) <= one.curve.pods:
            return _answer(model, users, sized, decides, replicas, False, reference)
    assert decides is not None  # a group has one curve at least
    return _answer(model, users, sized, decides, _replicas(sized, decides), True, reference)


def _replicas(sized: float, one: _Seen) -> int:
    return max(1, math.ceil(sized / (one.rate or math.inf) - _DUST))


def _answer(
    model: str, users: int, sized: float, by: _Seen, replicas: int, beyond: bool, reference: Reference
) -> ModelSize:
    curve, held = by.curve, _held(by.curve)
    gpus = replicas * math.ceil(held - _DUST) if held >= 1.0 else math.ceil(replicas / per_gpu(held))
    return ModelSize(
        model=model,
        peak_users=users,
        sized_users=sized,
        gpu_fraction=curve.gpu_per_pod,
        gpu_held=held,
        users_per_replica=by.rate,
        users_per_gpu=_users_per_gpu(by),
        replicas=replicas,
        gpus=gpus,
        ttft_ms=by.held.ttft_ms,
        measured_pods=curve.pods,
        basis=by.held.how,
        extrapolated=beyond,
        notes=tuple(_notes(model, by, replicas, beyond, reference)),
    )


def _notes(model: str, by: _Seen, replicas: int, beyond: bool, reference: Reference) -> Iterable[str]:
    curve = by.curve
    if beyond:
        stated = ", as the guide states of its figures 17 and 18 without numbers" if reference.kind == "guide" else ""
        pods = "1 replica" if curve.pods == 1 else f"{curve.pods} replicas"
        yield f"{model}: extrapolated from {pods} measured to {replicas}: linear scaling is assumed{stated}"
    if by.held.at_least:
        yield f"{model}: {by.held.how}; the true number may be higher, so fewer GPUs might do"
    if curve.gpu_per_pod < 1.0 and curve.shared is not True:
        known = "no neighbour on its GPU" if curve.shared is False else "neighbours not known"
        yield f"{model}: {curve.gpu_per_pod:g} GPU was measured with {known}: a whole GPU is taken for each replica"


def _held(curve: Curve) -> float:
    return curve.gpu_per_pod if curve.gpu_per_pod >= 1.0 or curve.shared else 1.0


def _users_per_gpu(one: _Seen) -> float | None:
    if one.rate is None:
        return None
    held = _held(one.curve)
    return one.rate / math.ceil(held - _DUST) if held >= 1.0 else one.rate * per_gpu(held)


def _fraction_size(one: _Seen) -> FractionSize:
    curve = one.curve
    return FractionSize(curve.gpu_per_pod, curve.pods, curve.shared, one.rate, _users_per_gpu(one), one.held.how)
