"""Which pod lies on which physical GPU of a node: five sources, the most trusted first, each filling what is open.

Pure functions over one ``Board``. A claim of a less trusted source that contradicts what already lies there is left
out; a part that nothing places stays open and is shown as unplaced. Nothing is ever placed twice.
"""

from collections import defaultdict
from typing import NamedTuple

from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.store.parts import Board, NodeFacts, Part, is_whole

SAME_SHARE = 0.01  # two shares closer than this are the same to Run:ai's two decimals


def place_all(facts: NodeFacts) -> Board:
    """Place what can be placed on this node's GPUs."""
    board = Board(facts)
    if not board.gpus:
        return board
    for step in (by_reservation, by_annotation, by_dcgm, by_runai, by_elimination):
        step(board)
        if not any(board.open.values()):
            break
    return board


def by_reservation(board: Board) -> None:
    """Fractional pod -> group -> reservation pod of that group on this node -> UUID or index."""
    for pod in sorted(board.facts.reservations, key=_running_then_newest):
        gpu = _reserved_index(pod, board.facts)
        for group in pod.gpu_groups:
            board.name_group(group, gpu, "reservation")
    board.settle_groups()


def by_annotation(board: Board) -> None:
    """The deprecated index annotation on the pod itself; older clusters have nothing else."""
    hinted = [pod for pod in board.facts.pods if pod.gpu_index_hints and board.open[pod.key]]
    for pod in hinted:
        if pod.gpu.is_shared and len(pod.gpu_groups) == 1 == len(pod.gpu_index_hints):
            board.name_group(pod.gpu_groups[0], pod.gpu_index_hints[0], "annotation")
    board.settle_groups()
    for pod in hinted:
        mine = {gpu for gpu, held in board.gpus.items() if any(h.part.pod.key == pod.key for h in held)}
        hints = [gpu for gpu in dict.fromkeys(pod.gpu_index_hints) if gpu in board.gpus and gpu not in mine]
        for gpu in hints:
            part = next((p for p in board.open[pod.key] if _may_lie(board, p, gpu)), None)
            if part is not None:
                board.place(part, gpu, "annotation")
        unknown = [group for group in pod.gpu_groups if group not in board.group_gpu]
        if len(unknown) == 1 == len(hints):
            board.name_group(unknown[0], hints[0], "annotation")
    board.settle_groups()


def by_dcgm(board: Board) -> None:
    """DCGM's pod label: the pod itself, or the one pod of a shared GPU that points to the group."""
    labels = _dcgm_labels(board)
    for pod in board.facts.reservations:
        for group in pod.gpu_groups:
            if len(labels[pod.key]) == 1:
                board.name_group(group, labels[pod.key][0], "dcgm")
    for pod in board.facts.pods:
        if len(pod.gpu_groups) == 1 and len(labels[pod.key]) == 1:
            board.name_group(pod.gpu_groups[0], labels[pod.key][0], "dcgm")
    board.settle_groups()
    for pod in board.facts.pods:
        _by_pod_label(board, pod, labels[pod.key])
    for identity in board.facts.identities:
        if identity.mig_profile is not None and identity.pod is not None:
            parts = [p for p in board.open.get(identity.pod, ()) if p.mig_profile == identity.mig_profile]
            if parts:
                board.place(parts[0], identity.gpu.gpu, "dcgm")


def by_runai(board: Board) -> None:
    """Run:ai's fraction held on each GPU, where only one open claim has that size and only so many GPUs show it."""
    said = board.facts.runai_allocated
    claims = _claims(board)
    for claim in claims:
        if any(other is not claim and abs(other.share - claim.share) < SAME_SHARE for other in claims):
            continue
        fitting = [gpu for gpu in board.empty_gpus() if abs(said.get(gpu, 0.0) - claim.share) < SAME_SHARE]
        if len(fitting) == claim.devices:
            _place_claim(board, claim, fitting, "runai")


def by_elimination(board: Board) -> None:
    """The only GPU of a node, or the only GPUs left for the only claim left."""
    if board.facts.gpu_count is None:
        return
    if len(board.gpus) == 1:
        for part in board.open_parts():
            board.place(part, next(iter(board.gpus)), "elimination")
        return
    claims, empty = _claims(board), board.empty_gpus()
    if len(claims) == 1 and claims[0].devices == len(empty) and not _lost_reservations(board, claims[0]):
        _place_claim(board, claims[0], empty, "elimination")


class _Claim(NamedTuple):
    """Open parts that need GPUs of their own: a whole-device pod, or a group (one GPU for all of its parts)."""

    parts: tuple[Part, ...]
    devices: int
    share: float  # of each of those GPUs


def _claims(board: Board) -> list[_Claim]:
    whole: dict[ObjectKey, list[Part]] = defaultdict(list)
    groups: dict[str, list[Part]] = defaultdict(list)
    half_known = {held.part.group for lying in board.gpus.values() for held in lying}
    for part in board.open_parts():
        if is_whole(part):
            whole[part.pod.key].append(part)
        elif part.group is not None and part.group not in half_known:
            groups[part.group].append(part)
    claims = [_Claim(tuple(parts), len(parts), 1.0) for parts in whole.values()]
    return claims + [_Claim(tuple(parts), 1, sum(p.share or 0.0 for p in parts)) for parts in groups.values()]


def _lost_reservations(board: Board, claim: _Claim) -> bool:
    """True when a reservation pod keeps a GPU that nobody can name: one that looks empty may be it."""
    groups = {group for pod in board.facts.reservations for group in pod.gpu_groups}
    return bool(groups - board.group_gpu.keys() - {claim.parts[0].group})


def _place_claim(board: Board, claim: _Claim, gpus: list[int], source: str) -> None:
    group = claim.parts[0].group
    if group is not None:
        board.name_group(group, gpus[0], source)
        board.settle_groups()
        return
    for part, gpu in zip(claim.parts, gpus, strict=True):
        board.place(part, gpu, source)


def _running_then_newest(pod: Pod) -> tuple[bool, float, ObjectKey]:
    return (pod.phase != "Running", -(pod.created_at or 0.0), pod.key)


def _reserved_index(pod: Pod, facts: NodeFacts) -> int | None:
    text = (pod.reserved_gpu or "").strip()
    if text.isdecimal():
        return int(text)
    return facts.uuid_index.get(text)


def _may_lie(board: Board, part: Part, gpu: int) -> bool:
    """False where a reservation keeps the GPU for others: a trusted claim beats a hint."""
    keeper = board.reserved.get(gpu)
    return keeper is None or keeper == part.group or (part.group is None and not is_whole(part))


def _dcgm_labels(board: Board) -> dict[ObjectKey, list[int]]:
    """Pod -> the whole GPUs on which DCGM puts it."""
    labels: dict[ObjectKey, list[int]] = defaultdict(list)
    for identity in board.facts.identities:
        if identity.pod is not None and identity.mig_profile is None:
            labels[identity.pod].append(identity.gpu.gpu)
    return labels


def _by_pod_label(board: Board, pod: Pod, labelled: list[int]) -> None:
    """Place a pod where DCGM puts it; more labels than open parts contradict each other and say nothing."""
    parts = [p for p in board.open[pod.key] if p.mig_profile is None and p.group is None]
    if not parts:
        return
    free = [gpu for gpu in labelled if gpu not in board.reserved and not board.holds_whole(gpu)]
    gpus = [gpu for gpu in free if not board.gpus[gpu] or not is_whole(parts[0])]
    if len(gpus) > len(parts):
        return
    for part, gpu in zip(parts, gpus, strict=False):
        board.place(part, gpu, "dcgm")
