"""Departments, projects, queues and node pools: who may use how much."""

import zlib
from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world.naming import Names
from tui.demo.world.pods import meta

DEFAULT_POOL = "default"
DEPARTMENT = "default"
_PARENT_QUEUE = "q-4500000"
LIMITED_DEPARTMENTS = {"interns": 1.0}  # department -> the most GPUs it may use


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """A project with its GPU quota; ``gpu_limit`` -1 is unlimited."""

    name: str
    gpu_quota: float
    gpu_limit: float = -1
    over_quota_weight: float = 2
    department: str = DEPARTMENT

    @property
    def namespace(self) -> str:
        return f"runai-{self.name}"


def tenancy_objects(names: Names, projects: list[ProjectPlan], total_gpus: int, created: float) -> list[Json]:
    """NodePool, Projects and Queues in the order in which they must exist."""
    departments = tuple(dict.fromkeys([DEPARTMENT, *(plan.department for plan in projects)]))
    return [
        _node_pool(names, created),
        *(
            _parent_queue(names, name, [plan for plan in projects if plan.department == name], total_gpus, created)
            for name in departments
        ),
        *(made for plan in projects for made in (_project(names, plan, created), _queue(names, plan, created))),
    ]


def _node_pool(names: Names, created: float) -> Json:
    return {
        "apiVersion": "run.ai/v2",
        "kind": "NodePool",
        "metadata": meta(DEFAULT_POOL, None, names.uuid("nodepool", DEFAULT_POOL), created, generation=1),
        "spec": {
            "labelKey": "runai/node-pool",
            "labelValue": DEFAULT_POOL,
            "placementStrategy": {"cpu": "spread", "gpu": "spread"},
        },
        "status": {"phase": "Ready"},
    }


def _parent(department: str) -> str:
    """The name of a department's queue."""
    return _PARENT_QUEUE if department == DEPARTMENT else f"q-{4500001 + zlib.crc32(department.encode()) % 10000}"


def _parent_queue(names: Names, department: str, projects: list[ProjectPlan], total_gpus: int, created: float) -> Json:
    quota, limit, queue = max(float(total_gpus), sum(plan.gpu_quota for plan in projects)), -1.0, _parent(department)
    if department in LIMITED_DEPARTMENTS:
        quota = limit = LIMITED_DEPARTMENTS[department]
    return {
        "apiVersion": "scheduling.run.ai/v2",
        "kind": "Queue",
        "metadata": meta(
            queue,
            None,
            names.uuid("queue", queue),
            created,
            labels={"runai/department-name": department, "runai/node-pool": DEFAULT_POOL},
            generation=1,
        ),
        "spec": {"displayName": department, "priority": 100, "resources": _resources(quota, limit, 1)},
        "status": {"childQueues": [plan.name for plan in projects]},
    }


def _queue(names: Names, plan: ProjectPlan, created: float) -> Json:
    return {
        "apiVersion": "scheduling.run.ai/v2",
        "kind": "Queue",
        "metadata": meta(
            plan.name,
            None,
            names.uuid("queue", plan.name),
            created,
            labels={
                "project": plan.name,
                "run.ai/project-id": names.uuid("project", plan.name),
                "runai/department-name": plan.department,
                "runai/node-pool": DEFAULT_POOL,
            },
            generation=1,
        ),
        "spec": {
            "displayName": plan.name,
            "parentQueue": _parent(plan.department),
            "priority": 100,
            "resources": _resources(plan.gpu_quota, plan.gpu_limit, plan.over_quota_weight),
        },
        "status": {},
    }


def _project(names: Names, plan: ProjectPlan, created: float) -> Json:
    return {
        "apiVersion": "run.ai/v2",
        "kind": "Project",
        "metadata": meta(plan.name, None, names.uuid("project", plan.name), created, generation=1),
        "spec": {
            "department": plan.department,
            "deservedGpus": plan.gpu_quota,
            "maxAllowedGpus": plan.gpu_limit,
            "gpuOverQuotaWeight": plan.over_quota_weight,
        },
        "status": {"namespace": plan.namespace, "phase": "Ready"},
    }


def _resources(gpu_quota: float, gpu_limit: float, weight: float) -> Json:
    unlimited = {"quota": -1, "limit": -1, "overQuotaWeight": weight}
    return {
        "gpu": {"quota": gpu_quota, "limit": gpu_limit, "overQuotaWeight": weight},
        "cpu": dict(unlimited),
        "memory": dict(unlimited),
    }
