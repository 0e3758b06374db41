"""A cluster that has been running for weeks, as a list of objects: built in memory by the same builders that the
controllers use, so that what is seeded and what grows later can't be told apart.
"""

from dataclasses import dataclass, field

from tui.demo.objects import Json
from tui.demo.world import api, knative, podstatus, status, workloads
from tui.demo.world.catalogue import Kind, WorkloadPlan
from tui.demo.world.grouping import group_for, join
from tui.demo.world.hardware import gpus_of, node_names
from tui.demo.world.inference import inference_workload, knative_service
from tui.demo.world.ledger import Ask, GpuState, Ledger
from tui.demo.world.manifests import container_template, inference_spec
from tui.demo.world.naming import Names, rfc3339
from tui.demo.world.nodes import node_object
from tui.demo.world.platform import platform_objects
from tui.demo.world.pods import meta, pod_object
from tui.demo.world.system import system_objects
from tui.demo.world.tenancy import DEFAULT_POOL, ProjectPlan, tenancy_objects

_SYSTEM_AGE_SECONDS = 20 * 86400.0


@dataclass(frozen=True, slots=True)
class Size:
    """How big the cluster is. ``gpus`` is a node's; ``pods`` bounds all pods of the cluster (``None``: no bound)."""

    nodes: int = 16
    gpus: int = 4
    pods: int | None = None


@dataclass(slots=True)
class Seeder:
    """Collects objects and places pods. ``given_fraction`` is how much of the GPUs it gives away at most."""

    names: Names
    size: Size
    now: float
    given_fraction: float = 0.85
    objects: list[Json] = field(default_factory=list)
    loads: dict[tuple[str, str], float] = field(default_factory=dict)
    corners: dict[str, str] = field(default_factory=dict)  # node pool -> the node set aside for it
    pod_count: int = 0
    _cursor: int = 0
    _given: float = 0.0
    _placed: int = 0
    _shared: list[str] = field(default_factory=list)
    _groups: dict[str, Json] = field(default_factory=dict)
    _owners: dict[tuple[api.Kind, str, str], Json] = field(default_factory=dict)
    ledger: Ledger = field(init=False)
    hosts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.hosts = node_names(self.size.nodes)
        self.ledger = Ledger({node: gpus_of(self.names, node, self.size.gpus) for node in self.hosts})

    @property
    def total_gpus(self) -> int:
        return self.size.nodes * self.size.gpus

    def platform(self, projects: list[ProjectPlan]) -> None:
        created = self.now - _SYSTEM_AGE_SECONDS
        self.objects += platform_objects(self.names, projects, created)
        self.objects += tenancy_objects(self.names, projects, self.total_gpus, created)
        pools = {node: pool for pool, node in self.corners.items()}
        for number, node in enumerate(self.ledger.nodes, 1):
            pool = pools.get(node, DEFAULT_POOL)
            self.objects.append(node_object(self.names, node, number, self.size.gpus, pool, self.now))
        installed = system_objects(self.names, list(self.ledger.nodes), self.hosts, created)
        self.objects += installed.objects
        for pod, node in installed.pods:
            self._run(pod, node, created + 30)

    def workload(self, plan: WorkloadPlan) -> None:
        """Seeds one workload with as many replicas as there is room for; none at all leaves no trace of it."""
        if plan.replicas < 1:
            return
        ask = Ask.of_memory(plan.memory_mib) if plan.memory_mib else _ask(plan)
        age = 3600 * (2 + 70 * self.names.number("age", plan.project, plan.name))
        places = self._places(plan, ask)
        if not places:
            return
        self.loads[(f"runai-{plan.project}", plan.name)] = plan.load
        owner = self.owner(plan, len(places), self.now - age)
        for number, (node, states) in enumerate(places):
            at = self.now - age + 5 + 4 * number * self.names.number("spread", plan.name)
            self.bound_pod(self._pod(plan, owner, number, at), node, states, ask, at)

    def owner(self, plan: WorkloadPlan, replicas: int, created: float) -> Json | None:
        namespace = f"runai-{plan.project}"
        template = container_template(plan)
        match plan.kind:
            case Kind.INFERENCE:
                return self.inference(plan, replicas, created)
            case Kind.DEPLOYMENT:
                made = workloads.plain_deployment(self.names, namespace, plan.name, template, replicas, created)
                return self.deployment(made, replicas, created)
            case Kind.JOB:
                made = workloads.job(self.names, namespace, plan.name, template, replicas, created)
                made["status"] |= {"ready": replicas, "startTime": rfc3339(created)}
                self.objects.append(made)
                self._owners[(api.JOB, namespace, plan.name)] = made
                return made
            case Kind.NOTEBOOK:
                uid = self.names.uuid("notebook", namespace, plan.name)
                labels = {"project": plan.project}
                made = {
                    "apiVersion": "run.ai/v2alpha1",
                    "kind": str(plan.kind),
                    "metadata": meta(plan.name, namespace, uid, created, labels=labels, generation=1),
                    "spec": {"name": {"value": plan.name}, "image": {"value": plan.image}, "template": template}
                    | {"gpu": {"value": f"{plan.gpu:g}"}},
                    "status": {"phase": "Running"},
                }
                self.objects.append(made)
                return {**made, "spec": {"template": template}}
        return None

    def inference(self, plan: WorkloadPlan, replicas: int, created: float) -> Json:
        """The whole chain of a served model that has long been ready; returns its ReplicaSet."""
        names, ready_at = self.names, created + 150
        workload = inference_workload(
            names, f"runai-{plan.project}", plan.name, inference_spec(plan, replicas), created
        )
        counts = (replicas, replicas, 0)
        workload["status"] = status.inference_status(workload, "Running", ready_at, counts, "")
        service = knative_service(names, workload, created + 1)
        config, route = knative.configuration(names, service, created + 1), knative.route(names, service, created + 1)
        rev = knative.revision(names, config, service, created + 2)
        revision_name = rev["metadata"]["name"]
        rev["status"] = status.revision_status(status.Scale(replicas, replicas), ready_at)
        service["status"] = status.service_status(service, revision_name, "Ready", ready_at, None)
        config["status"] = {
            "observedGeneration": 1,
            "latestCreatedRevisionName": revision_name,
            "latestReadyRevisionName": revision_name,
            "conditions": [knative.condition("Ready", "True", ready_at)],
        }
        route["status"] = {"observedGeneration": 1, "conditions": [knative.condition("Ready", "True", ready_at)]}
        route["status"]["traffic"] = service["status"]["traffic"]
        made = knative.deployment(names, rev, service, replicas, created + 2)
        scaler = knative.pod_autoscaler(names, rev, created + 2)
        scaler["status"] = status.autoscaler_status(revision_name, status.Scale(replicas, replicas), ready_at)
        self._owners[(api.REVISION, rev["metadata"]["namespace"], revision_name)] = rev
        self.objects += [workload, service, config, route, rev, scaler]
        self.objects += knative.kubernetes_services(names, rev, service, created + 2)
        return self.deployment(made, replicas, created + 2)

    def deployment(self, made: Json, replicas: int, created: float) -> Json:
        """A settled Deployment and its ReplicaSet, which is returned."""
        made["status"] = status.deployment_status(made, replicas, replicas, created + 150, created + 150)
        replica_set = workloads.replica_set(self.names, made, created)
        replica_set["status"] = status.replica_set_status(replica_set, replicas, replicas)
        self.objects += [made, replica_set]
        return replica_set

    def _pod(self, plan: WorkloadPlan, owner: Json | None, number: int, at: float) -> Json:
        namespace = f"runai-{plan.project}"
        if owner is None or plan.kind is Kind.NOTEBOOK:
            name = plan.name if owner is None else f"{plan.name}-{number}"
            uid = self.names.uuid("pod", namespace, name)
            template = container_template(plan)
            pod = pod_object(template, meta(name, namespace, uid, at, owner=owner, generation=1))
        else:
            pod = workloads.owned_pod(self.names, owner, number, at)
        self._group(pod, at)
        return pod

    def _group(self, pod: Json, at: float) -> None:
        """Puts the pod into its PodGroup, which comes to be with its first pod."""
        group = group_for(self.names, pod, self._lookup, at)
        name = group["metadata"]["name"]
        known = self._groups.setdefault(name, group)
        if known is group:
            group["status"] = {"phase": "Running", "running": 0, "pending": 0}
            self.objects.append(group)
        known["status"]["running"] += 1
        join(pod, group)

    def _lookup(self, kind: api.Kind, namespace: str, name: str) -> Json | None:
        return self._owners.get((kind, namespace, name))

    def bound_pod(self, pod: Json, node: str, states: list[GpuState], ask: Ask, at: float) -> None:
        """Gives ``pod`` its GPUs and lets it run; makes the reservation pods of GPUs that become shared by it."""
        key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        fresh = [state for state in states if state.group is None]
        groups = [self.names.uuid("group", pod["metadata"]["uid"], turn) for turn in range(len(states))]
        self.ledger.take(key, states, ask, groups)
        self._given += ask.gpus
        if ask.shared:
            workloads.mark_shared(pod, [state.group or "" for state in states])
            for state in fresh:
                self._run(workloads.reservation_pod(self.names, state.hardware, state.group or "", at), node, at)
        elif ask.devices:
            pod["metadata"].setdefault("annotations", {})["received-resource-type"] = "Regular"
        self._run(pod, node, at)

    def _run(self, pod: Json, node: str, at: float) -> None:
        """Puts the pod through its start-up: scheduled, started, ready two minutes later."""
        number = int("".join(filter(str.isdigit, node)))
        high, low = divmod(number, 256)
        self.pod_count += 1
        ip = f"10.{244 + high}.{low}.{2 + self.names.digest('pod-ip', pod['metadata']['uid'])[0] % 250}"
        podstatus.scheduled(pod, node, at)
        podstatus.starting(pod, f"10.141.{high}.{low}", at + 1)
        podstatus.running(self.names, pod, ip, at + 20)
        podstatus.ready(pod, at + 120)
        self.objects.append(pod)

    def _places(self, plan: WorkloadPlan, ask: Ask) -> list[tuple[str, list[GpuState]]]:
        """Finds a node for each replica; what is found is held at once so that replicas don't collide."""
        found: list[tuple[str, list[GpuState]]] = []
        for number in range(plan.replicas):
            if self._full(ask, len(found)):
                break
            place = self._place_in(plan.pool, ask) if plan.pool else self._place(ask)
            if place is None:
                break
            marker = ("", f"{plan.project}/{plan.name}/{number}")
            self.ledger.take(marker, place[1], ask, [marker[1]] * len(place[1]))
            found.append(place)
        for number in range(len(found)):
            self.ledger.release(("", f"{plan.project}/{plan.name}/{number}"))
        return found

    def _full(self, ask: Ask, held: int) -> bool:
        """True when one more replica would be too much; ``held`` replicas of it are found already."""
        if self.size.pods is not None and self.pod_count + 2 * held + 2 > self.size.pods:
            return True
        return self._given + (held + 1) * ask.gpus > self.total_gpus * self.given_fraction + 1e-9

    def _place_in(self, pool: str, ask: Ask) -> tuple[str, list[GpuState]] | None:
        node = self.corners.get(pool, "")
        states = [state for state in self.ledger.candidates(node, ask) if state.is_free]
        return (node, states[: ask.devices]) if len(states) >= ask.devices else None

    def _place(self, ask: Ask) -> tuple[str, list[GpuState]] | None:
        """First fit from a cursor that goes round the nodes; shares go to GPUs that are shared already."""
        self._placed += 1
        if ask.shared and self.names.number("open another GPU", self._placed) > 0.25:
            for node in self._shared:
                states = [state for state in self.ledger.candidates(node, ask) if not state.is_free]
                if len(states) >= ask.devices:
                    return node, states[: ask.devices]
        for step in range(len(self.hosts)):
            node = self.hosts[(self._cursor + step) % len(self.hosts)]
            states = self.ledger.candidates(node, ask)
            if len(states) >= ask.devices:
                # Staying on the node now and then leaves others emptier, as real clusters have it.
                self._cursor += step + (self.names.number("go on", self._placed) > 0.4)
                if ask.shared:
                    self._shared.append(node)
                    self._shared = self._shared[-12:]
                return node, states[: ask.devices]
        return None


def _ask(plan: WorkloadPlan) -> Ask:
    if 0 < plan.gpu < 1:
        return Ask(plan.devices, plan.gpu)
    return Ask(int(plan.gpu))
