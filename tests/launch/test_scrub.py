"""No credential is left in a line of text, whatever stands around it; words that hold none stay."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.launch.hidden import credentials_in, hide
from tui.launch.scrub import Scrubber, scrub

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
CORE = st.text(LETTERS, min_size=20, max_size=40).map(lambda text: f"Zq7{text}")
"""What must not be seen: long enough that it can't come about by chance."""

SHAPES = (
    "nvapi-{}",
    "Authorization: Bearer {}",
    "authorization: Token {}",
    '{{"Authorization": "Bearer {}"}}',
    "curl -H 'Authorization: Basic {}'",
    "Cookie: session={}; theme=dark",
    "bearer {}",
    "postgres://admin:{}@db.runai:5432/x",
    "https://{}@github.com/org/repo",
    "https://user:p@ss{}@host/path",
    "GET /v2/models?api_key={}&page=2",
    "https://s3/x?X-Amz-Signature={}",
    "password={}",
    "DB_PASSWORD: {}",
    'password="{}"',
    'password="two words {}',
    "NGC_API_KEY={}",
    "AWS_SECRET_ACCESS_KEY={}",
    "export HF_TOKEN='{}'",
    '{{"password": "{}", "user": "x"}}',
    '"{{\\"token\\": \\"{}\\"}}"',
    '{{"name":"MY_SECRET","value":"{}"}}',
    "{{Name:MY_SECRET Value:{}}}",
    "--password {} --port 1",
    "--api-key={}",
    '{{"auths":{{"nvcr.io":{{"auth":"{}"}}}}}}',
    "hf_{}",
    "ghp_{}",
    "AWS_ACCESS_KEY_ID=AKIA{}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{}",
    "-----BEGIN RSA PRIVATE KEY-----\\n{}\\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n{}\n",
    "client-key-data: {}",
)
AROUND = st.text("abc xyz.,;:=/{}[]()<>\"'\\@&?-_\t0", max_size=12)


@pytest.mark.parametrize("shape", SHAPES)
@given(core=CORE)
def test_each_shape_is_hidden(shape: str, core: str) -> None:
    shown = scrub(f"10:01 worker: {shape.format(core)} (retry)")
    assert core not in shown
    assert shown.startswith("10:01 worker: ")


@given(st.lists(st.tuples(AROUND, st.sampled_from(SHAPES), CORE), min_size=1, max_size=3), AROUND)
def test_whatever_stands_around_it(parts: list[tuple[str, str, str]], end: str) -> None:
    line = " ".join(f"{before} {shape.format(core)}" for before, shape, core in parts) + " " + end
    shown = scrub(line)
    assert not [core for _, _, core in parts if core in shown], shown


@given(st.text(max_size=60) | st.tuples(AROUND, st.sampled_from(SHAPES), CORE, AROUND).map(
    lambda parts: parts[0] + parts[1].format(parts[2]) + parts[3]))  # fmt: skip
def test_done_twice_is_done_once(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


@pytest.mark.parametrize(
    "line",
    [
        "0/16 nodes are available: 16 Insufficient nvidia.com/gpu. preemption: 0/16 nodes are available",
        'secret "ngc-api-key" not found',
        "Back-off pulling image docker-pullable://nvcr.io/nim/meta/llama@sha256:0123456789abcdef",
        "max_tokens=2048 tokens: 512 prompt tokens",
        "SECRET:ngc-api-key,NGC_API_KEY",
        "basic authentication is not configured; see http://host:8000/v1/health/ready",
        "loading tokenizer: llama, topologyKey: kubernetes.io/hostname",
        "password: null, token=***",
        "author: someone, KeyError: 'x'",
        "runai-lab/ngc-api-key and 5 more",
        "failed to fetch anonymous token: unexpected status from GET https://nvcr.io/proxy_auth: 401 Unauthorized",
        "secret/no-such-secret: there is no Secret no-such-secret in runai-lab",
        "kubectl create secret tls domain-tls-secret -n runai --cert a.crt --key a.key",
        "GET http://10.0.0.1:8000/v1/models?limit=2 200",
    ],
)
def test_what_holds_no_credential_stays_readable(line: str) -> None:
    assert scrub(line) == line


@given(st.lists(CORE, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_a_key_over_several_lines_is_hidden_even_if_only_a_part_is_seen(
    bodies: list[str], begun: bool, ended: bool
) -> None:
    long = [body * 2 for body in bodies]  # a line of such a block has 64 letters
    block = [
        *(["x: -----BEGIN RSA PRIVATE KEY-----"] if begun else []),
        *long,
        *(["-----END RSA PRIVATE KEY----- y"] if ended else []),
    ]
    after = [] if begun and not ended else ["after"]
    shown = list(Scrubber().lines(["before", *block, *after]))
    assert not [body for body in bodies if body in "\n".join(shown)]
    assert shown[0] == "before"
    assert not after or shown[-1] == "after"


@given(st.text(LETTERS + "!$%-_", min_size=6, max_size=20), AROUND)
def test_a_known_value_is_hidden_wherever_it_stands_in_base64_too(value: str, around: str) -> None:
    scrubber = Scrubber([value, "", "abc"])
    coded = base64.b64encode(value.encode()).decode()
    shown = scrubber.text(f"starting with {around} {value} {around} and {coded}")
    assert value not in shown.replace("starting with", "")
    assert coded not in shown
    assert scrubber.text("abc") == "abc"  # too short to be told from a word


def test_a_line_without_end_takes_no_time() -> None:
    for letters in ("a" * 200_000, "password" * 20_000, "://" * 60_000, "token = " * 30_000, "name:" * 40_000):
        assert len(next(iter(Scrubber().lines([letters])))) <= 20_000


def test_what_an_object_hides_is_known() -> None:
    found = {
        "spec": {"env": [{"name": "DB_PASSWORD", "value": "hunter22"}, {"name": "A", "value": "plain"}]},
        "metadata": {"annotations": {"last-applied": '{"env":[{"name":"X_TOKEN","value":"inner-one"}],"a":1}'}},
        "args": ["--password", "by-flag", "--port", "8000"],
        "kind": "Secret",
        "data": {"k": "b64"},
    }
    shown = hide(found)
    assert set(credentials_in(found, shown)) == {"hunter22", "inner-one", "by-flag", "b64"}
    assert not [word for word in ("hunter22", "inner-one", "by-flag", "b64") if word in str(shown)]
    assert '"a":1' in str(shown)
    assert "8000" in str(shown)
