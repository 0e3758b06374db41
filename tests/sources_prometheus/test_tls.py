"""HTTPS with a certificate of one's own: refused, trusted by its CA file, or taken on request."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from config.secret import Secret
from config.settings import RunaiSettings
from tests.sources_prometheus.kit import HeldClock, Kept, poller, settings
from tests.sources_prometheus.server import FakePrometheus, FaultServer, Reply
from tui.model.status import SourceState, SourceStatus
from tui.sources.runai.rounds import Rounds

SERIES = {"DCGM_FI_DEV_GPU_UTIL": [({"Hostname": "node001", "gpu": "0"}, "44")]}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in ``key.pem`` beside it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "prometheus.lab")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return folder / "cert.pem"


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


def status_of(url: str, **changes: object) -> SourceStatus:
    with poller(settings(url, **changes)) as polled:
        kept = Kept()
        polled.step(kept)
    return kept.status


def test_an_own_certificate(tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(FakePrometheus(SERIES), tls) as server:
        refused = status_of(server.url)
        assert refused.state is SourceState.FAILED
        assert "set prometheus.ca_file" in refused.detail
        assert status_of(server.url, ca_file=certificate).state is SourceState.LIVE
        assert status_of(server.url, insecure_skip_verify=True).state is SourceState.LIVE
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ssl.get_default_verify_paths().openssl_cafile)
        assert status_of(server.url, ca_file=certificate).state is SourceState.LIVE


def test_an_own_certificate_of_the_control_plane(tls: ssl.SSLContext, certificate: Path) -> None:
    def status(**changes: object) -> SourceStatus:
        made = RunaiSettings(server.url, "me", Secret("s"), **changes)  # type: ignore[arg-type]
        kept = Kept()
        rounds = Rounds(made, HeldClock(), None, None, per_gpu=False)
        rounds.step(kept)
        rounds.close()
        return kept.status

    with FaultServer(lambda asked: Reply(500, b""), tls) as server:
        server._server.RequestHandlerClass.do_POST = server._server.RequestHandlerClass.do_GET  # type: ignore[attr-defined]
        assert "set runai.ca_file" in status().detail
        assert "500 for /api/v2/token" in status(ca_file=certificate).detail
        assert "500 for /api/v2/token" in status(insecure_skip_verify=True).detail
        assert "holds no certificate" in status(ca_file=certificate.with_name("key.pem")).detail
