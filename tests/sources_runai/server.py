"""A control plane on loopback, as far as nimdeck reads one; which token calls it knows is the test's choice."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.sources_runai.loopback import Asked, Loopback, Reply

SECRET = "s3cret"
CLUSTER = "d73a738f-fab3-430a-8fa3-5241493d7128"
TIME = "2026-11-23T10:00:00.5Z"


def answer(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode())


def failure(status: int, message: str) -> Reply:
    return answer({"code": status, "message": message}, status)


def jwt(**claims: float) -> str:
    def part(document: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}.sig"


def workload(name: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "tenantId": 1, "type": "Inference", "name": name, "id": "11111111-2222-4333-8444-555555555555",
        "source": "CLI", "priority": 125, "priorityClassName": "inference", "clusterId": CLUSTER,
        "projectName": "team-a", "projectId": "1", "departmentName": "research", "departmentId": "2",
        "namespace": "runai-team-a", "createdAt": TIME, "phase": "Running", "conditions": [], "k8sPhase": "Running",
        "runningPods": 2, "phaseUpdatedAt": TIME, "k8sPhaseUpdatedAt": TIME, "updatedAt": TIME, "deletedAt": None,
        "category": "Deploy", "requestedPods": {"number": 3, "min": 1, "max": 4}, "images": ["nim:1"],
        "urls": ["http://x"], "currentNodePools": ["default"], "phaseMessage": "",
        "workloadRequestedResources": {"gpuRequestType": "portion", "gpu": {"request": 1.5},
                                       "gpuMemory": {"request": "20G"}},
        "allocatedResources": {"gpu": 1.0, "gpuMemory": "47G"}, "idleAllocatedGpus": 0.5,
    }  # fmt: skip
    return plain | changes


def org_unit(name: str, deserved: float, limit: float | None = None, **changes: Any) -> dict[str, Any]:
    use = {"gpu": 3.0, "cpu": 1.0, "memory": 1.0}
    plain = {
        "id": "1", "name": name, "clusterId": CLUSTER, "parentId": "2", "description": "", "createdAt": TIME,
        "updatedAt": TIME, "enforceRunaiScheduler": True, "effective": {},
        "parent": {"id": CLUSTER, "name": "research"},
        "totalResources": {"gpuQuota": deserved, "cpuQuota": None, "memoryQuota": None},
        "resources": [{"nodePool": {"id": "1", "name": "default"}, "gpu": {"deserved": deserved, "limit": limit}}],
        "status": {"namespace": f"runai-{name}", "phase": "Ready",
                   "quotaStatus": {"allocated": use, "allocatedNonPreemptible": use, "requested": {**use, "gpu": 5.0}}},
    }  # fmt: skip
    return plain | changes


def node_pool(name: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": "5", "tenantId": 1, "name": name, "labelKey": "runai/node-pool", "labelValue": name, "clusterId": CLUSTER,
        "clusterName": "lab", "createdBy": "x", "createdAt": TIME, "updatedBy": "x", "updatedAt": TIME,
        "isDefault": True, "phase": "Ready",
        "schedulingConfiguration": {"placementStrategy": {"gpu": "binpack", "cpu": "spread"}},
    }  # fmt: skip
    return plain | changes


@dataclass
class ControlPlane:
    """``v2`` and ``v1`` say which token calls there are; ``v1_spelling`` which field of the id the old one wants."""

    v2: bool = True
    v1: bool = True
    app_token_only: bool = False
    v1_spelling: str | None = None
    token_body: Callable[[str], dict[str, Any]] | None = None
    workloads: list[dict[str, Any]] = field(default_factory=lambda: [workload("llama")])
    projects: list[dict[str, Any]] = field(default_factory=lambda: [org_unit("team-a", 8, -1)])
    departments: list[dict[str, Any]] = field(default_factory=lambda: [org_unit("research", -1)])
    pools: list[dict[str, Any]] = field(default_factory=lambda: [node_pool("default")])
    clusters: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"uuid": CLUSTER, "tenantId": 1, "name": "lab", "createdAt": TIME, "version": "2.22.1"}
        ]
    )
    tells_next: bool = True
    replies: dict[str, Reply] = field(default_factory=dict)  # path -> what it answers instead
    issued: int = 0
    good_token: str = ""

    def __call__(self, asked: Asked) -> Reply:
        if asked.path in self.replies:
            return self.replies[asked.path]
        if asked.path == "/api/v2/token":
            return self._v2(asked)
        if asked.path == "/api/v1/token":
            return self._v1(asked)
        if asked.headers.get("Authorization") != f"Bearer {self.good_token}":
            return failure(401, "Issuer is not familiar.")
        return self._list(asked)

    def _v2(self, asked: Asked) -> Reply:
        if not self.v2:
            return failure(404, "no such path")
        form = parse_qs(asked.body.decode())
        if (
            self.app_token_only
            or form.get("client_secret") != [SECRET]
            or form.get("grant_type") != ["client_credentials"]
        ):
            return answer({"error": "invalid_client", "error_description": "no such client"}, 401)
        return answer(self._issue({"token_type": "Bearer", "expires_in": 3600}, "access_token"))

    def _v1(self, asked: Asked) -> Reply:
        if not self.v1:
            return failure(404, "no such path")
        body = json.loads(asked.body)
        if body["grantType"] == "app_token":
            good = body.get("appSecret") == SECRET and body.get("appID") == "me"
        elif self.app_token_only:
            return failure(401, "not an access key")
        else:
            if self.v1_spelling and self.v1_spelling not in body:
                return failure(400, f"{self.v1_spelling} is missing")
            good = body.get("clientSecret") == SECRET
        return answer(self._issue({"expiresIn": 3600}, "accessToken")) if good else failure(401, "wrong secret")

    def _issue(self, body: dict[str, Any], name: str) -> dict[str, Any]:
        self.issued += 1
        self.good_token = f"token-{self.issued}"
        body = body | {name: self.good_token}
        if self.token_body is not None:
            body = self.token_body(self.good_token)
            self.good_token = body[name]
        return body

    def _list(self, asked: Asked) -> Reply:
        if asked.path == "/api/v1/clusters":
            return answer(self.clusters)
        lists = {
            "/api/v1/workloads": ("workloads", self.workloads),
            "/api/v1/org-unit/projects": ("projects", self.projects),
            "/api/v1/org-unit/departments": ("departments", self.departments),
            "/api/v1/node-pools": ("nodepools", self.pools),
            "/api/v1/nodes": ("nodes", []),
        }
        if asked.path not in lists:
            return failure(404, "no such path")
        key, items = lists[asked.path]
        offset, limit = int(asked.parameters["offset"]), int(asked.parameters["limit"])
        document: dict[str, Any] = {key: items[offset : offset + limit]}
        if self.tells_next and offset + limit < len(items):
            document["next"] = offset + limit
        return answer(document)


def serving(plane: Callable[[Asked], Reply]) -> Loopback:
    return Loopback(plane)
