"""Writing a status as Knative's controllers do: what has not changed is not written, nor does it get a new time."""

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.context import Context
from tui.demo.world.naming import rfc3339


def put_status(context: Context, kind: api.Kind, obj: Json, made: Json) -> None:
    """Writes the status ``made`` unless only its times differ; conditions that stay as they are keep theirs."""
    before = obj.get("status", {})
    if _timeless(before) == _timeless(made):
        return
    metadata, old = obj["metadata"], {entry["type"]: entry for entry in before.get("conditions", [])}
    for entry in made["conditions"]:
        if was := old.get(entry["type"]):
            same = was | {"lastTransitionTime": entry["lastTransitionTime"]} == entry
            entry["lastTransitionTime"] = was["lastTransitionTime"] if same else rfc3339(context.clock.now())
    context.api.change(kind, metadata["namespace"], metadata["name"], lambda new: new.update(status=made), status=True)


def _timeless(made: Json) -> Json:
    conditions = [
        {key: text for key, text in entry.items() if key != "lastTransitionTime"}
        for entry in made.get("conditions", [])
    ]
    return {**made, "conditions": conditions}
