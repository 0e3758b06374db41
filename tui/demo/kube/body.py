"""Bodies of requests: JSON or YAML to an object, with the API server's words where they are not what they should be."""

import json
from typing import Any, NamedTuple

import yaml
from aiohttp import web

from tui.demo.kube.protobuf import decode_protobuf
from tui.demo.kube.strict import check_fields
from tui.demo.objects import ApiError, Json, Resource
from tui.demo.objects.errors import bad_request

PROTOBUF = "application/vnd.kubernetes.protobuf"
CREATE_TYPES = ("application/json", "application/yaml", PROTOBUF)
_READABLE = frozenset({"", "application/json", "application/yaml", "application/octet-stream"})


class Tracked(dict[str, Any]):
    """A decoded JSON object that remembers which of its keys came twice."""

    duplicates: tuple[str, ...] = ()


class Decoded(NamedTuple):
    """An object and what strict decoding would say of it."""

    obj: Json
    faults: list[str]


def media_type(request: web.Request) -> str:
    """The Content-Type without parameters; empty if none was sent."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def unsupported_media(accepted: tuple[str, ...]) -> ApiError:
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message)


async def read_object(request: web.Request, res: Resource) -> Decoded:
    """The body as an object of kind ``res``. Raises ``ApiError`` 400 and 415."""
    kind = media_type(request)
    if kind == PROTOBUF:
        binary = _binary(await request.read())
        check_kind(binary, res)
        return Decoded(binary, [])
    if kind not in _READABLE:
        raise unsupported_media(CREATE_TYPES)
    return decode_object(await request.read(), res, as_yaml=kind == "application/yaml")


def decode_object(data: bytes, res: Resource, *, as_yaml: bool = False) -> Decoded:
    """Bytes to an object of kind ``res``, its faults listed."""
    found = _yaml(data, res) if as_yaml else _json(data, res)
    if not isinstance(found, dict):
        raise bad_request(f'{res.kind} in version "{res.version}" cannot be handled as a {res.kind}: not an object')
    check_kind(found, res)
    duplicates = [f'duplicate field "{path}"' for path in _duplicates(found, "")]
    return Decoded(_plain(found), duplicates)


def check_kind(obj: Json, res: Resource) -> None:
    """Raises ``ApiError`` 400 if the body is of another kind or version."""
    kind = obj.setdefault("kind", res.kind)
    api_version = obj.setdefault("apiVersion", res.api_version)
    if (kind, api_version) == (res.kind, res.api_version):
        return
    if res.custom:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version ({res.api_version})"
            if api_version != res.api_version
            else f'{kind} in version "{res.version}" cannot be handled as a {res.kind}: unknown kind'
        )
    version = str(api_version).rpartition("/")[2]
    internal = "core" if not res.group else res.group.partition(".")[0]
    raise bad_request(
        f'{kind} in version "{version}" cannot be handled as a {res.kind}: '
        f"converting ({version}.{kind}) to ({internal}.{res.kind}): unknown conversion"
    )


def settle_faults(res: Resource, decoded: Decoded, validation: str, warnings: list[str]) -> Json:
    """Prunes unknown fields. ``fieldValidation`` says how loud: Strict refuses, Warn warns, Ignore is silent."""
    kept, unknown = check_fields(res, decoded.obj)
    faults = [*decoded.faults, *(f'unknown field "{path}"' for path in unknown)]
    if validation not in ("", "Strict", "Warn", "Ignore"):
        raise bad_request(
            f'fieldValidation: Unsupported value: "{validation}": supported values: "Ignore", "Strict", "Warn"'
        )
    if faults and validation == "Strict":
        raise bad_request(
            f'{res.kind} in version "{res.version}" cannot be handled as a {res.kind}: '
            f"strict decoding error: {', '.join(faults)}"
        )
    if validation != "Ignore":
        warnings.extend(faults)
    return kept


async def read_json(request: web.Request) -> Any:
    """A body that is no object of a kind (patches, options); ``None`` if it is empty. Raises ``ApiError`` 400."""
    data = await request.read()
    if not data.strip():
        return None
    if media_type(request) == PROTOBUF:
        return _binary(data)
    if media_type(request) in ("application/yaml", "application/apply-patch+yaml"):
        return _load_yaml(data)
    try:
        return json.loads(data)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {_go_fault(data, error)}") from None


def _binary(data: bytes) -> Json:
    obj = decode_protobuf(data)
    if obj is None:
        raise unsupported_media(CREATE_TYPES[:2])
    return obj


def _json(data: bytes, res: Resource) -> Any:
    try:
        return json.loads(data, object_pairs_hook=_tracked)
    except ValueError as error:
        message = (
            f"the object provided is unrecognized (must be of type {res.kind}): "
            f"couldn't get version/kind; json parse error: {_go_fault(data, error)} ({_shown(data)})"
        )
        raise bad_request(message) from None


def _yaml(data: bytes, res: Resource) -> Any:
    try:
        return _load_yaml(data)
    except ApiError as error:
        raise bad_request(f"error decoding {res.kind} from yaml: {error.message}") from None


def _load_yaml(data: bytes) -> Any:
    try:
        # JSON is YAML, and reading it as such is what a real server does; dates stay text.
        return json.loads(json.dumps(yaml.safe_load(data), default=_date))
    except (yaml.YAMLError, ValueError) as error:
        raise bad_request(f"error converting YAML to JSON: {' '.join(str(error).split())}") from None


def _date(value: Any) -> str:
    text: str = value.isoformat()
    return text.replace("+00:00", "Z")


def _tracked(pairs: list[tuple[str, Any]]) -> Tracked:
    found = Tracked(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        found.duplicates = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    return found


def _duplicates(value: Any, path: str) -> list[str]:
    if isinstance(value, list):
        return [fault for index, item in enumerate(value) for fault in _duplicates(item, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    prefix = f"{path}." if path else ""
    own = [f"{prefix}{name}" for name in getattr(value, "duplicates", ())]
    return own + [fault for key, item in value.items() for fault in _duplicates(item, f"{prefix}{key}")]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _go_fault(data: bytes, error: ValueError) -> str:
    """Go's words for what Python found."""
    if not isinstance(error, json.JSONDecodeError):
        return "invalid character looking for beginning of value"
    text = error.doc if isinstance(error.doc, str) else data.decode("utf-8", "replace")
    if error.pos >= len(text.rstrip()):
        return "unexpected end of JSON input"
    place = "object key string" if "property name" in error.msg else "value"
    return f"invalid character '{text[error.pos]}' looking for beginning of {place}"


def _shown(data: bytes) -> str:
    return data[:64].decode("utf-8", "replace")
