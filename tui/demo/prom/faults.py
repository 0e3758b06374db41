"""What can be wrong with a Prometheus: switches for scenarios and tests."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Faults:
    """All off by default. ``mode`` says how requests are answered, the others what is scraped.

    ``lag_seconds``: samples carry times that far in the past. ``not_a_number``: DCGM's values are NaN on every other
    GPU and +Inf on the rest. ``duplicates``: DCGM is scraped by two jobs, so that its series are there twice.
    """

    mode: Literal["none", "html", "error", "hang"] = "none"
    lag_seconds: float = 0.0
    not_a_number: bool = False
    duplicates: bool = False
