"""Which Secrets there are, and which keys those have that a NIM may use. No value of a Secret outlives its answer."""

from functools import partial
from urllib.parse import quote

import msgspec

from tui.model.surroundings import SecretInfo
from tui.sources.installation.crew import Asked, Crew
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import BadAnswer, Forbidden
from tui.sources.kubernetes.listing import secrets_at

OPAQUE = "Opaque"
READ_TYPES = (None, OPAQUE, "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "kubernetes.io/tls")
NAME_PARTS = ("ngc", "nvcr", "nim", "runai-cluster-domain")
MOST_A_NAMESPACE = 12


class _Keys(msgspec.Struct):
    """The names in ``data``; ``Raw`` leaves the values undecoded, and nothing keeps them."""

    data: dict[str, msgspec.Raw] | None = None
    type: str | None = None


_KEYS = msgspec.json.Decoder(_Keys)


class SecretsPart:
    """Lists the Secrets of some namespaces; ``second`` asks for the keys of those that may matter."""

    def __init__(self, crew: Crew, client: KubeClient, namespaces: tuple[str, ...]) -> None:
        self._crew = crew
        self._client = client
        self._listed: dict[str, Asked[tuple[SecretInfo, ...]]] = {
            name: crew.ask(f"secrets/{name}", partial(list_secrets, client, name)) for name in namespaces
        }
        self._keys: dict[tuple[str, str], Asked[SecretInfo]] = {}

    def second(self) -> None:
        for namespace, listed in self._listed.items():
            chosen = of_interest(listed.value or ())
            for name in chosen[:MOST_A_NAMESPACE]:
                self._keys[namespace, name] = self._crew.ask(
                    f"secrets/{namespace}/{name}",
                    partial(read_keys, self._client, namespace, name),
                )
            if len(chosen) > MOST_A_NAMESPACE:
                left = len(chosen) - MOST_A_NAMESPACE
                line = f"{left} of {len(chosen)} Secrets in {namespace} were not looked into"
                self._crew.note(f"secrets/{namespace}", line)

    def secrets(self) -> dict[str, tuple[SecretInfo, ...]]:
        """By namespace, with the keys where they could be read. Notes the first trouble for its namespace too."""
        for (namespace, _), asked in self._keys.items():
            if asked.name in self._crew.unknown:
                self._crew.note(f"secrets/{namespace}", self._crew.unknown[asked.name])
        return {
            namespace: tuple(self._best(namespace, secret) for secret in listed.value)
            for namespace, listed in self._listed.items()
            if listed.value is not None
        }

    def _best(self, namespace: str, secret: SecretInfo) -> SecretInfo:
        asked = self._keys.get((namespace, secret.name))
        return asked.value if asked is not None and asked.value is not None else secret


def list_secrets(client: KubeClient, namespace: str) -> tuple[SecretInfo, ...]:
    """Names and types. Raises a ``KubeError``."""
    return secrets_at(client, f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets")


def read_keys(client: KubeClient, namespace: str, name: str) -> SecretInfo:
    """Type and names of the keys of one Secret. Raises a ``KubeError``."""
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets/{quote(name, safe='')}"
    try:
        _, body = client.get(path)
        found = _KEYS.decode(body)
    except Forbidden as error:
        raise Forbidden(str(error), f"get secrets in namespace {namespace}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadAnswer(f"{client.server}{path} did not answer with a Secret") from None
    return SecretInfo(name, found.type, tuple(sorted(found.data or {})))


def of_interest(secrets: tuple[SecretInfo, ...]) -> tuple[str, ...]:
    """Those whose keys are worth a request each, the likeliest first: what may be called after NGC, then the others."""
    chosen = [secret.name for secret in secrets if secret.type in READ_TYPES]
    return tuple(sorted(chosen, key=lambda name: not any(part in name.lower() for part in NAME_PARTS)))
