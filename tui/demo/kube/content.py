"""What the specs of the kinds that a launch writes must say: kube-apiserver's own rules and words."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tui.demo.objects import Json, Resource
from tui.demo.objects.errors import Cause

_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?")
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SERVICE_NAME_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_DATA_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_ENV_NAME = re.compile(r"[ -<>-~]+")
_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
BESIDE_SOURCE = frozenset(
    {
        *("accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "volumeMode"),
        *("persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName"),
    }
)  # of a volume's spec: the rest is where it lies
_DOCKER = ("kubernetes.io/dockerconfigjson", ".dockerconfigjson")
REQUIRED, INVALID, UNSUPPORTED = "FieldValueRequired", "FieldValueInvalid", "FieldValueNotSupported"


def content_faults(res: Resource, obj: Json) -> Iterator[Cause]:
    """The faults of a whole object beside those of its metadata and its containers."""
    found = _RULES.get(res.key)
    if found is not None:
        yield from found(obj)


def required(field: str, text: str = "") -> Cause:
    return Cause(REQUIRED, f"Required value{': ' if text else ''}{text}", field)


def invalid_value(field: str, value: Any, text: str) -> Cause:
    return Cause(INVALID, f"Invalid value: {json.dumps(value)}: {text}", field)


def one_of(field: str, value: Any, allowed: Iterable[str]) -> Iterator[Cause]:
    """A fault unless the value is one of them."""
    allowed = tuple(allowed)
    if value not in allowed:
        shown = ", ".join(f'"{choice}"' for choice in allowed)
        yield Cause(UNSUPPORTED, f'Unsupported value: "{value}": supported values: {shown}', field)


def container_faults(container: Json, at: str, volumes: set[str]) -> Iterator[Cause]:
    """The parts of a container beside its name and image."""
    for index, port in enumerate(container.get("ports") or ()):
        yield from _port(port.get("containerPort"), f"{at}.ports[{index}].containerPort")
    for index, variable in enumerate(container.get("env") or ()):
        name = variable.get("name") or ""
        if not name:
            yield required(f"{at}.env[{index}].name")
        elif not _ENV_NAME.fullmatch(name):
            text = "a valid environment variable name must consist only of printable ASCII characters other than '='"
            yield invalid_value(f"{at}.env[{index}].name", name, text)
        if variable.get("value") and variable.get("valueFrom"):
            text = "may not be specified when `value` is not empty"
            yield invalid_value(f"{at}.env[{index}].valueFrom", "", text)
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            yield Cause("FieldValueNotFound", f'Not found: "{mount.get("name")}"', f"{at}.volumeMounts[{index}].name")
        if not mount.get("mountPath"):
            yield required(f"{at}.volumeMounts[{index}].mountPath")
    yield from _resources(container.get("resources") or {}, f"{at}.resources")


def _resources(resources: Json, at: str) -> Iterator[Cause]:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for part, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            yield from quantity_faults(f"{at}.{part}[{name}]", amount)
            if "/" in name and not str(amount).isdecimal():
                yield invalid_value(f"{at}.{part}[{name}]", amount, "must be an integer")
    for name, amount in requests.items():
        if "/" not in name:
            continue
        if name not in limits:
            yield required(f"{at}.limits", f"Limit must be set for non overcommitable resources: {name}")
        elif str(limits[name]) != str(amount):
            yield invalid_value(f"{at}.requests", amount, f"must be equal to {name} limit of {limits[name]}")


def quantity_faults(field: str, amount: Any) -> Iterator[Cause]:
    """A fault unless it is a quantity that is not negative."""
    text = str(amount)
    if not _QUANTITY.fullmatch(text):
        pattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
        yield invalid_value(field, text, f"quantities must match the regular expression '{pattern}'")
    elif text.startswith("-"):
        yield invalid_value(field, text, "must be greater than or equal to 0")


def _service(obj: Json) -> Iterator[Cause]:
    name, spec = obj["metadata"].get("name") or "", obj.get("spec") or {}
    if name and not (_SERVICE_NAME.fullmatch(name) and len(name) <= 63):
        yield invalid_value("metadata.name", name, _SERVICE_NAME_TEXT)
    kind = spec.get("type", "ClusterIP")
    yield from one_of("spec.type", kind, _SERVICE_TYPES)
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield required("spec.externalName")
        return
    ports = spec.get("ports") or ()
    if not ports:
        yield required("spec.ports")
    seen: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        at = f"spec.ports[{index}]"
        yield from _port(port.get("port"), f"{at}.port")
        yield from one_of(f"{at}.protocol", port.get("protocol", "TCP"), _PROTOCOLS)
        if isinstance(port.get("targetPort"), int):
            yield from _port(port["targetPort"], f"{at}.targetPort")
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{at}.name")
        same = (port.get("port"), port.get("protocol", "TCP"))
        if same in seen:
            yield Cause("FieldValueDuplicate", f'Duplicate value: {{"protocol":"{same[1]}","port":{same[0]}}}', at)
        seen.add(same)


def _port(number: Any, field: str) -> Iterator[Cause]:
    if number in (None, 0):
        yield required(field) if number is None else invalid_value(field, 0, "must be between 1 and 65535, inclusive")
    elif isinstance(number, int) and not 0 < number < 65536:
        yield invalid_value(field, number, "must be between 1 and 65535, inclusive")


def _claim(obj: Json) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    yield from _access_modes(spec)
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        yield required("spec.resources[storage]")
    else:
        yield from _positive("spec.resources[storage]", storage)


def _volume(obj: Json) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    yield from _access_modes(spec)
    storage = (spec.get("capacity") or {}).get("storage")
    if storage is None:
        yield required("spec.capacity")
    else:
        yield from _positive("spec.capacity[storage]", storage)
    if not spec.keys() - BESIDE_SOURCE:
        yield required("spec", "must specify a volume type")
    nfs: Json | None = spec.get("nfs")
    if nfs is not None:
        yield from (required(f"spec.nfs.{field}") for field in ("server", "path") if not nfs.get(field))
    policy = spec.get("persistentVolumeReclaimPolicy", "Retain")
    yield from one_of("spec.persistentVolumeReclaimPolicy", policy, ("Delete", "Recycle", "Retain"))


def _access_modes(spec: Json) -> Iterator[Cause]:
    modes = spec.get("accessModes")
    if not modes:
        yield required("spec.accessModes", "at least 1 access mode is required")
    for mode in modes or ():
        yield from one_of("spec.accessModes", mode, _ACCESS_MODES)


def _positive(field: str, amount: Any) -> Iterator[Cause]:
    faults = list(quantity_faults(field, amount))
    yield from faults
    if not faults and not any(digit in "123456789" for digit in str(amount)):
        yield invalid_value(field, str(amount), "must be greater than zero")


def _secret(obj: Json) -> Iterator[Cause]:
    data, plain = obj.get("data") or {}, obj.get("stringData") or {}
    yield from _keys(data | plain)
    for key, text in data.items():
        if isinstance(text, str) and _decoded(text) is None:
            yield invalid_value(f"data[{key}]", "<secret contents redacted>", "illegal base64 data")
    kind, key = _DOCKER
    if obj.get("type") != kind:
        return
    if key not in data and key not in plain:
        yield required(f"data[{key}]")
        return
    try:
        json.loads(plain[key] if key in plain else _decoded(data[key]) or "")
    except ValueError as error:
        yield invalid_value(f"data[{key}]", "<secret contents redacted>", f"invalid character: {str(error)[:20]}")


def _config_map(obj: Json) -> Iterator[Cause]:
    yield from _keys(obj.get("data") or {})


def _keys(data: Json) -> Iterator[Cause]:
    for key in data:
        if not _DATA_KEY.fullmatch(key):
            yield invalid_value(f"data[{key}]", key, _DATA_KEY_TEXT)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _deployment(obj: Json) -> Iterator[Cause]:
    replicas = (obj.get("spec") or {}).get("replicas", 1)
    if isinstance(replicas, int) and replicas < 0:
        yield invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")


_RULES = {
    "services": _service,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "secrets": _secret,
    "configmaps": _config_map,
    "deployments.apps": _deployment,
}
