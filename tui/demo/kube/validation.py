"""What the API refuses to keep: names that are none, pods without containers, objects against their schema."""

import re
from collections.abc import Iterator

from tui.demo.kube.content import container_faults, content_faults
from tui.demo.kube.immutable import changes_refused
from tui.demo.kube.schema import faults, schema_of
from tui.demo.objects import ApiError, Json, ObjectStore, Resource
from tui.demo.objects.errors import Cause, bad_request, details, invalid, not_found

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_QUALIFIED_TEXT = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_TEMPLATED = frozenset({"deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps"})
_POD_MAY_CHANGE = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_REQUIRED = "FieldValueRequired"


def check_object(res: Resource, obj: Json) -> None:
    """Raises ``ApiError`` 422 with a cause for each fault of a whole object."""
    causes = [*_metadata_faults(res, obj["metadata"]), *content_faults(res, obj)]
    if res.custom:
        causes += faults(schema_of(res), {key: obj[key] for key in ("spec", "status") if key in obj})
    elif res.key == "pods":
        causes += _pod_faults(obj.get("spec"), "spec")
    elif res.key in _TEMPLATED or res.key == "jobs.batch":
        causes += _template_faults(res, obj.get("spec") or {})
    if causes:
        raise invalid(res.qualified_kind, obj["metadata"].get("name", ""), causes)


def check_update(res: Resource, old: Json, new: Json) -> None:
    """What may not change any more. Raises ``ApiError`` 422."""
    check_object(res, new)
    refused = [*changes_refused(res, old, new)]
    if refused:
        raise invalid(res.qualified_kind, old["metadata"]["name"], refused)
    if res.key == "pods" and _fixed(old["spec"]) != _fixed(new["spec"]):
        field, _, text = _POD_MAY_CHANGE.partition(": ")
        raise invalid(res.qualified_kind, old["metadata"]["name"], [Cause("FieldValueForbidden", text, field)])


def check_namespace(store: ObjectStore, res: Resource, namespace: str, name: str) -> None:
    """A new object's namespace must be there and stay. Raises ``ApiError`` 404 and 403."""
    if not res.namespaced:
        return
    spaces = store.resource("namespaces")
    found = store.get(spaces, None, namespace)
    if found is None:
        raise not_found(spaces, namespace)
    if found["metadata"].get("deletionTimestamp"):
        text = f"unable to create new content in namespace {namespace} because it is being terminated"
        parts = details(res, name)
        parts["causes"] = [
            {"reason": "NamespaceTerminating", "message": f"namespace {namespace} is being terminated",
             "field": "metadata.namespace"}
        ]  # fmt: skip
        raise ApiError(403, "Forbidden", f'{res.key} "{name}" is forbidden: {text}', parts)


def settle_namespace(res: Resource, obj: Json, namespace: str) -> None:
    """The body's namespace is the URL's. Raises ``ApiError`` 400."""
    metadata = obj["metadata"]
    if not res.namespaced:
        metadata.pop("namespace", None)
        return
    if metadata.setdefault("namespace", namespace) != namespace:
        if metadata["namespace"]:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata["namespace"] = namespace


def _metadata_faults(res: Resource, metadata: Json) -> Iterator[Cause]:
    name = metadata.get("name") or ""
    if not name:
        yield Cause(_REQUIRED, "Required value: name or generateName is required", "metadata.name")
    elif res.key == "namespaces" and not (_LABEL.fullmatch(name) and len(name) <= 63):
        yield Cause("FieldValueInvalid", f'Invalid value: "{name}": {_LABEL_TEXT}', "metadata.name")
    elif not _SUBDOMAIN.fullmatch(name):
        yield Cause("FieldValueInvalid", f'Invalid value: "{name}": {_SUBDOMAIN_TEXT}', "metadata.name")
    elif len(name) > 253:
        text = f'Invalid value: "{name}": must be no more than 253 bytes'
        yield Cause("FieldValueInvalid", text, "metadata.name")
    yield from _label_faults(metadata)


def _label_faults(metadata: Json) -> Iterator[Cause]:
    for part in ("labels", "annotations"):
        for key in metadata.get(part) or {}:
            yield from _key_faults(f"metadata.{part}", key)
    for value in (metadata.get("labels") or {}).values():
        if not isinstance(value, str):
            continue
        if len(value) > 63:
            text = f'Invalid value: "{value}": must be no more than 63 bytes'
            yield Cause("FieldValueInvalid", text, "metadata.labels")
        elif not _LABEL_VALUE.fullmatch(value):
            yield Cause("FieldValueInvalid", f'Invalid value: "{value}": {_LABEL_VALUE_TEXT}', "metadata.labels")


def _key_faults(field: str, key: str) -> Iterator[Cause]:
    """A label's or annotation's key: a qualified name."""
    prefix, slash, name = key.rpartition("/")
    if not name or len(name) > 63 or not _QUALIFIED.fullmatch(name):
        yield Cause("FieldValueInvalid", f'Invalid value: "{key}": name part {_QUALIFIED_TEXT}', field)
    if slash and not (_SUBDOMAIN.fullmatch(prefix) and len(prefix) <= 253):
        yield Cause("FieldValueInvalid", f'Invalid value: "{key}": prefix part {_SUBDOMAIN_TEXT}', field)


def _pod_faults(spec: Json | None, path: str) -> Iterator[Cause]:
    containers = (spec or {}).get("containers")
    if not containers:
        yield Cause(_REQUIRED, "Required value", f"{path}.containers")
        return
    seen = set()
    volumes = {str(volume.get("name")) for volume in (spec or {}).get("volumes") or ()}
    for index, container in enumerate(containers):
        at = f"{path}.containers[{index}]"
        name = container.get("name")
        if not name:
            yield Cause(_REQUIRED, "Required value", f"{at}.name")
        elif name in seen:
            yield Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{at}.name")
        seen.add(name)
        if not container.get("image"):
            yield Cause(_REQUIRED, "Required value", f"{at}.image")
        yield from container_faults(container, at, volumes)


def _template_faults(res: Resource, spec: Json) -> Iterator[Cause]:
    template = spec.get("template") or {}
    if res.key in _TEMPLATED:
        wanted = (spec.get("selector") or {}).get("matchLabels") or {}
        labels = (template.get("metadata") or {}).get("labels") or {}
        if not spec.get("selector"):
            yield Cause(_REQUIRED, "Required value", "spec.selector")
        elif any(labels.get(key) != value for key, value in wanted.items()):
            text = "Invalid value: `selector` does not match template `labels`"
            yield Cause("FieldValueInvalid", text, "spec.template.metadata.labels")
    elif (template.get("spec") or {}).get("restartPolicy") not in ("OnFailure", "Never"):
        text = 'Required value: valid values: "OnFailure", "Never"'
        yield Cause(_REQUIRED, text, "spec.template.spec.restartPolicy")
    yield from _pod_faults(template.get("spec"), "spec.template.spec")


def _fixed(spec: Json) -> Json:
    free = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds")
    fixed = {key: value for key, value in spec.items() if key not in free}
    for part in ("containers", "initContainers"):
        fixed[part] = [{**container, "image": ""} for container in spec.get(part) or ()]
    return fixed
