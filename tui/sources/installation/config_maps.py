"""The ConfigMaps that the guide sets or reads: Knative's, and the one in which Run:ai tells its version."""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from tui.model.ids import ObjectKey
from tui.sources.installation.crew import Asked, Crew
from tui.sources.kinds.loose import dig
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import Forbidden, NotFound

KNATIVE_NAMESPACE = "knative-serving"
KNATIVE_MAPS = ("config-autoscaler", "config-features", "config-deployment", "config-network", "config-domain")
RUNAI_PUBLIC = ObjectKey("runai", "runai-public")
_EXAMPLE = "_example"  # for reading only: Knative ignores it
_VERSION_KEYS = ("cluster-version", "runai-version", "version")
_VERSION = re.compile(r"""(?m)^\s*(?:cluster-|runai-)?version["']?\s*:\s*["']?(v?\d[\w.+-]*)""")

Data = Mapping[str, str]


class ConfigMapsPart:
    """One GET for each ConfigMap: who may not list them may often read these."""

    def __init__(self, crew: Crew, client: KubeClient) -> None:
        keys = (*(ObjectKey(KNATIVE_NAMESPACE, name) for name in KNATIVE_MAPS), RUNAI_PUBLIC)
        self._crew = crew
        self._asked: dict[ObjectKey, Asked[tuple[Data | None]]] = {
            key: crew.ask(f"config_maps/{key.namespace}/{key.name}", partial(_read, client, key)) for key in keys
        }

    def maps(self) -> dict[ObjectKey, Data | None]:
        """By key; ``None`` where it is known to be missing. Notes the first trouble for its namespace too."""
        found: dict[ObjectKey, Data | None] = {}
        for key, asked in self._asked.items():
            if asked.value is not None:
                found[key] = asked.value[0]
            elif asked.name in self._crew.unknown:
                self._crew.note(f"config_maps/{key.namespace}", self._crew.unknown[asked.name])
        return found


def runai_version(maps: Mapping[ObjectKey, Data | None]) -> str | None:
    """The version of Run:ai's cluster side, from a key of its own or from the YAML that it keeps in one."""
    data = maps.get(RUNAI_PUBLIC) or {}
    for key in _VERSION_KEYS:
        if data.get(key):
            return data[key].strip()
    matches = (_VERSION.search(text) for text in data.values())
    return next((match.group(1) for match in matches if match), None)


def _read(client: KubeClient, key: ObjectKey) -> tuple[Data | None]:
    """What is there, in a tuple: that there is no such ConfigMap is an answer too."""
    path = f"/api/v1/namespaces/{quote(key.namespace, safe='')}/configmaps/{quote(key.name, safe='')}"
    try:
        data = dig(client.get_json(path), "data")
    except NotFound:
        return (None,)
    except Forbidden as error:
        raise Forbidden(str(error), f"get configmaps in namespace {key.namespace}") from None
    if not isinstance(data, dict):
        return ({},)
    return ({str(name): str(value) for name, value in data.items() if name != _EXAMPLE},)
