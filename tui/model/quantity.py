"""Kubernetes quantities: ``500m``, ``47Gi``, ``20G``, ``1e3``."""

_SUFFIXES = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def parse_quantity(text: str | int | float | None) -> float | None:
    """The number that a quantity stands for, in its base unit (cores, bytes, devices); ``None`` if it is not one."""
    if text is None:
        return None
    if isinstance(text, int | float):
        return float(text)
    text = text.strip()
    for length in (2, 1, 0):
        suffix = text[len(text) - length :] if length else ""
        if len(suffix) != length or suffix not in _SUFFIXES:
            continue
        try:
            value = float(text[: len(text) - length]) * _SUFFIXES[suffix]
        except ValueError:
            continue
        return value if value == value and abs(value) != float("inf") else None
    return None
