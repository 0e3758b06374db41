"""The fields that the cluster's own schema of a custom kind has: from its CRD, else from the published OpenAPI."""

from tui.sources.kinds.loose import dig, list_at, text_at
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import BadAnswer, Forbidden, KubeError, NotFound

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
OPEN = "x-kubernetes-preserve-unknown-fields"
KINDS = "x-kubernetes-group-version-kind"


class NoSchema(KubeError):  # noqa: N818
    """The kind is served without a schema that names its fields: any field is taken."""


def spec_fields(client: KubeClient, group: str, plural: str, base: str) -> frozenset[str]:
    """The names under ``spec``. ``base`` is the path before ``/<plural>``. Raises a ``KubeError``: ``NoSchema`` too."""
    trouble: KubeError = NoSchema(f"the schema of {plural}.{group} does not name its fields")
    try:
        definition = client.get_json(f"{CRDS}/{plural}.{group}")
        if fields := _fields(_of_definition(definition, base.rpartition("/")[2])):
            return fields
    except (Forbidden, NotFound) as error:
        trouble = error  # few may read CRDs; everybody may read the published schema
    try:
        fields = _fields(_of_openapi(client, base, plural))
    except (Forbidden, NotFound, BadAnswer):
        fields = frozenset()
    if not fields:
        raise trouble
    return fields


def _fields(schema: object) -> frozenset[str]:
    """The names under ``spec``; none where it takes any."""
    spec = dig(schema, "properties", "spec")
    fields = dig(spec, "properties")
    return frozenset(map(str, fields)) if isinstance(fields, dict) and dig(spec, OPEN) is not True else frozenset()


def _of_definition(definition: object, version: str) -> object:
    for served in list_at(definition, "spec", "versions"):
        if text_at(served, "name") == version:
            return dig(served, "schema", "openAPIV3Schema")
    return None


def _of_openapi(client: KubeClient, base: str, plural: str) -> object:
    kind = _kind_of(client.get_json(base), plural)
    schemas = dig(client.get_json(f"/openapi/v3{base}"), "components", "schemas")
    for schema in schemas.values() if isinstance(schemas, dict) else ():
        if kind and any(text_at(named, "kind") == kind for named in list_at(schema, KINDS)):
            return schema
    return None


def _kind_of(resources: object, plural: str) -> str | None:
    found = (entry for entry in list_at(resources, "resources") if text_at(entry, "name") == plural)
    return next((text_at(entry, "kind") for entry in found), None)
