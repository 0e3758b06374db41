"""The client: kubeconfigs good and bad, plug-ins that log in, errors as one line, sockets that close."""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.sources_kubernetes.fault_api import FaultApi, Reply, forbidden, status_reply, write_kubeconfig
from tui.sources.kubernetes import BadAnswer, BadConfig, Forbidden, Gone, KubeClient, NotFound, Refused, Unauthorized
from tui.sources.kubernetes.errors import KubeError, Unreachable
from tui.sources.kubernetes.kubeconfig import contexts


def test_importing_the_room_does_not_import_the_official_client() -> None:
    code = (
        "import sys, tui.sources.kubernetes, tui.sources.kinds.registry as r; r.all_kinds();"
        "print([m for m in ('kubernetes', 'requests', 'urllib3', 'textual') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_get_sends_the_token_and_gives_raw_bytes(api: FaultApi, kubeconfig: Path) -> None:
    client = KubeClient(kubeconfig)
    status, body = client.get("/version")
    assert status == 200
    assert json.loads(body)["gitVersion"] == "v1.36.2"
    assert [headers["Authorization"] for headers in api.headers] == ["Bearer secret-token"]
    assert (client.server, client.context) == (api.url, "lab")
    client.close()


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (forbidden("pods"), Forbidden, "list pods at the cluster scope is denied"),
        (forbidden("queues", "scheduling.run.ai"), Forbidden, "list queues.scheduling.run.ai at the cluster scope"),
        (forbidden("pods", namespace="n"), Forbidden, "list pods in namespace n"),
        (status_reply(404, "NotFound", 'pods "x" not found'), NotFound, 'pods "x" not found'),
        (Reply(404, b"404 page not found\n", "text/plain"), NotFound, "not served"),
        (status_reply(410, "Expired", "too old"), Gone, "too old"),
        (status_reply(422, "Invalid", "spec.gpu.value: must be a string"), Refused, "spec.gpu.value"),
        (status_reply(503, "ServiceUnavailable", "down"), Unreachable, "503: down"),
        (Reply(502, b"<html>Bad gateway</html>", "text/html"), Unreachable, "502"),
        (Reply(200, b"<html>hello</html>", "text/html; charset=utf-8"), BadAnswer, "web page"),
        (Reply(302, b"", "text/plain"), BadAnswer, "redirection"),
    ],
)
def test_each_answer_is_its_error(
    api: FaultApi, kubeconfig: Path, reply: Reply, error: type[KubeError], said: str
) -> None:
    api.spoil["/api/v1/pods"] = lambda query: reply
    client = KubeClient(kubeconfig)
    with pytest.raises(error) as raised:
        client.get("/api/v1/pods")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    client.close()


def test_403_without_the_usual_wording_names_what_was_asked(api: FaultApi, kubeconfig: Path) -> None:
    api.spoil["/api/v1/namespaces/n/pods"] = lambda query: Reply(403, b"nope", "text/plain")
    client = KubeClient(kubeconfig)
    with pytest.raises(Forbidden) as raised:
        client.get("/api/v1/namespaces/n/pods")
    assert raised.value.right == "list pods in namespace n"
    client.close()


def test_401_reads_the_credentials_again_once_for_many_threads(api: FaultApi, kubeconfig: Path) -> None:
    client = KubeClient(kubeconfig)
    write_kubeconfig(kubeconfig, api.url, user={"token": "fresh"})
    api.authorize = lambda token: token == "Bearer fresh"
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(client.get("/version")[0])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert answers == [200] * 6
    client.close()


def test_401_that_stays_is_said_without_the_token(api: FaultApi, kubeconfig: Path) -> None:
    api.authorize = lambda token: False
    client = KubeClient(kubeconfig)
    with pytest.raises(Unauthorized) as raised:
        client.get("/version")
    assert "401" in str(raised.value)
    assert "secret-token" not in str(raised.value)
    client.close()


def test_token_file_with_a_line_break(api: FaultApi, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    path = write_kubeconfig(tmp_path / "k", api.url, user={"tokenFile": str(tmp_path / "token")})
    api.authorize = lambda token: token == "Bearer from-file"
    client = KubeClient(path)
    assert client.get("/version")[0] == 200
    client.close()


def test_user_that_acts_as_another(api: FaultApi, tmp_path: Path) -> None:
    user = {"token": "t", "as": "jane", "as-groups": ["ops"]}
    client = KubeClient(write_kubeconfig(tmp_path / "k", api.url, user=user))
    client.get("/version")
    assert (api.headers[-1]["Impersonate-User"], api.headers[-1]["Impersonate-Group"]) == ("jane", "ops")
    with client.requests_session() as session:
        session.get(f"{client.server}/version", timeout=5)
    assert api.headers[-1]["Impersonate-User"] == "jane"
    client.close()
    with pytest.raises(BadConfig, match="as-groups"):
        KubeClient(write_kubeconfig(tmp_path / "k", api.url, user=user | {"as-groups": ["a", "b"]}))


def test_inside_a_pod_its_service_account_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kubernetes.config import incluster_config

    (tmp_path / "token").write_text("of-the-pod\n")
    (tmp_path / "ca.crt").write_text("a certificate")
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    client = KubeClient()
    assert (client.server, client.context) == ("https://10.0.0.1:443", "in-cluster")
    assert (client.authorization() or "").lower() == "bearer of-the-pod"
    client.close()


def test_socks_proxy_without_its_package_is_one_line(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads(kubeconfig.read_text())
    document["clusters"][0]["cluster"]["proxy-url"] = "socks9://127.0.0.1:1"
    kubeconfig.write_text(json.dumps(document))
    with pytest.raises(BadConfig, match=r"proxy socks9://127\.0\.0\.1:1 of .* can't be used"):
        KubeClient(kubeconfig)


def test_plugin_logs_in_and_is_run_again_when_its_token_ends(api: FaultApi, tmp_path: Path) -> None:
    api.authorize = lambda token: token in ("Bearer token-1", "Bearer token-2")
    client = KubeClient(
        write_kubeconfig(tmp_path / "k", api.url, user=_plugin(tmp_path, expires="2020-01-01T00:00:00Z"))
    )
    assert client.get("/version")[0] == 200
    assert (tmp_path / "count").read_text() == "2"  # once when read, once because it had ended
    client.close()


def test_plugin_is_not_run_for_each_request(api: FaultApi, tmp_path: Path) -> None:
    client = KubeClient(
        write_kubeconfig(tmp_path / "k", api.url, user=_plugin(tmp_path, expires="2099-01-01T00:00:00Z"))
    )
    for _ in range(3):
        client.get("/version")
    assert (tmp_path / "count").read_text() == "1"
    client.close()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'please log in' >&2; exit 3", "ended with 3: please log in"),
        ("echo not json", "did not print an ExecCredential"),
        ('echo \'{"kind":"ExecCredential"}\'', "without a status"),
        ("echo '{\"status\":{}}'", "neither a token nor a client certificate"),
    ],
)
def test_plugin_that_fails_is_one_line_and_prints_nothing(
    api: FaultApi, tmp_path: Path, capfd: pytest.CaptureFixture[str], script: str, said: str
) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}}
    with pytest.raises(BadConfig) as raised:
        KubeClient(write_kubeconfig(tmp_path / "k", api.url, user=user))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_plugin_that_is_not_installed_gives_its_hint(api: FaultApi, tmp_path: Path) -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "no-such-plugin",
        "installHint": "get it at x",
    }
    with pytest.raises(BadConfig, match=r"no-such-plugin .*get it at x"):
        KubeClient(write_kubeconfig(tmp_path / "k", api.url, user={"exec": plugin}))


def test_no_kubeconfig(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"no kubeconfig at .*/nowhere: give one with --kubeconfig or KUBECONFIG"):
        KubeClient(tmp_path / "nowhere")


def test_absent_context_names_those_that_exist(kubeconfig: Path) -> None:
    with pytest.raises(BadConfig, match=r"no context 'prod'; contexts are: lab"):
        KubeClient(kubeconfig, context="prod")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contexts: [\n  {name: x", "line 2"),
        ("just words", "no kubeconfig in it"),
        ("", "no kubeconfig in it"),
        ("contexts: {}\nclusters: 3", "must be a list"),
        ("contexts: [{name: a, context: {cluster: c}}]", "no current-context; choose one with --kube-context: a"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]", "cluster 'c', which has no server"),
        ("current-context: a\ncontexts: [{context: {}}]", "an entry of contexts has no name"),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://x', certificate-authority: /no/such/ca}}]",
            "/no/such/ca",
        ),
    ],
)
def test_broken_kubeconfig_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "k"
    path.write_text(text)
    with pytest.raises(BadConfig) as raised:
        KubeClient(path)
    assert said in str(raised.value)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_list_of_kubeconfigs_is_merged(api: FaultApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_kubeconfig(tmp_path / "one", "http://127.0.0.1:1")
    second = tmp_path / "two"
    second.write_text(
        "contexts: [{name: other, context: {cluster: d, user: v, namespace: n}}]\n"
        f"clusters: [{{name: d, cluster: {{server: '{api.url}/'}}}}]\nusers: [{{name: v, user: {{token: t}}}}]\n"
    )
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(first), str(tmp_path / "missing"), str(second)]))
    found = contexts()
    assert [(c.name, c.server, c.namespace, c.is_current) for c in found] == [
        ("lab", "http://127.0.0.1:1", None, True),
        ("other", api.url, "n", False),
    ]
    client = KubeClient(context="other")
    assert client.get("/version")[0] == 200
    client.close()


def test_session_speaks_to_the_server_with_the_token_and_to_nobody_else(api: FaultApi, kubeconfig: Path) -> None:
    client = KubeClient(kubeconfig)
    with client.requests_session() as session:
        assert session.get(f"{client.server}/version", timeout=5).json()["gitVersion"] == "v1.36.2"
        assert session.get(f"{client.server.replace('127.0.0.1', 'localhost')}/version", timeout=5).status_code == 200
    assert [headers["Authorization"] for headers in api.headers] == ["Bearer secret-token", None]
    client.close()


def test_request_of_a_writer_sends_its_body_and_headers(api: FaultApi, kubeconfig: Path) -> None:
    api.spoil["/api/v1/namespaces/n/pods"] = lambda query: Reply(201, {"dry": query.get("dryRun")})
    client = KubeClient(kubeconfig)
    answer = client.request("POST", "/api/v1/namespaces/n/pods", {"dryRun": "All"}, b"{}")
    assert (answer.status, json.loads(answer.body)) == (201, {"dry": "All"})
    client.close()


def test_close_ends_a_stream_that_another_thread_reads(api: FaultApi, kubeconfig: Path) -> None:
    client = KubeClient(kubeconfig)
    stream = client.stream("/api/v1/pods", {"watch": True}, read_seconds=30)
    ended = threading.Event()

    def read() -> None:
        with suppress(KubeError):
            list(stream)
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    api.next_watch("/api/v1/pods")
    stream.close()
    assert ended.wait(1)
    client.close()


def _plugin(folder: Path, expires: str) -> dict[str, object]:
    script = folder / "plugin.sh"
    script.write_text(
        f'n=$(cat {folder}/count 2>/dev/null || echo 0); n=$((n+1)); printf %s "$n" > {folder}/count\n'
        'echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",'
        f'\\"status\\":{{\\"token\\":\\"token-$n\\",\\"expirationTimestamp\\":\\"{expires}\\"}}}}"\n'
    )
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": [str(script)]}}
