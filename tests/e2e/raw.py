"""Raw requests to what a lab printed: JSON in, JSON out, nothing of the project's clients."""

import base64
import ssl
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import yaml

Json = dict[str, Any]
WORKLOADS = "/apis/run.ai/v2alpha1/namespaces/{}/inferenceworkloads"


class Raw:
    """The API server of a kubeconfig with a token, and a Prometheus."""

    def __init__(self, kubeconfig: Path, prometheus: str) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self.token: str = config["users"][0]["user"]["token"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._api = httpx.Client(
            base_url=cluster["server"],
            headers={"Authorization": f"Bearer {self.token}"},
            verify=ssl.create_default_context(cadata=authority),
            trust_env=False,
            timeout=20,
        )
        self._prometheus = httpx.Client(base_url=prometheus, trust_env=False, timeout=20, verify=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.close()
        self._prometheus.close()

    def items(self, path: str) -> list[Json]:
        found: list[Json] = self._api.get(path).raise_for_status().json()["items"]
        return found

    def get(self, path: str) -> Json:
        found: Json = self._api.get(path).raise_for_status().json()
        return found

    def create(self, path: str, body: Json) -> None:
        self._api.post(path, json=body).raise_for_status()

    def delete(self, path: str) -> None:
        self._api.delete(path).raise_for_status()

    def samples(self, query: str) -> list[Json]:
        """The series that answer a query."""
        answer = self._prometheus.get("/api/v1/query", params={"query": query}).raise_for_status().json()
        found: list[Json] = answer["data"]["result"]
        return found


def inference_workload(name: str, gpu: str, replicas: int = 1) -> Json:
    """An InferenceWorkload as a user of Run:ai writes it."""
    values: Json = {
        "name": name,
        "image": "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4",
        "gpu": gpu,
        "cpu": "4",
        "memory": "32Gi",
        "minScale": replicas,
        "maxScale": replicas,
        "metric": "concurrency",
        "target": 100,
    }
    ports = {"items": {"port1": {"value": {"container": 8000, "protocol": "http", "serviceType": "ServingPort"}}}}
    return {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "InferenceWorkload",
        "metadata": {"name": name, "labels": {"project": "test"}},
        "spec": {**{field: {"value": value} for field, value in values.items()}, "ports": ports},
    }
