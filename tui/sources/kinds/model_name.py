"""Which model a NIM serves, as far as its object tells."""

from collections.abc import Mapping

_VARIABLES = ("NIM_SERVED_MODEL_NAME", "NIM_MODEL_NAME")


def model_of(image: str | None, environment: Mapping[str, str]) -> str | None:
    """The model by its environment, else by an image path such as ``nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4``.

    A model name that is a path of a file (``/models/x``) or a secret's reference says nothing.
    """
    for variable in _VARIABLES:
        value = environment.get(variable, "").split(",")[0].strip()
        if value and not value.startswith(("/", "SECRET:")):
            return value
    return _model_of_image(image) if image else None


def _model_of_image(image: str) -> str | None:
    """``<registry>/nim/<publisher>/<model>`` at any registry; other images serve we know not what."""
    path = image.split("@")[0]
    head, _, last = path.rpartition("/")
    parts = [*head.split("/"), last.split(":")[0]]
    if "nim" not in parts:
        return None
    model = parts[parts.index("nim") + 1 :]
    return "/".join(model) if len(model) >= 2 and all(model) else None
