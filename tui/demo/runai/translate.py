"""Between the control plane's inference spec and the InferenceWorkload that it creates in the cluster. Pure."""

from typing import Any

from tui.demo.objects import Json
from tui.demo.runai.answers import RefusalError

TRANSLATED = frozenset(
    {
        *("image", "imagePullPolicy", "imagePullSecret", "priorityClass", "command", "arguments", "nodePools", "ports"),
        *("environment", "pvcs", "cpu", "memory", "gpu", "gpuMemory", "gpuDevices"),
        *("minScale", "maxScale", "metric", "target", "initialScale", "labels", "annotations"),
        *("preemptibility", "cpuLimit", "memoryLimit", "gpuLimit"),
    }
)  # fields of the InferenceWorkload that come out of the control plane's spec
_DEADLINE = "serving.knative.dev/progress-deadline"
_KNATIVE = {
    "scaleToZeroRetentionSeconds": ("autoscaling.knative.dev/scale-to-zero-pod-retention-period", "s"),
    "scaleDownDelaySeconds": ("autoscaling.knative.dev/scale-down-delay", "s"),
    "activationReplicas": ("autoscaling.knative.dev/activation-scale", ""),
}  # fields of the autoscaling section that only Knative's annotations carry, and their unit there
_METRICS = ("throughput", "concurrency", "latency", "custom")


def to_cluster(spec: Json) -> Json:
    """``spec`` of the InferenceWorkload. Raises a 400 naming the field that is wrong."""
    if not spec.get("image"):
        raise RefusalError(400, "spec.image is required.")
    found: Json = {"image": {"value": spec["image"]}, **_gpu(spec.get("compute") or {}), **_scale(spec)}
    for name in ("imagePullPolicy", "priorityClass", "preemptibility", "command"):
        if spec.get(name):
            found[name] = {"value": spec[name]}
    if spec.get("args"):
        found["arguments"] = {"value": spec["args"]}
    if spec.get("nodePools"):
        found["nodePools"] = {"value": spec["nodePools"][0]}
    if spec.get("imagePullSecrets"):
        found["imagePullSecret"] = {"value": spec["imagePullSecrets"][0]["name"]}
    port = (spec.get("servingPort") or {}).get("container", 8000)
    found["ports"] = {
        "items": {"serving-port": {"value": {"container": port, "protocol": "http", "serviceType": "ServingPort"}}}
    }
    if variables := spec.get("environmentVariables"):
        found["environment"] = {"items": {item["name"]: {"value": _variable(item)} for item in variables}}
    found |= _marks(spec)
    if claims := (spec.get("storage") or {}).get("pvc"):
        found["pvcs"] = {"items": {f"pvc{number}": {"value": _claim(item)} for number, item in enumerate(claims, 1)}}
    return found


def _marks(spec: Json) -> Json:
    """Labels and annotations. How long the first start may take is Knative's deadline for the Revision."""
    seconds = (spec.get("servingConfiguration") or {}).get("initializationTimeoutSeconds")
    knative = {_DEADLINE: f"{seconds}s"} if seconds else {}
    scaling = spec.get("autoscaling") or {}
    for name, (annotation, unit) in _KNATIVE.items():
        if scaling.get(name) is not None:
            knative[annotation] = f"{scaling[name]}{unit}"
    marks = {"labels": _pairs(spec, "labels"), "annotations": _pairs(spec, "annotations") | knative}
    return {
        name: {"items": {key: {"value": text} for key, text in pairs.items()}} for name, pairs in marks.items() if pairs
    }


def _marks_back(spec: Json) -> Json:
    found: Json = {}
    for name in ("labels", "annotations"):
        pairs = {key: entry.get("value") for key, entry in _items(spec, name).items()}
        for field in _knative_numbers(spec):
            pairs.pop(_KNATIVE[field][0], None)
        deadline = str(pairs.pop(_DEADLINE, "")).removesuffix("s")
        if deadline.isdecimal():
            found["servingConfiguration"] = {"initializationTimeoutSeconds": int(deadline)}
        if pairs:
            found[name] = [{"name": key, "value": text} for key, text in pairs.items()]
    return found


def _pairs(spec: Json, field: str) -> dict[str, str]:
    return {item["name"]: item.get("value") or "" for item in spec.get(field) or () if not item.get("exclude")}


_AMOUNTS = (
    ("cpu", "cpuCoreRequest"),
    ("cpuLimit", "cpuCoreLimit"),
    ("memory", "cpuMemoryRequest"),
    ("memoryLimit", "cpuMemoryLimit"),
    ("gpuLimit", "gpuPortionLimit"),
)


def _gpu(compute: Json) -> Json:
    found: Json = {}
    for ours, theirs in _AMOUNTS:
        if compute.get(theirs) is not None:
            amount = compute[theirs]
            found[ours] = {"value": f"{amount:g}" if isinstance(amount, float) else str(amount)}
    devices = compute.get("gpuDevicesRequest")
    devices = 1 if devices is None else devices
    kind = compute.get("gpuRequestType")
    if kind == "memory":
        if not compute.get("gpuMemoryRequest"):
            raise RefusalError(400, "spec.compute.gpuMemoryRequest is required when gpuRequestType is memory.")
        return {**found, "gpuMemory": {"value": compute["gpuMemoryRequest"]}, "gpuDevices": {"value": devices}}
    portion = compute.get("gpuPortionRequest")
    if portion is not None and not 0 <= portion <= 1:
        raise RefusalError(400, f"spec.compute.gpuPortionRequest must be between 0 and 1, not {portion}.")
    if portion is None and "gpuDevicesRequest" not in compute:
        return found
    if portion is not None and 0 < portion < 1:
        return {**found, "gpu": {"value": f"{portion:g}"}, "gpuDevices": {"value": devices}}
    return {**found, "gpu": {"value": str(devices if portion != 0 else 0)}}


def _scale(spec: Json) -> Json:
    scaling = spec.get("autoscaling") or {}
    low = scaling.get("minReplicas")
    low = 1 if low is None else low
    high = max(1, low) if scaling.get("maxReplicas") is None else scaling["maxReplicas"]
    if high < low:
        raise RefusalError(400, f"spec.autoscaling.maxReplicas ({high}) must not be below minReplicas ({low}).")
    metric = scaling.get("metric")
    if metric is None and high > low and (low, high) != (0, 1):
        raise RefusalError(400, "spec.autoscaling.metric is required when minReplicas is below maxReplicas.")
    if metric is not None and metric not in _METRICS:
        raise RefusalError(400, f"spec.autoscaling.metric must be one of {', '.join(_METRICS)}, not {metric}.")
    found: Json = {"minScale": {"value": low}, "maxScale": {"value": high}}
    if metric is not None:
        found["metric"] = {"value": metric}
    if scaling.get("initialReplicas") is not None:
        found["initialScale"] = {"value": scaling["initialReplicas"]}
    if scaling.get("metricThreshold") is not None:
        found["target"] = {"value": scaling["metricThreshold"]}
    return found


def _variable(item: Json) -> str:
    secret = item.get("secret")
    return f"SECRET:{secret['name']},{secret['key']}" if secret else str(item.get("value") or "")


def _claim(item: Json) -> Json:
    return {
        "claimName": item.get("claimName") or item.get("name", ""),
        "existingPvc": bool(item.get("existingPvc", False)),
        "path": item.get("path", ""),
        "readOnly": bool(item.get("readOnly", False)),
    }


def from_cluster(spec: Json) -> Json:
    """The control plane's view of an InferenceWorkload's spec, whoever wrote that."""
    found: Json = {"compute": _compute(spec), "autoscaling": _autoscaling(spec)}
    for name in ("image", "imagePullPolicy", "priorityClass", "preemptibility", "command"):
        if (value := _value(spec, name)) is not None:
            found[name] = value
    if (arguments := _value(spec, "arguments")) is not None:
        found["args"] = arguments
    if (secret := _value(spec, "imagePullSecret")) is not None:
        found["imagePullSecrets"] = [{"name": secret}]
    if (pool := _value(spec, "nodePools")) is not None:
        found["nodePools"] = [pool]
    ports = _items(spec, "ports")
    if ports:
        found["servingPort"] = {"container": next(iter(ports.values()))["value"]["container"], "protocol": "http"}
    if variables := _items(spec, "environment"):
        found["environmentVariables"] = [_named(name, entry.get("value")) for name, entry in variables.items()]
    found |= _marks_back(spec)
    if claims := _items(spec, "pvcs"):
        found["storage"] = {"pvc": [dict(entry["value"]) for entry in claims.values()]}
    return found


def _compute(spec: Json) -> Json:
    found: Json = {}
    if (cpu := _value(spec, "cpu")) is not None:
        found["cpuCoreRequest"] = float(cpu)
    if (cpu_limit := _value(spec, "cpuLimit")) is not None:
        found["cpuCoreLimit"] = float(cpu_limit)
    if (limit := _value(spec, "gpuLimit")) is not None:
        found["gpuPortionLimit"] = float(limit)
    for ours, theirs in (("memory", "cpuMemoryRequest"), ("memoryLimit", "cpuMemoryLimit")):
        if (amount := _value(spec, ours)) is not None:
            found[theirs] = amount
    devices = int(_value(spec, "gpuDevices") or 1)
    if (gpu_memory := _value(spec, "gpuMemory")) is not None:
        return {**found, "gpuRequestType": "memory", "gpuMemoryRequest": gpu_memory, "gpuDevicesRequest": devices}
    if (text := _value(spec, "gpu")) is not None:
        gpus = float(text)
        if 0 < gpus < 1:
            return {**found, "gpuRequestType": "portion", "gpuPortionRequest": gpus, "gpuDevicesRequest": devices}
        found |= {"gpuDevicesRequest": int(gpus)}
    return found


def _autoscaling(spec: Json) -> Json:
    names = {"minScale": "minReplicas", "maxScale": "maxReplicas", "metric": "metric", "target": "metricThreshold"}
    names["initialScale"] = "initialReplicas"
    found = {theirs: value for ours, theirs in names.items() if (value := _value(spec, ours)) is not None}
    return found | _knative_numbers(spec)


def _knative_numbers(spec: Json) -> dict[str, int]:
    """What Knative's annotations say in the control plane's own units; others stay annotations."""
    annotations, found = _items(spec, "annotations"), {}
    for name, (annotation, unit) in _KNATIVE.items():
        told = str(annotations.get(annotation, {}).get("value", "")).removesuffix(unit)
        if told.isdecimal():
            found[name] = int(told)
    return found


def _named(name: str, text: Any) -> Json:
    if isinstance(text, str) and text.startswith("SECRET:") and "," in text:
        secret, key = text.removeprefix("SECRET:").split(",", 1)
        return {"name": name, "secret": {"name": secret, "key": key}}
    return {"name": name, "value": "" if text is None else str(text)}


def _value(spec: Json, name: str) -> Any:
    found = spec.get(name)
    return found.get("value") if isinstance(found, dict) else None


def _items(spec: Json, name: str) -> dict[str, Json]:
    found = spec.get(name)
    return found.get("items", {}) if isinstance(found, dict) else {}
