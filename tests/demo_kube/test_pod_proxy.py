"""``pods/proxy``: handed on to what stands for the pod; every refusal in the API server's words."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.demo_kube.conftest import PODS, Client, pod
from tui.demo.kube.access import Rule, new_user
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore


@pytest.fixture
async def backend() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(
            {"method": request.method, "path": request.path_qs, "auth": "Authorization" in request.headers}, status=418
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.fixture(autouse=True)
def placed(store: ObjectStore, server: KubeServer, backend: str) -> None:
    """``b0`` and ``b3`` have an address and something on port 8000, ``b1`` only an address, ``b2`` neither."""

    kind = store.resource("pods")
    store.create(kind, pod("b3"))

    def address(name: str, ip: str, *ports: int) -> None:
        def change(obj: Json) -> None:
            obj["status"]["podIP"] = ip
            obj["spec"]["containers"][0]["ports"] = [{"containerPort": port} for port in ports]

        store.change(kind, "spike", name, change)

    address("b0", "10.244.1.5", 8000)
    address("b1", "fd00::7")
    address("b3", "127.9.1.5", 8000)

    async def find(namespace: str, name: str, port: int) -> str | None:
        return backend if namespace == "spike" and name in ("b0", "b3") and port == 8000 else None

    server.set_pod_backend(find)


@pytest.mark.parametrize("name", ["b0", "b0:8000", "http:b0:8000", "http%3Ab0%3A8000", "b3:8000"])
async def test_the_pods_own_answer_comes_back_whole(client: Client, name: str) -> None:
    answer = await client("GET", f"{PODS}/{name}/proxy/v1/metrics?a=b%2Bc")
    assert (answer.status, answer.body) == (418, {"method": "GET", "path": "/v1/metrics?a=b%2Bc", "auth": False})
    assert (await client("DELETE", f"{PODS}/{name}/proxy/x")).body["method"] == "DELETE"


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("gone:8000", 404, 'pods "gone" not found'),
        ("b2:8000", 400, "address not allowed"),
        ("b3:9", 503, "error trying to reach service: dial tcp 127.9.1.5:9: connect: connection refused"),
        ("ftp:b0:21", 400, 'invalid pod request "ftp:b0:21"'),
        ("b0:web", 400, 'invalid pod request "b0:web"'),
        ("b0:9", 503, "error trying to reach service: dial tcp 10.244.1.5:9: connect: connection refused"),
        ("b1", 503, "error trying to reach service: dial tcp [fd00::7]:80: connect: connection refused"),
    ],
)
async def test_what_can_not_be_asked(client: Client, name: str, status: int, says: str) -> None:
    answer = await client("GET", f"{PODS}/{name}/proxy/v1/models")
    assert (answer.status, answer.body["kind"], answer.body["message"]) == (status, "Status", says)


async def test_the_right_is_pods_proxy_with_the_verb_of_the_method(client: Client, server: KubeServer) -> None:
    server.users["reader"] = new_user("reader", [Rule(("get",), ("",), ("pods/proxy",), ("spike",))])
    reader, viewer = (Client(client.session, server, name) for name in ("reader", "viewer"))
    assert (await reader("GET", f"{PODS}/b0:8000/proxy/v1/models")).status == 418
    posted = await reader("POST", f"{PODS}/b0:8000/proxy/v1/completions", b"{}")
    assert posted.status == 403
    assert 'cannot create resource "pods/proxy"' in posted.body["message"]
    refused = await viewer("GET", f"{PODS}/http:b0:8000/proxy/v1/models")
    assert refused.body["message"] == (
        'pods "http:b0:8000" is forbidden: User "viewer" cannot get resource "pods/proxy" '
        'in API group "" in the namespace "spike"'
    )


async def test_discovery_names_it(client: Client) -> None:
    found = (await client("GET", "/api/v1")).body["resources"]
    (row,) = [item for item in found if item["name"] == "pods/proxy"]
    assert (row["kind"], row["verbs"]) == ("PodProxyOptions", ["create", "delete", "get", "patch", "update"])
