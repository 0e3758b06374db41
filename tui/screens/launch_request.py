"""What another screen asks of Launch. Imports nothing of the launch room: the app knows it before the first picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.launch.kinds import Target
    from tui.model.launch_spec import LaunchSpec


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """Without a ``spec`` a new launch begins with the profiles, those that hold the ``words``.

    ``edits`` is the object that the spec was read from: then it is changed, and name, project and scheduler stay.
    ``note`` is said beside the form.
    """

    spec: "LaunchSpec | None" = None
    edits: "Target | None" = None
    note: str = ""
    words: str = ""
