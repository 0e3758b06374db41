"""Log-in by client certificate, from the kubeconfig's data and from a plug-in."""

import base64
import datetime
import json
import shlex
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tui.sources.kubernetes import KubeClient
from tui.sources.kubernetes.errors import Unreachable


class Authority:
    """A CA of the test's own, and certificates signed by it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test-ca")])
        self._certificate = self._signed(self._name, self._key.public_key(), is_ca=True)

    @property
    def pem(self) -> bytes:
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, name: str) -> tuple[bytes, bytes]:
        """Certificate and key as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        certificate = self._signed(subject, key.public_key(), is_ca=False)
        return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(*form)

    def _signed(self, subject: x509.Name, key: Any, is_ca: bool) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )


class WhoAmI(BaseHTTPRequestHandler):
    """Answers with the common name of the certificate that the client showed."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        shown: Any = self.connection.getpeercert()
        body = json.dumps({"user": shown["subject"][0][0][1]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client without a certificate fails the handshake: that is the test."""


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def url(authority: Authority, tmp_path: Path) -> Iterator[str]:
    certificate, key = authority.issue("server")
    pair = tmp_path / "server.pem"
    pair.write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem.decode())
    server = QuietServer(("127.0.0.1", 0), WhoAmI)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(2)


def kubeconfig(path: Path, url: str, authority: Authority, user: dict[str, Any]) -> Path:
    cluster = {"server": url, "certificate-authority-data": base64.b64encode(authority.pem).decode()}
    document = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(json.dumps(document))
    return path


def test_certificate_of_the_kubeconfig(authority: Authority, url: str, tmp_path: Path) -> None:
    certificate, key = authority.issue("jane")
    user = {
        "client-certificate-data": base64.b64encode(certificate).decode(),
        "client-key-data": base64.b64encode(key).decode(),
    }
    client = KubeClient(kubeconfig(tmp_path / "k", url, authority, user))
    assert client.get_json("/whoami") == {"user": "jane"}
    with client.requests_session() as session:
        assert session.get(url + "/whoami", timeout=5).json() == {"user": "jane"}
    client.close()


def test_certificate_of_a_plugin(authority: Authority, url: str, tmp_path: Path) -> None:
    certificate, key = authority.issue("plugged")
    status = {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    (tmp_path / "answer").write_text(json.dumps(answer))
    command = f"cat {shlex.quote(str(tmp_path / 'answer'))}"
    user = {"exec": {"apiVersion": answer["apiVersion"], "command": "sh", "args": ["-c", command]}}
    client = KubeClient(kubeconfig(tmp_path / "k", url, authority, user))
    assert client.get_json("/whoami") == {"user": "plugged"}
    client.close()


def test_no_certificate_where_one_is_asked_for(authority: Authority, url: str, tmp_path: Path) -> None:
    client = KubeClient(kubeconfig(tmp_path / "k", url, authority, {"token": "t"}))
    with pytest.raises(Unreachable) as raised:
        client.get("/whoami")
    assert "\n" not in str(raised.value)
    client.close()
