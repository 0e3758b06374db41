"""The form and the spec: two faces of one launch, and the pure way from each to the other.

The form's texts are read by the same readers as a spec file's, so that both say the same of a wrong value.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tui.launch.checks import check
from tui.launch.environment import parse_reference, reference_text
from tui.launch.rules import LONGEST_LABEL, REVISION_SUFFIX
from tui.launch.sizes import duration_text, number_text, size_text
from tui.launch.spec_fields import read_spec
from tui.launch.spec_text import Item
from tui.model.launch_spec import FieldError, LaunchSpec, NewClaim, SecretRef
from tui.present.launch_values import (
    EXISTING,
    FREE,
    NEW,
    NO,
    NO_CLAIM,
    NO_NGC,
    SECRET,
    TILES,
    TOKEN,
    USUAL_SECRET,
    YES,
    LaunchForm,
)

Fields = dict[str, Item]

_INT = re.compile(r"[-+]?\d{1,18}$")
_FLOAT = re.compile(r"[-+]?(\d{1,18}\.\d{0,18}|\.\d{1,18})$")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%$")


def read_form(form: LaunchForm) -> tuple[LaunchSpec, tuple[FieldError, ...]]:
    """The spec that the texts stand for and everything wrong with it; use the spec only where that is nothing.

    An empty name is derived from the model.
    """
    errors: list[FieldError] = []
    spec = read_spec(Item(_document(form, errors), None), errors)
    first: dict[str, FieldError] = {}
    for error in (*errors, *check(spec)):
        first.setdefault(error.field, error)
    return spec, tuple(first.values())


def form_of(spec: LaunchSpec) -> LaunchForm:
    """The texts that stand for a spec: ``read_form`` of them gives it again."""
    form = LaunchForm(
        name=spec.name,
        project=spec.project,
        model=spec.model or "",
        min=str(spec.replicas.min),
        max=str(spec.replicas.max),
        metric=spec.replicas.metric or "",
        target=_whole(spec.replicas.target),
        port=str(spec.port),
        image=spec.image or "",
        version=spec.version or "",
        profile=spec.profile or "",
        namespace=spec.namespace or "",
        scheduler=spec.scheduler,
        cores=_decimal(spec.cpu.cores),
        cores_limit=_decimal(spec.cpu.cores_limit),
        memory=_size(spec.cpu.memory_bytes),
        memory_limit=_size(spec.cpu.memory_limit_bytes),
        initial=_whole(spec.replicas.initial),
        idle=_duration(spec.replicas.idle_seconds),
        protocol=spec.protocol,
        environment=_pairs_text((one.name, _variable(one.value)) for one in spec.environment),
        node_pools=", ".join(spec.node_pools),
        priority=spec.priority or "",
        preemptible={None: "", True: YES, False: NO}[spec.preemptible],
        delete_after=_duration(spec.delete_after_seconds),
        labels=_pairs_text(spec.labels),
        annotations=_pairs_text(spec.annotations),
    )
    return _with_ngc(_with_storage(_with_gpu(form, spec), spec), spec)


def name_for(model: str) -> str:
    """A name for a launch of that model: ``meta/llama-3.1-8b-instruct`` -> ``llama-3-1-8b-instruct``."""
    last = model.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    plain = re.sub(r"[^a-z0-9]+", "-", last).strip("-")
    whole = plain if plain[:1].isalpha() or not plain else f"nim-{plain}"
    return whole[: LONGEST_LABEL - len(REVISION_SUFFIX)].rstrip("-")


# -- from the spec to the form ---------------------------------------------------------------------------------------


def _with_gpu(form: LaunchForm, spec: LaunchSpec) -> LaunchForm:
    gpu = spec.gpu
    form = replace(form, gpu_limit=_decimal(gpu.portion_limit), gpu_memory_limit=_size(gpu.memory_limit_bytes))
    bare = replace(gpu, portion_limit=None, memory_limit_bytes=None)
    tile = next((name for name, ask in TILES.items() if ask == bare), FREE)
    if tile != FREE:
        return replace(form, tile=tile)
    return replace(
        form, tile=FREE, devices=str(gpu.devices), portion=_decimal(gpu.portion), gpu_memory=_size(gpu.memory_bytes)
    )


def _with_storage(form: LaunchForm, spec: LaunchSpec) -> LaunchForm:
    storage = spec.storage
    if storage is None:
        return replace(form, claim=NO_CLAIM)
    form = replace(
        form,
        claim=EXISTING if storage.new is None else NEW,
        pvc=storage.pvc,
        mount=storage.path,
        read_only=YES if storage.read_only else NO,
    )
    return form if storage.new is None else _with_claim(form, storage.new)


def _with_claim(form: LaunchForm, new: NewClaim) -> LaunchForm:
    form = replace(
        form, size=size_text(new.size_bytes), storage_class=new.storage_class or "", access_mode=new.access_mode
    )
    if new.volume is None:
        return form
    return replace(form, volume=new.volume.name, nfs_server=new.volume.server, nfs_path=new.volume.path)


def _with_ngc(form: LaunchForm, spec: LaunchSpec) -> LaunchForm:
    if spec.ngc is None:
        return replace(form, ngc=NO_NGC)
    return replace(
        form,
        ngc=SECRET if spec.ngc.secret else NO_NGC,
        secret=spec.ngc.secret or USUAL_SECRET,
        secret_key=spec.ngc.key,
        registry_secret=spec.ngc.registry_secret or "",
    )


def _pairs_text(pairs: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{name}={shlex.quote(value) if value else ''}" for name, value in pairs)


def _variable(value: str | SecretRef) -> str:
    return reference_text(value) if isinstance(value, SecretRef) else value


def _whole(number: int | None) -> str:
    return "" if number is None else str(number)


def _decimal(number: float | None) -> str:
    return "" if number is None else number_text(number)


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else size_text(size_bytes)


def _duration(seconds: int | None) -> str:
    return "" if seconds is None else duration_text(seconds)


# -- from the form to the spec ---------------------------------------------------------------------------------------


def _document(form: LaunchForm, errors: list[FieldError]) -> Mapping[str, Item]:
    """The table that a file with the same content would hold."""
    top = _texts(
        name=form.name.strip() or name_for(form.model.strip() or form.image.strip()),
        project=form.project,
        namespace=form.namespace,
        model=form.model,
        image=form.image,
        version=form.version,
        profile=form.profile,
        scheduler=form.scheduler,
        protocol=form.protocol,
        priority=form.priority,
        delete_after=form.delete_after,
    )
    top |= _numbers(port=form.port)
    top["gpu"] = _table(_gpu(form))
    top["cpu"] = _table(
        _numbers(cores=form.cores, cores_limit=form.cores_limit)
        | _texts(memory=form.memory, memory_limit=form.memory_limit)
    )
    top["replicas"] = _table(
        _numbers(min=form.min, max=form.max, target=form.target, initial=form.initial)
        | _texts(metric=form.metric, idle=form.idle)
    )
    if form.claim != NO_CLAIM:
        top["storage"] = _table(_storage(form))
    if form.ngc != NO_NGC or form.registry_secret.strip():
        top["ngc"] = _table(_ngc(form))
    pools = [name.strip() for name in form.node_pools.split(",") if name.strip()]
    if pools:
        top["node_pools"] = Item(tuple(_text(name) for name in pools), None)
    if form.preemptible in (YES, NO):
        top["preemptible"] = Item(form.preemptible == YES, None, form.preemptible)
    for name in ("environment", "labels", "annotations"):
        pairs = _pairs(name, getattr(form, name), errors)
        if pairs:
            top[name] = _table(pairs)
    return top


def _gpu(form: LaunchForm) -> Fields:
    limits = _numbers(limit=_share(form.gpu_limit)) | _texts(memory_limit=form.gpu_memory_limit)
    ask = TILES.get(form.tile)
    if ask is None:
        asked = _numbers(devices=form.devices or "1", portion=_share(form.portion)) | _texts(memory=form.gpu_memory)
    else:
        asked = _numbers(devices=str(ask.devices), portion=_decimal(ask.portion))
    return asked | limits


def _storage(form: LaunchForm) -> Fields:
    storage = _texts(pvc=form.pvc, path=form.mount)
    storage["read_only"] = Item(form.read_only == YES, None, form.read_only)
    if form.claim == NEW:
        new = _texts(size=form.size, storage_class=form.storage_class, access_mode=form.access_mode)
        volume = _texts(name=form.volume, server=form.nfs_server, path=form.nfs_path)
        if volume:
            new["volume"] = _table(volume)
        storage["new"] = _table(new)
    return storage


def _ngc(form: LaunchForm) -> Fields:
    secret = {SECRET: form.secret, TOKEN: form.secret.strip() or USUAL_SECRET}.get(form.ngc, "")
    return _texts(secret=secret, key=form.secret_key, registry_secret=form.registry_secret)


def _pairs(field: str, text: str, errors: list[FieldError]) -> Fields:
    """``A=1 B="two words" C=SECRET:name,key``."""
    try:
        words = shlex.split(text)
    except ValueError:
        errors.append(FieldError(field, "", "has a quote that is not closed; close it"))
        return {}
    found: Fields = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            errors.append(FieldError(field, "", "is no list of NAME=value; quote what holds spaces"))
        elif name in found:
            errors.append(FieldError(f"{field}.{name}", "", "stands twice; keep one"))
        else:
            found[name] = _value(field, value)
    return found


def _value(field: str, value: str) -> Item:
    reference = parse_reference(value) if field == "environment" else None
    if reference is None:
        return Item(value, None, value)
    return _table({"secret": _text(reference.name), "key": _text(reference.key)})


def _share(text: str) -> str:
    """``50 %`` as ``0.5``."""
    match = _PERCENT.match(text.strip())
    return text if match is None else number_text(float(match.group(1)) / 100)


def _texts(**texts: str) -> Fields:
    """Those that are said."""
    return {name: _text(text) for name, text in texts.items() if text.strip()}


def _numbers(**texts: str) -> Fields:
    return {name: _number(text.strip()) for name, text in texts.items() if text.strip()}


def _text(text: str) -> Item:
    return Item(text.strip(), None, text)


def _number(text: str) -> Item:
    if _INT.match(text):
        return Item(int(text), None, text)
    return Item(float(text) if _FLOAT.match(text) else text, None, text)


def _table(fields: Fields) -> Item:
    return Item(fields, None)
