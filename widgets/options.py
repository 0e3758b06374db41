"""The keyword arguments that every widget takes, named once."""

from typing import TypedDict


class WidgetOptions(TypedDict, total=False):
    """As Textual's own widgets understand them."""

    name: str | None
    id: str | None
    classes: str | None
