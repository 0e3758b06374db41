"""Properties of label parsing: whatever the labels, a GPU is right or it is not there; nothing raises."""

from hypothesis import given
from hypothesis import strategies as st

from config.queries import fill, load_queries
from tui.model.ids import GpuId, ObjectKey
from tui.sources.prometheus.columns import parse_column, parse_identities, to_number
from tui.sources.prometheus.labels import HostNames, parse_gpu_pod, parse_index
from tui.sources.prometheus.wire import Sample

DCGM = load_queries().family["dcgm"]
NAMES = st.sampled_from(
    ["Hostname", "hostname", "kubernetes_node", "node", "gpu", "UUID", "pod", "namespace", "exported_pod",
     "exported_namespace", "container", "GPU_I_ID", "other"]
)  # fmt: skip
LABELS = st.dictionaries(NAMES, st.text(max_size=8) | st.sampled_from(["node001", "0", "3", "007", "-1", "٣"]))
NODES = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)


@given(st.lists(LABELS, max_size=20), st.text(max_size=6))
def test_arbitrary_series_never_raise_and_every_gpu_comes_from_its_labels(
    series: list[dict[str, str]], number: str
) -> None:
    samples = [Sample(labels, (1.0, number)) for labels in series]
    parsed = parse_column(samples, "gpu", "dcgm", 1.0, DCGM, HostNames())
    told = [labels for labels in series if any(labels.get(n) for n in DCGM.node)]
    for gpu in parsed.values:
        assert isinstance(gpu, GpuId)
        assert any(gpu.node in labels.values() and int(labels["gpu"]) == gpu.gpu for labels in told if "gpu" in labels)
    assert len(parsed.values) + parsed.unreadable + parsed.doubled <= len(samples)
    parse_identities(samples, DCGM, HostNames())


@given(NODES, st.integers(0, 999), st.sampled_from(DCGM.node), LABELS)
def test_a_gpu_is_found_whatever_else_is_on_the_series(
    node: str, index: int, label: str, noise: dict[str, str]
) -> None:
    rest = {key: value for key, value in noise.items() if key not in DCGM.places}
    assert HostNames().gpu({**rest, label: node, "gpu": str(index)}, DCGM) == GpuId(node, index)


@given(st.lists(st.tuples(NODES, st.integers(0, 15)), unique=True, max_size=30))
def test_one_figure_for_each_gpu_and_the_memory_of_lookups_changes_nothing(gpus: list[tuple[str, int]]) -> None:
    hosts = HostNames()
    samples = [Sample({"Hostname": node, "gpu": str(i)}, (1.0, str(i))) for node, i in gpus]
    first, second = (parse_column(samples, "gpu", "dcgm", 2.0, DCGM, hosts).values for _ in range(2))
    assert first == second == {GpuId(node, i): 2.0 * i for node, i in gpus}


def test_known_nodes_decide_between_host_labels() -> None:
    hosts = HostNames(frozenset({"node001.lab", "node002"}), {"exporter-abc": "node002"})
    assert hosts.resolve(["exporter-xyz", "node002"]) == "node002"
    assert hosts.resolve(["exporter-abc"]) == "node002"
    assert hosts.label_of("node002") == "exporter-abc"
    assert hosts.resolve(["node001"]) == "node001.lab"
    assert hosts.resolve(["stranger"]) == "stranger"
    assert hosts.resolve([]) == ""


def test_the_exporters_own_pod_is_never_a_gpus_pod() -> None:
    own = {"pod": "nvidia-dcgm-exporter-abcde", "namespace": "gpu-operator", "container": "nvidia-dcgm-exporter"}
    assert parse_gpu_pod(own, DCGM, exported=False) is None
    assert parse_gpu_pod({"pod": "llama-0", "namespace": "a"}, DCGM, exported=True) is None
    both = {**own, "exported_pod": "llama-0", "exported_namespace": "a"}
    assert parse_gpu_pod(both, DCGM, exported=True) == ObjectKey("a", "llama-0")
    assert parse_gpu_pod({"pod_name": "llama-0", "pod_namespace": "a"}, DCGM, exported=False) == ObjectKey(
        "a", "llama-0"
    )


@given(st.text())
def test_numbers_are_finite_or_absent(text: str) -> None:
    number = to_number(text)
    assert number is None or abs(number) < float("inf")
    index = parse_index(text)
    assert index is None or 0 <= index <= 9999


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=3))
def test_label_values_can_not_leave_their_quotes(node: str, pods: list[str]) -> None:
    query = fill('x{node="$node", pod=~"$pods"}', {"node": node, "pods": tuple(pods)})
    inside = query.replace("\\\\", "").replace('\\"', "")
    assert inside.count('"') == 4
    assert "\n" not in query
