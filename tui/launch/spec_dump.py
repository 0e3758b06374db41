"""A spec as its file: only what differs from the defaults, in a fixed order. There is no secret in a spec to write."""

from collections.abc import Mapping

import yaml

from tui.launch.sizes import duration_text, size_text
from tui.model.launch_spec import CpuAsk, EnvVar, GpuAsk, LaunchSpec, Ngc, Replicas, SecretRef, Storage

Plain = str | int | float | bool
Value = Plain | Mapping[str, object] | list[str]


def dump_spec(spec: LaunchSpec) -> str:
    """YAML text that ``parse_spec`` reads back to an equal spec."""
    return yaml.dump(
        _Document(document(spec)),
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=118,
    )


class _Document(dict[str, "Value"]):
    """The outermost table: a line a field; those within stand on one line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent(dumper: yaml.SafeDumper, value: _Document) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=False)


_Dumper.add_representer(_Document, _represent)


def document(spec: LaunchSpec) -> dict[str, Value]:
    """The fields of the file and their values."""
    default = LaunchSpec(name="", project="")
    fields: dict[str, Value | None] = {
        "name": spec.name,
        "project": spec.project,
        "namespace": spec.namespace,
        "model": spec.model,
        "image": spec.image,
        "version": spec.version,
        "profile": spec.profile,
        "gpu": _gpu(spec.gpu),
        "cpu": _cpu(spec.cpu),
        "scheduler": _unless(spec.scheduler, default.scheduler),
        "replicas": _replicas(spec.replicas),
        "storage": _storage(spec.storage) if spec.storage is not None else None,
        "ngc": _ngc(spec.ngc) if spec.ngc is not None else None,
        "port": _unless(spec.port, default.port),
        "protocol": _unless(spec.protocol, default.protocol),
        "environment": {variable.name: _variable(variable) for variable in spec.environment} or None,
        "node_pools": list(spec.node_pools) or None,
        "priority": spec.priority,
        "preemptible": spec.preemptible,
        "delete_after": _duration(spec.delete_after_seconds),
        "labels": dict(spec.labels) or None,
        "annotations": dict(spec.annotations) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _gpu(gpu: GpuAsk) -> Value | None:
    if gpu == GpuAsk():
        return None
    if gpu == GpuAsk(gpu.devices):
        return gpu.devices
    if gpu.portion is not None and 0 < gpu.portion < 1 and gpu == GpuAsk(portion=gpu.portion):
        return gpu.portion
    return _said(
        devices=_unless(gpu.devices, 1),
        portion=gpu.portion,
        limit=gpu.portion_limit,
        memory=_size(gpu.memory_bytes),
        memory_limit=_size(gpu.memory_limit_bytes),
    )


def _cpu(cpu: CpuAsk) -> Value | None:
    return (
        _said(
            cores=cpu.cores,
            cores_limit=cpu.cores_limit,
            memory=_size(cpu.memory_bytes),
            memory_limit=_size(cpu.memory_limit_bytes),
        )
        or None
    )


def _replicas(replicas: Replicas) -> Value | None:
    if replicas == Replicas():
        return None
    if replicas == Replicas(replicas.min, replicas.min):
        return replicas.min
    return _said(
        min=replicas.min,
        max=replicas.max,
        metric=replicas.metric,
        target=replicas.target,
        initial=replicas.initial,
        idle=_duration(replicas.idle_seconds),
    )


def _storage(storage: Storage) -> Value:
    new = storage.new
    volume = new.volume if new is not None else None
    return _said(
        pvc=storage.pvc,
        path=storage.path,  # said even where it is the default: the guide warns of getting it wrong
        read_only=_unless(storage.read_only, False),
        new=_said(
            size=size_text(new.size_bytes),
            storage_class=new.storage_class,
            access_mode=_unless(new.access_mode, "ReadWriteMany"),
            volume=_said(name=volume.name, server=volume.server, path=volume.path) if volume is not None else None,
        )
        if new is not None
        else None,
    )


def _ngc(ngc: Ngc) -> Value:
    return _said(
        secret=ngc.secret,
        key=ngc.key if ngc.secret is not None or ngc.key != Ngc().key else None,
        registry_secret=ngc.registry_secret,
    )


def _variable(variable: EnvVar) -> object:
    if isinstance(variable.value, SecretRef):
        return {"secret": variable.value.name, "key": variable.value.key}
    return variable.value


def _said(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _unless(value: Plain, default: Plain) -> Plain | None:
    return value if value != default else None


def _size(size_bytes: int | None) -> str | None:
    return size_text(size_bytes) if size_bytes is not None else None


def _duration(seconds: int | None) -> str | None:
    return duration_text(seconds) if seconds is not None else None
