"""The page about an endpoint: how it was asked, what was counted, and who did not answer."""

from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.nim import EndpointLook, NimMetrics, NimProbe, PodLook, Recent
from tui.model.workload import Workload
from tui.present.endpoint import endpoint_page

ADDRESS = "http://llama.runai-test.svc.cluster.local"
UNKNOWN_HOST = NimProbe(ADDRESS, False, detail=f"{ADDRESS}: its host name is not known")
LOAD = NimMetrics(
    requests_running=7, requests_waiting=2, requests_max=256, kv_cache_used_fraction=0.5, output_tokens_total=1e6,
    ttft_mean_seconds=0.4,
)  # fmt: skip
WORKLOAD = Workload(
    WorkloadKey("runai-test", "llama", "InferenceWorkload"), "InferenceWorkload", None, "Running", None, None, None, 3,
    3, None, None, None, None, None, 1, 8, None, None, ADDRESS, None,
)  # fmt: skip


def pod(name: str, metrics: NimMetrics | None = None, detail: str = "", **more: object) -> PodLook:
    reachable = not detail
    right = str(more["right"]) if "right" in more else None
    ready = bool(more["ready"]) if "ready" in more else None
    moment = Recent(30, NimMetrics(ttft_mean_seconds=0.25), 812.4) if metrics else None
    probe = NimProbe("u", reachable, ready=ready, metrics=metrics, detail=detail, denied_right=right)
    return PodLook(ObjectKey("runai-test", name), probe, moment)


def page(**changed: object) -> list[str]:
    given: dict[str, object] = {
        "address": ADDRESS, "own": UNKNOWN_HOST, "not_asked": "", "pods": (), "ready_pods": 14, "counted_pods": 0,
        "metrics": None, **changed,
    }  # fmt: skip
    return endpoint_page(WORKLOAD, EndpointLook(**given)).splitlines()  # type: ignore[arg-type]


def line(lines: list[str], start: str) -> str:
    return next(text for text in lines if text.strip().startswith(start))


def test_pods_through_the_api_server() -> None:
    pods = (
        pod("llama-00001-deployment-6bd9c4-aaaaa", LOAD),
        pod("llama-b", LOAD),
        pod("llama-c", detail="port 8000: connection refused"),
        pod("llama-d", ready=False),
    )
    recent = Recent(30, NimMetrics(ttft_mean_seconds=0.25), 1624.8)
    lines = page(pods=pods, counted_pods=2, metrics=LOAD, recent=recent, running_curve=(1, None, 7))
    assert line(lines, "Figures:").endswith("through the API server, 2 of 14 pods (4 are asked)")
    assert line(lines, "From here:").endswith("not reachable: its host name is not known")
    assert "Load, 2 pods added up" in lines
    assert line(lines, "requests running").split()[2:5] == ["7", "of", "256"]
    assert line(lines, "requests running").endswith("▂ ▇")
    assert line(lines, "output tokens/s").split()[2] == "1,625"
    assert line(lines, "TTFT last 30 s").split()[4:7] == ["mean", "250", "ms"]
    assert line(lines, "…").split()[1:] == ["7", "2", "50%", "250", "ms", "812"]
    assert line(lines, "llama-c ").split()[1:] == ["no", "answer"]
    assert line(lines, "llama-d ").split()[1:] == ["loading"]
    assert "  llama-c: port 8000: connection refused" in lines
    assert max(map(len, lines)) < 80


def test_a_missing_right_is_said_once_and_the_address_explained() -> None:
    right = "get pods/proxy in namespace runai-test"
    lines = page(pods=(pod("llama-a", detail=f"{right} is denied: ask for this right", right=right),))
    assert f"  its pods can't be asked: {right} is denied: ask for this right" in lines
    assert any("a cluster-internal name" in text for text in lines)
    assert line(lines, "Figures:").endswith("–")
    assert "Load" not in lines


def test_what_comes_from_the_address_says_of_how_many_pods() -> None:
    own = NimProbe(ADDRESS, True, live=True, ready=True, models=("meta/llama",), metrics=LOAD)
    assert line(page(own=own, metrics=LOAD), "Figures:").endswith("from its address, 1 of 14 pods: whichever answered")
    assert line(page(own=own, metrics=LOAD, ready_pods=1), "Figures:").endswith("from its address")
    assert line(page(own=own), "Ready / live:").endswith("yes / yes")


def test_nothing_is_made_up_where_nothing_is_known() -> None:
    lines = page(address=None, own=None, ready_pods=0)
    assert line(lines, "Address:").endswith("none yet: it appears when its service is routed")
    assert line(lines, "Figures:").endswith("none: no pod is Ready")
    assert line(lines, "Ready / live:").endswith("–")
    assert line(page(own=None, not_asked="not asked: it sleeps"), "From here:").endswith("not asked: it sleeps")
