"""The certificate that a host serves: a handshake that trusts anybody and sends nothing, and what is in it."""

import socket
import ssl
import time
from contextlib import closing

from tui.model.installation import Certificate
from tui.sources.installation.crew import NotKnown
from tui.sources.prometheus.fault import one_line

SECONDS = 3.0


def read_certificate(host: str, port: int, seconds: float = SECONDS) -> Certificate:
    """Blocks for ``seconds`` at most. Raises ``NotKnown`` where nothing there speaks TLS."""
    where = f"{host}:{port}"
    end = time.monotonic() + seconds
    try:
        with closing(socket.create_connection((host, port), seconds)) as plain:
            plain.settimeout(max(0.1, end - time.monotonic()))
            with _trusting().wrap_socket(plain, server_hostname=host) as secured:
                der = secured.getpeercert(binary_form=True)
    except TimeoutError:
        raise NotKnown(f"{where} did not answer within {seconds:g} s: is a firewall between?") from None
    except ssl.SSLError as error:
        raise NotKnown(f"{where} does not speak TLS ({one_line(error.reason or str(error), 80)})") from None
    except socket.gaierror:
        raise NotKnown(f"{host} does not resolve") from None
    except (OSError, ValueError) as error:  # ValueError: a host that is no name
        raise NotKnown(f"{where}: {one_line(str(getattr(error, 'strerror', None) or error), 80)}") from None
    if not der:
        raise NotKnown(f"{where} shows no certificate")
    try:
        return parse(der)
    except ValueError as error:
        raise NotKnown(f"{where}: its certificate can't be read ({one_line(str(error), 80)})") from None


def parse(der: bytes) -> Certificate:
    """Raises ValueError for what is no certificate."""
    from cryptography import x509  # two hundredths of a second that nobody else here needs

    found = x509.load_der_x509_certificate(der)
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = (
            *extension.get_values_for_type(x509.DNSName),
            *map(str, extension.get_values_for_type(x509.IPAddress)),
        )
    except x509.ExtensionNotFound:
        names = ()
    common = [str(entry.value) for entry in found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    return Certificate(
        names=names or tuple(common),
        not_after=found.not_valid_after_utc.timestamp(),
        self_signed=found.issuer == found.subject,
        issuer=one_line(found.issuer.rfc4514_string()),
    )


def _trusting() -> ssl.SSLContext:
    """It is the certificate that is looked at, so none is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
