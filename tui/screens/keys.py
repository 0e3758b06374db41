"""From the table of actions to Textual's bindings, and from Textual's key names to what is printed on a keyboard."""

from textual.binding import Binding, BindingType

from tui.actions import Scope, in_scopes

_LABELS = {
    "question_mark": "?",
    "slash": "/",
    "equals_sign": "=",
    "colon": ":",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "shift+tab": "⇧tab",
    "left": "←",
    "right": "→",
    "comma": ",",
    "full_stop": ".",
}


def bindings(*scopes: Scope) -> list[BindingType]:
    """A binding for each action of ``scopes``. The id is the action's, so that a user's key map can replace keys."""
    return [
        Binding(
            ",".join(action.keys),
            f"screen.act('{action.id}')",
            action.title,
            id=action.id,
            tooltip=action.help,
            show=False,
        )
        for action in in_scopes(*scopes)
    ]


def key_label(key: str) -> str:
    """``question_mark`` -> ``?``."""
    return _LABELS.get(key, key)


def key_labels(keys: tuple[str, ...]) -> str:
    return " ".join(key_label(key) for key in keys)
