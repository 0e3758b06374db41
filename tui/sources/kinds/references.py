"""What a pod leans on by name: claims, Secrets and ConfigMaps. What is marked ``optional`` does not hold a pod back
and is left out."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tui.sources.kinds.text import share, share_all

if TYPE_CHECKING:
    from tui.sources.kinds.containers import ContainerItem


class Reference(msgspec.Struct, gc=False):
    name: str | None = None
    optional: bool | None = None


class ClaimItem(msgspec.Struct, rename="camel", gc=False):
    claim_name: str | None = None


class SecretVolume(msgspec.Struct, rename="camel", gc=False):
    secret_name: str | None = None
    optional: bool | None = None


class ProjectedSource(msgspec.Struct, rename="camel", gc=False):
    secret: Reference | None = None
    config_map: Reference | None = None


class Projected(msgspec.Struct, gc=False):
    sources: list[ProjectedSource] | None = None


class VolumeItem(msgspec.Struct, rename="camel", gc=False):
    persistent_volume_claim: ClaimItem | None = None
    secret: SecretVolume | None = None
    config_map: Reference | None = None
    projected: Projected | None = None


class References(NamedTuple):
    """Names, each once, in the order in which they are first named."""

    claims: tuple[str, ...]
    secrets: tuple[str, ...]
    pull_secrets: tuple[str, ...]
    config_maps: tuple[str, ...]


def references_of(
    volumes: list[VolumeItem] | None,
    pull_secrets: list[Reference] | None,
    *groups: "list[ContainerItem] | None",
) -> References:
    """``secrets`` hold the pull secrets too."""
    claims: dict[str, None] = {}
    secrets: dict[str, None] = {}
    config_maps: dict[str, None] = {}
    for volume in volumes or ():
        _of_volume(volume, claims, secrets, config_maps)
    pulls = share_all(dict.fromkeys(names_of(pull_secrets))) if pull_secrets else ()
    secrets.update(dict.fromkeys(pulls))
    for containers in groups:
        _of_environment(containers or (), secrets, config_maps)
    return References(share_all(claims), share_all(secrets), pulls, share_all(config_maps))


def _of_volume(
    volume: VolumeItem, claims: dict[str, None], secrets: dict[str, None], config_maps: dict[str, None]
) -> None:
    if volume.persistent_volume_claim is not None and volume.persistent_volume_claim.claim_name:
        claims[share(volume.persistent_volume_claim.claim_name)] = None
    elif volume.secret is not None:
        if volume.secret.secret_name and not volume.secret.optional:
            secrets[share(volume.secret.secret_name)] = None
    elif volume.projected is not None:
        for source in volume.projected.sources or ():
            _note(source.secret, secrets)
            _note(source.config_map, config_maps)
    elif volume.config_map is not None:
        _note(volume.config_map, config_maps)


def _of_environment(
    containers: "Iterable[ContainerItem]", secrets: dict[str, None], config_maps: dict[str, None]
) -> None:
    for container in containers:
        for variable in container.env or ():
            if (source := variable.value_from) is not None:
                _note(source.secret_key_ref, secrets)
                _note(source.config_map_key_ref, config_maps)
        for whole in container.env_from or ():
            _note(whole.secret_ref, secrets)
            _note(whole.config_map_ref, config_maps)


def _note(reference: Reference | None, names: dict[str, None]) -> None:
    if reference is not None and reference.name and not reference.optional:
        names[share(reference.name)] = None


def names_of(named: list[Reference] | None) -> Iterator[str]:
    """The names in a list of ``{name: ...}``."""
    return (share(entry.name) for entry in named or () if entry.name)
