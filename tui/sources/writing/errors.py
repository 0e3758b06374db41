"""Why a change did not happen, or may have: each error one line with its mend, and never a word of what was sent."""


class WriteError(Exception):
    """Any change that was not made, or of which nobody knows. ``str`` of it is one line for a person."""


class ReadOnly(WriteError):  # noqa: N818
    """nimdeck runs read-only: nothing was sent."""


class NotAudited(WriteError):  # noqa: N818
    """The audit line can't be written. Unless the line says otherwise, nothing was sent."""


class Exists(WriteError):  # noqa: N818
    """409 AlreadyExists: an object of that name is there."""


class Changed(WriteError):  # noqa: N818
    """409 Conflict: the object is not what it was when the change was planned; read it again."""


class Missing(WriteError):  # noqa: N818
    """404: the object, its namespace or the whole kind is not there."""


class NotAllowed(WriteError):  # noqa: N818
    """401 or 403. ``right`` is what is missing, as one would write it in a Role; ``""`` where it is not told."""

    def __init__(self, message: str, right: str = "") -> None:
        super().__init__(message)
        self.right = right


class Rejected(WriteError):  # noqa: N818
    """The server or an admission webhook said no, in its own words; nothing was changed."""


class Invalid(Rejected):
    """Fields are wrong. ``faults`` are their paths in the object (``spec.gpu.value``) and what is wrong with each."""

    def __init__(self, message: str, faults: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class NoAnswer(WriteError):  # noqa: N818
    """No answer, or one that says nothing. ``is_done``: whether it happened all the same; ``None``: nobody knows."""

    def __init__(self, message: str, is_done: bool | None = None) -> None:
        super().__init__(message)
        self.is_done = is_done
