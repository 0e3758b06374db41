"""What one probe of an endpoint found: the guide's "validate everything is running"."""

from dataclasses import dataclass
from typing import Literal

StepState = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One question. ``status`` is the HTTP status, ``None`` where no answer came; ``detail`` what it said, or why not.

    ``is_vital`` False: another server than a NIM may lack it.
    """

    name: str
    path: str
    state: StepState
    status: int | None = None
    seconds: float | None = None
    detail: str = ""
    is_vital: bool = True


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """``ttft_seconds`` counts from the send to the first chunk with text; ``text`` is the beginning of the answer.

    ``reached`` is True once anything answered in HTTP. ``note`` says what is to be known of this way to it.
    """

    url: str
    steps: tuple[ProbeStep, ...]
    reached: bool
    host: str | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    ttft_seconds: float | None = None
    total_seconds: float | None = None
    output_tokens: int | None = None
    text: str = ""
    note: str = ""

    @property
    def healthy(self) -> bool:
        """Ready, with a model that has answered."""
        return self.ttft_seconds is not None and all(s.state == "ok" for s in self.steps if s.is_vital)
