"""Kubernetes quantities (``100m``, ``32Gi``) as plain numbers."""

_UNITS = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
}


def quantity(text: str | int | float) -> float:
    """Cores, bytes or pieces; ``ValueError`` for what is no quantity."""
    text = str(text)
    for unit in (text[-2:], text[-1:]):
        if unit in _UNITS:
            return float(text[: -len(unit)]) * _UNITS[unit]
    return float(text)
