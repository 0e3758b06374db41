"""The certificate of a URL: good, expired, for another name; and what answers there without TLS, or not at all."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.sources_prometheus.server import FaultServer, Reply, free_port
from tui.sources.installation.certificate import read_certificate
from tui.sources.installation.crew import NotKnown
from tui.sources.installation.network import host_and_port, resolve

NOW = datetime.now(UTC).replace(microsecond=0)


def context_of(folder: Path, common_name: str, names: tuple[str, ...], not_after: datetime) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(not_after)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


@contextmanager
def silent() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_expired_certificate_for_another_name(tmp_path: Path) -> None:
    ended = NOW - timedelta(days=3)
    tls = context_of(tmp_path, "era.nvidia.com", ("other.example", "*.apps.example"), ended)
    with FaultServer(lambda asked: Reply(), tls) as server:
        found = read_certificate("127.0.0.1", int(server.url.rpartition(":")[2]))
    assert found.names == ("other.example", "*.apps.example")
    assert found.not_after == ended.timestamp()
    assert found.self_signed is True and "era.nvidia.com" in found.issuer


def test_the_guides_certificate_has_a_common_name_alone(tmp_path: Path) -> None:
    tls = context_of(tmp_path, "era.nvidia.com", (), NOW + timedelta(days=365))
    with FaultServer(lambda asked: Reply(), tls) as server:
        found = read_certificate("localhost", int(server.url.rpartition(":")[2]))
    assert found.names == ("era.nvidia.com",)


def test_what_is_no_tls_is_said() -> None:
    with FaultServer(lambda asked: Reply()) as server, pytest.raises(NotKnown, match="does not speak TLS"):
        read_certificate("127.0.0.1", int(server.url.rpartition(":")[2]))


def test_nothing_listens() -> None:
    with pytest.raises(NotKnown, match="refused"):
        read_certificate("127.0.0.1", free_port())


def test_who_says_nothing_is_not_waited_for() -> None:
    begun = time.monotonic()
    with silent() as port, pytest.raises(NotKnown, match=r"did not answer within 0.3 s"):
        read_certificate("127.0.0.1", port, 0.3)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://era.nvidia.com", ("era.nvidia.com", 443)),
        ("https://era.nvidia.com:8443/x", ("era.nvidia.com", 8443)),
        ("http://era.nvidia.com:80", ("era.nvidia.com", 443)),
        ("runai.cluster.local", ("runai.cluster.local", 443)),
        ("https://[::1]:99", ("::1", 99)),
        ("https://a:b:c", ("", 443)),
        ("https://", ("", 443)),
        ("", ("", 443)),
    ],
)
def test_host_and_port(url: str, expected: tuple[str, int]) -> None:
    assert host_and_port(url) == expected


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("10.1.2.3") == ("10.1.2.3",)
    assert "127.0.0.1" in resolve("localhost")

    def refuse(code: int) -> None:
        def getaddrinfo(*_: object, **__: object) -> None:
            raise socket.gaierror(code, "no answer")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    refuse(socket.EAI_NONAME)
    assert resolve("no-such.example") == ()
    refuse(socket.EAI_AGAIN)
    with pytest.raises(NotKnown, match="can't be looked up"):
        resolve("era.nvidia.com")
