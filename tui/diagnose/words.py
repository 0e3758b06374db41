"""Numbers of GPUs and nodes in words, the same in a fit and in a cause."""


def in_gpus(value: float | None) -> str:
    """``2.5 GPUs``, ``1 GPU``, ``unlimited``, ``unknown``."""
    if value is None:
        return "unknown"
    if value == float("inf"):
        return "unlimited"
    number = round(value, 3)
    return f"{number:g} GPU{'' if number == 1 else 's'}"


def count_words(number: int, what: str) -> str:
    """``1 node``, ``16 nodes``."""
    return f"{number} {what}{'' if number == 1 else 's'}"
