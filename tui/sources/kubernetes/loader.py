"""The official kubeconfig loader, with one thing put right: how a plug-in that logs in is run.

The original prints a plug-in's failure through the root logger and hands it our terminal; both would wreck a screen.
Here a failure is one line, and the plug-in gets no terminal and a time limit. Imports ``kubernetes``: this module is
imported on first use only.
"""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

from kubernetes.config.dateutil import parse_rfc3339
from kubernetes.config.exec_provider import ExecProvider
from kubernetes.config.kube_config import FileOrData, KubeConfigLoader

from tui.sources.kubernetes.errors import BadConfig, one_line

PLUGIN_SECONDS = 60.0
RENEW_BEFORE = timedelta(seconds=10)


class Loader(KubeConfigLoader):  # type: ignore[misc]
    """Runs exec plug-ins quietly; a token and a client certificate may both come from one."""

    def _load_from_exec_plugin(self) -> bool | None:
        if "exec" not in self._user:
            return None
        base_path = self._get_base_path(self._cluster.path)
        provider = ExecProvider(self._user["exec"], base_path, self._cluster)
        status = run_plugin(provider, self._user["exec"].safe_get("installHint"))
        if "token" in status:
            self.token = f"Bearer {status['token']}"
        if "clientCertificateData" in status and "clientKeyData" in status:
            self.cert_file = self._as_file(status, "clientCertificateData", base_path)
            self.key_file = self._as_file(status, "clientKeyData", base_path)
        elif "token" not in status:
            raise BadConfig(f"plug-in {provider.args[0]}: its answer has neither a token nor a client certificate")
        if "expirationTimestamp" in status:
            self.expiry = parse_rfc3339(status["expirationTimestamp"])
        return True

    def _set_config(self, client_configuration: Any) -> None:
        super()._set_config(client_configuration)
        if "expiry" in self.__dict__ and self._user and "exec" in self._user:
            client_configuration.refresh_api_key_hook = self._renew

    def _renew(self, configuration: Any) -> None:
        """Run the plug-in again shortly before its token ends. The original does so all through its last 5 minutes,
        which for a short-lived token is at every request."""
        if self.expiry - RENEW_BEFORE <= datetime.now(UTC):
            self._load_from_exec_plugin()
            self._set_config(configuration)

    def _as_file(self, status: dict[str, Any], key: str, base_path: str) -> Any:
        return FileOrData(
            status, None, data_key_name=key, file_base_path=base_path, base64_file_content=False
        ).as_file()


def run_plugin(provider: Any, install_hint: object = None) -> dict[str, Any]:
    """Run a credential plug-in and return the ``status`` of its ``ExecCredential``. Raises ``BadConfig``."""
    name = provider.args[0]
    info = {
        "apiVersion": provider.api_version,
        "kind": "ExecCredential",
        "spec": {"interactive": False, **_cluster_info(provider)},
    }
    try:
        done = subprocess.run(
            provider.args,
            env={**provider.env, "KUBERNETES_EXEC_INFO": json.dumps(info)},
            cwd=provider.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PLUGIN_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        hint = f": {one_line(str(install_hint))}" if install_hint else "; install it or choose another user"
        raise BadConfig(f"plug-in {name} of the kubeconfig is not on this machine{hint}") from None
    except subprocess.TimeoutExpired:
        raise BadConfig(f"plug-in {name} did not answer in {PLUGIN_SECONDS:.0f} s: run it by hand to log in") from None
    except OSError as error:
        raise BadConfig(f"plug-in {name} can't be run: {error.strerror}") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = f": {one_line(said[-1])}" if said else ""
        raise BadConfig(f"plug-in {name} ended with {done.returncode}{why}; run it by hand to log in")
    return _status_of(done.stdout, name)


def _cluster_info(provider: Any) -> dict[str, Any]:
    """What a plug-in that asked with ``provideClusterInfo`` is told of the cluster."""
    if not provider.cluster:
        return {}
    cluster = dict(provider.cluster.value)
    for extension in cluster.pop("extensions", None) or ():
        if extension.get("name") == "client.authentication.k8s.io/exec":
            cluster["config"] = extension.get("extension")
    return {"cluster": cluster}


def _status_of(output: bytes, name: str) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        raise BadConfig(f"plug-in {name} did not print an ExecCredential in JSON") from None
    status = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(status, dict):
        raise BadConfig(f"plug-in {name} printed an ExecCredential without a status; run it by hand to log in")
    return status
