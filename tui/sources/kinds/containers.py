"""Containers of pods and of pod templates: resources, environment and state."""

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from tui.model.pod import Container, ContainerPhase
from tui.model.quantity import parse_quantity
from tui.sources.kinds.references import Reference
from tui.sources.kinds.text import moment, share, share_all

Quantity = str | int | float
Requests = dict[str, float]
_quantity = lru_cache(maxsize=4096)(parse_quantity)  # a cluster's pods ask for the same few amounts


class Resources(msgspec.Struct, gc=False):
    requests: dict[str, Quantity] | None = None
    limits: dict[str, Quantity] | None = None


class EnvSource(msgspec.Struct, rename="camel", gc=False):
    secret_key_ref: Reference | None = None
    config_map_key_ref: Reference | None = None


class EnvItem(msgspec.Struct, rename="camel", gc=False):
    """An environment variable; in pods only where it comes from matters, never its value."""

    value_from: EnvSource | None = None


class EnvFrom(msgspec.Struct, rename="camel", gc=False):
    secret_ref: Reference | None = None
    config_map_ref: Reference | None = None


class PortItem(msgspec.Struct, rename="camel", gc=False):
    container_port: int | None = None


class ContainerItem(msgspec.Struct, rename="camel", gc=False):
    name: str = ""
    image: str | None = None
    resources: Resources | None = None
    env: list[EnvItem] | None = None
    env_from: list[EnvFrom] | None = None
    restart_policy: str | None = None  # ``Always`` on an init container makes it a sidecar
    ports: list[PortItem] | None = None


class Waiting(msgspec.Struct, gc=False):
    reason: str | None = None
    message: str | None = None


class Running(msgspec.Struct, rename="camel", gc=False):
    started_at: str | None = None


class Terminated(msgspec.Struct, rename="camel", gc=False):
    reason: str | None = None
    message: str | None = None
    exit_code: int | None = None
    finished_at: str | None = None


class State(msgspec.Struct, gc=False):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(msgspec.Struct, rename="camel", gc=False):
    name: str = ""
    image: str | None = None
    ready: bool | None = None
    started: bool | None = None
    restart_count: int | None = None
    state: State | None = None
    last_state: State | None = None


def effective_requests(
    own: list[ContainerItem] | None,
    init: list[ContainerItem] | None,
    pod_level: Resources | None = None,
    overhead: dict[str, Quantity] | None = None,
) -> Requests:
    """What the scheduler reserves for the pod: cores, bytes and devices by resource name.

    Containers run together and add up, sidecars with them; an init container runs alone but for the sidecars before
    it, so the larger of the two phases counts. Resources of the pod itself replace what its containers say.
    """
    running: Requests = {}
    for container in own or ():
        _add(running, requests_of(container.resources))
    if init:
        _with_init(running, init)
    if pod_level is not None:
        running.update(requests_of(pod_level))
    if overhead:
        _add(running, _parsed(overhead))
    return running


def requests_of(resources: Resources | None) -> Requests:
    """Requests, with the limit where only that is given (the usual way to ask for GPUs)."""
    if resources is None:
        return {}
    found = _parsed(resources.limits) if resources.limits else {}
    if resources.requests:
        found.update(_parsed(resources.requests))
    return found


def to_models(
    specs: list[ContainerItem] | None, statuses: list[ContainerStatus] | None, is_init: bool
) -> Iterator[Container]:
    """Each container with its state; one that has no state yet is ``unknown``."""
    by_name = {status.name: status for status in statuses or ()}
    for spec in specs or ():
        yield _to_model(spec, by_name.get(spec.name), is_init)


def _parsed(quantities: dict[str, Quantity]) -> Requests:
    parsed: Requests = {}
    for name, text in quantities.items():
        if (value := _quantity(text)) is not None:
            parsed[share(name)] = value
    return parsed


def _add(total: Requests, more: Requests) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0.0) + value


def _with_init(running: Requests, init: list[ContainerItem]) -> None:
    """Raise ``running`` to what the init phase needs, and add the sidecars that stay."""
    sidecars: Requests = {}
    peak: Requests = {}
    for container in init:
        asked = requests_of(container.resources)
        if container.restart_policy == "Always":
            _add(sidecars, asked)
            asked = {}
        for name in {**sidecars, **asked}:
            peak[name] = max(peak.get(name, 0.0), sidecars.get(name, 0.0) + asked.get(name, 0.0))
    _add(running, sidecars)
    for name, value in peak.items():
        running[name] = max(running.get(name, 0.0), value)


def _to_model(spec: ContainerItem, status: ContainerStatus | None, is_init: bool) -> Container:
    if status is None:
        return Container(
            name=share(spec.name), image=share(spec.image or ""), is_init=is_init, ports=_ports(spec.ports)
        )
    phase, reason, message, since, exit_code = _state(status.state)
    last = status.last_state.terminated if status.last_state else None
    return Container(
        name=share(spec.name),
        image=share(spec.image or status.image or ""),
        ready=bool(status.ready),
        restarts=status.restart_count or 0,
        phase=phase,
        reason=reason,
        message=message,
        since=since,
        exit_code=exit_code,
        last_reason=share(last.reason or "") if last else "",
        last_exit_code=last.exit_code if last else None,
        last_message=last.message or "" if last else "",
        is_init=is_init,
        ports=_ports(spec.ports),
        started=status.started,
        last_finished_at=moment(last.finished_at) if last else None,
    )


def _ports(declared: list[PortItem] | None) -> tuple[int, ...]:
    return share_all(item.container_port for item in declared if item.container_port) if declared else ()


def _state(state: State | None) -> tuple[ContainerPhase, str, str, float | None, int | None]:
    """Phase, reason, message, since when, exit code."""
    if state is None:
        return ContainerPhase.UNKNOWN, "", "", None, None
    if state.running is not None:
        return ContainerPhase.RUNNING, "", "", moment(state.running.started_at), None
    if (ended := state.terminated) is not None:
        since = moment(ended.finished_at)
        return ContainerPhase.TERMINATED, share(ended.reason or ""), ended.message or "", since, ended.exit_code
    if (waiting := state.waiting) is not None:
        return ContainerPhase.WAITING, share(waiting.reason or ""), waiting.message or "", None, None
    return ContainerPhase.UNKNOWN, "", "", None, None
