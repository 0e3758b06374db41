"""Decoding single objects the way a list does."""

import json
from typing import Any

from tui.model.pod import Pod
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.decode import Decoder


def decode(kind_name: str, *objects: Any) -> list[object]:
    """The model values of these objects; asserts that none was skipped."""
    kind = next(kind for kind in all_kinds() if kind.name == kind_name)
    page = Decoder(kind).page(json.dumps({"metadata": {"resourceVersion": "1"}, "items": objects}).encode())
    assert page.skipped == 0
    return [value for _, value in page.entries]


def decode_pod(namespace: str, name: str, spec: Any = None, status: Any = None, **metadata: Any) -> Pod:
    metadata = {"namespace": namespace, "name": name, **metadata}
    (pod,) = decode("pods", {"metadata": metadata, "spec": spec, "status": status})
    assert isinstance(pod, Pod)
    return pod
