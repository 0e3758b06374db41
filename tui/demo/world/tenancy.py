"""Departments, projects, queues and node pools: who may use how much."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world.naming import Names
from tui.demo.world.pods import meta

DEFAULT_POOL = "default"
DEPARTMENT = "default"
_PARENT_QUEUE = "q-4500000"


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """A project with its GPU quota; ``gpu_limit`` -1 is unlimited."""

    name: str
    gpu_quota: float
    gpu_limit: float = -1
    over_quota_weight: float = 2

    @property
    def namespace(self) -> str:
        return f"runai-{self.name}"


def tenancy_objects(names: Names, projects: list[ProjectPlan], total_gpus: int, created: float) -> list[Json]:
    """NodePool, Projects and Queues in the order in which they must exist."""
    return [
        _node_pool(names, created),
        _parent_queue(names, projects, total_gpus, created),
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


def _parent_queue(names: Names, projects: list[ProjectPlan], total_gpus: int, created: float) -> Json:
    quota = max(float(total_gpus), sum(plan.gpu_quota for plan in projects))
    return {
        "apiVersion": "scheduling.run.ai/v2",
        "kind": "Queue",
        "metadata": meta(
            _PARENT_QUEUE,
            None,
            names.uuid("queue", _PARENT_QUEUE),
            created,
            labels={"runai/department-name": DEPARTMENT, "runai/node-pool": DEFAULT_POOL},
            generation=1,
        ),
        "spec": {"displayName": DEPARTMENT, "priority": 100, "resources": _resources(quota, -1, 1)},
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
                "runai/department-name": DEPARTMENT,
                "runai/node-pool": DEFAULT_POOL,
            },
            generation=1,
        ),
        "spec": {
            "displayName": plan.name,
            "parentQueue": _PARENT_QUEUE,
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
            "department": DEPARTMENT,
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
