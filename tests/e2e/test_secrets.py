"""No token, client secret or key appears in what is printed, logged, or recorded."""

import base64
from pathlib import Path

import pytest

from tests.e2e.conftest import Lab, Read
from tui.store.recording import Recording


@pytest.fixture
def secrets(lab: Lab) -> tuple[str, ...]:
    """All that must not be seen: as it is, and as a Secret carries it."""
    client_secret = Path(lab.printed["runai"]["client_secret_file"]).read_text().strip()
    keys = lab.raw.get("/api/v1/namespaces/runai-test/secrets/ngc-api-key")["data"].values()
    plain = [lab.raw.token, client_secret, *(base64.b64decode(key).decode() for key in keys)]
    assert all(len(one) > 10 for one in plain)
    return (*plain, *(base64.b64encode(one.encode()).decode() for one in plain))


def assert_none(secrets: tuple[str, ...], text: str) -> None:
    assert not [one for one in secrets if one in text]


def test_nothing_printed_logged_or_recorded_holds_a_secret(
    read: Read, lab: Lab, secrets: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runai, log, path = lab.printed["runai"], home / "log", home / "recording"
    monkeypatch.setenv("NIMDECK_RUNAI_CLIENT_ID", runai["client_id"])
    monkeypatch.setenv("NIMDECK_RUNAI_CLIENT_SECRET_FILE", runai["client_secret_file"])
    flags = (*lab.flags, "--runai", runai["url"], "--log-file", str(log))
    for kind in ("nodes", "workloads", "projects", "pending", "events"):
        answer = read(kind, "-o", "json", *flags)
        assert answer.state("runai") == "live"
        assert_none(secrets, answer.out + answer.err)
    answer = read("config", "show", *flags)
    assert answer.code == 0
    assert_none(secrets, answer.out + answer.err)
    recorded = read("record", str(path), "--duration", "0.6", *flags, lines=2)
    assert recorded.code == 0
    assert_none(secrets, recorded.out + recorded.err)
    assert_none(secrets, log.read_text())
    recording = Recording(path)
    try:
        for place in range(len(recording.marks)):
            assert_none(secrets, repr(recording.snapshot(place)))
    finally:
        recording.close()
    assert (path.stat().st_mode & 0o777) == 0o600


def test_nor_do_the_errors(
    read: Read, lab: Lab, secrets: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that the server refuses, a client secret that is wrong, a Prometheus that wants another password."""
    config = Path(lab.printed["kubeconfig"]).read_text()
    wrong = lab.raw.token[::-1]
    kubeconfig = home / "kubeconfig"
    kubeconfig.write_text(config.replace(lab.raw.token, wrong))
    monkeypatch.setenv("NIMDECK_RUNAI_CLIENT_ID", lab.printed["runai"]["client_id"])
    monkeypatch.setenv("NIMDECK_RUNAI_CLIENT_SECRET", "wrong-client-secret")
    monkeypatch.setenv("NIMDECK_PROMETHEUS_TOKEN", "wrong-prometheus-token")
    log = home / "log"
    answer = read("nodes", "-o", "json", "--kubeconfig", str(kubeconfig), "--prometheus", lab.printed["prometheus"],
                  "--runai", lab.printed["runai"]["url"], "--log-file", str(log), "--timeout", "8")  # fmt: skip
    assert answer.code == 0
    assert answer.state("kubernetes") == "denied"
    assert answer.state("runai") in ("denied", "failed")
    told = (wrong, "wrong-client-secret", "wrong-prometheus-token")
    assert_none((*secrets, *told), answer.out + answer.err + log.read_text())
