"""From a model's name to its image and back. No tag is ever made up: without a version there is none."""

import re

from config.catalogue import nims
from tui.model.launch_spec import LaunchSpec

REGISTRY = "nvcr.io/nim"
_NIM = re.compile(rf"^{re.escape(REGISTRY)}/(?P<model>[^:@]+/[^:@]+)$")


def image_of(spec: LaunchSpec) -> str:
    """The image of a checked spec: its own, else its model's, with the version as tag if one is said."""
    image = spec.image or model_image(spec.model or "")
    return f"{image}:{spec.version}" if spec.version else image


def model_image(model: str) -> str:
    """The image of a catalogue name such as ``meta/llama-3.1-8b-instruct``, without a tag."""
    known = (nim.image for nim in nims() if nim.image.endswith("/" + model))
    return next(known, f"{REGISTRY}/{model}")


def is_nim(spec: LaunchSpec) -> bool:
    """Whether NVIDIA's server runs in it, with its paths and variables."""
    return bool(spec.model) or model_of(split_tag(spec.image or "")[0]) is not None


def split_tag(reference: str) -> tuple[str, str | None]:
    """Image and tag. A reference with a digest is left whole, for there the tag says nothing."""
    if "@" in reference:
        return reference, None
    head, slash, last = reference.rpartition("/")
    name, colon, tag = last.partition(":")  # a colon before the last slash is a port
    return f"{head}{slash}{name}", tag if colon else None


def model_of(image: str) -> str | None:
    """The model that an image without a tag stands for; ``None`` where it is no NIM of NVIDIA's registry."""
    match = _NIM.match(image)
    return match.group("model") if match else None
