"""The lines between a coordinator and a worker: one JSON object each, typed on the way in (``docs/worker.md``)."""

from typing import Any, Literal

import msgspec

SCHEMA = "nimdeck.worker/1"


class TargetPart(msgspec.Struct, frozen=True):
    """Where requests go: base ``url`` and ``path`` beneath it; secrets come here, never in arguments.

    ``urls`` stand in its place where several servers hold the same model.
    """

    url: str
    urls: tuple[str, ...] = ()
    path: str = "/v1/chat/completions"
    headers: dict[str, str] = {}
    headers_file: str | None = None
    api_key: str | None = None
    ca_file: str | None = None
    insecure: bool = False


class RequestPart(msgspec.Struct, frozen=True):
    """What the worker itself needs of the request; the body is the prompts' business."""

    timeout_seconds: float = 60.0


class SloPart(msgspec.Struct, frozen=True):
    """Limits a request has to hold to count as good; ``None`` is no limit."""

    ttft_seconds: float | None = None
    itl_seconds: float | None = None
    e2e_seconds: float | None = None

    @property
    def given(self) -> bool:
        """Whether there is any limit."""
        return self.ttft_seconds is not None or self.itl_seconds is not None or self.e2e_seconds is not None


class Command(msgspec.Struct, frozen=True, tag_field="kind"):
    """Any line to the worker."""

    schema: str


class Setup(Command, frozen=True, tag="setup"):
    """First line. ``prompts`` and the whole of ``request`` are handed to ``make_prompts`` as they came."""

    run: str
    worker: int
    target: TargetPart
    request: RequestPart = RequestPart()
    records: bool = False
    chunk_stamps: bool = False
    slo: SloPart = SloPart()


class Point(Command, frozen=True, tag="point"):
    """Begin a point; what is in flight belongs to the one before."""

    point: int
    mode: Literal["closed", "open"]
    users: int = 0
    first_user: int = 0
    ramp_seconds: float = 0.0
    start: Literal["staggered", "burst"] = "staggered"
    rate: float = 0.0
    arrival: Literal["constant", "poisson"] = "poisson"
    phase: float = 0.0
    place: int = 0
    places: int = 1
    seed: int = 1


class Users(Command, frozen=True, tag="users"):
    """Other ``users`` within the point under way; new ones start over ``ramp_seconds``."""

    point: int
    users: int
    ramp_seconds: float = 0.0


class Measure(Command, frozen=True, tag="measure"):
    """Requests sent from now on are measured; ``requests`` of them, or all."""

    point: int
    requests: int | None = None


class Pause(Command, frozen=True, tag="pause"):
    """Send nothing new until ``resume``."""


class Resume(Command, frozen=True, tag="resume"):
    """Go on after ``pause``."""


class Drain(Command, frozen=True, tag="drain"):
    """Send nothing new, finish what is in flight, say ``drained``."""


class Abort(Command, frozen=True, tag="abort"):
    """Cut what is in flight, say ``drained``."""


class Ping(Command, frozen=True, tag="ping"):
    """Answered by ``pong`` with the same ``id``."""

    id: int = 0


class Bye(Command, frozen=True, tag="bye"):
    """End."""


AnyCommand = Setup | Point | Users | Measure | Pause | Resume | Drain | Abort | Ping | Bye

_decoder = msgspec.json.Decoder(AnyCommand)


def read(line: bytes) -> AnyCommand:
    """A command. ``ValueError`` with one line for what is none, or has another schema."""
    try:
        command: AnyCommand = _decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ValueError(f"a line on stdin is no command: {error}") from None
    if command.schema != SCHEMA:
        raise ValueError(f"schema {command.schema[:40]!r} is not spoken here, {SCHEMA} is: use the same version")
    return command


def read_raw(line: bytes) -> dict[str, Any]:
    """The set-up as plain JSON, as ``make_prompts`` wants it."""
    message: dict[str, Any] = msgspec.json.decode(line)
    return message
