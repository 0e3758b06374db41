"""Launch specs in files: what is read, what is refused and how that is told."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.launch.specs import GUIDE, specs
from tui.launch.spec_file import SpecError, dump_spec, load_spec, load_specs, parse_spec, save_spec
from tui.model.launch_spec import CpuAsk, EnvVar, GpuAsk, LaunchSpec, NewClaim, NfsVolume, Replicas, SecretRef

ISSUE = """\
name: llama-8b-single-gpu
project: test                       # namespace runai-test, or whatever the project's status says
model: meta/llama-3.1-8b-instruct   # or image: nvcr.io/...
gpu: 0.5
scheduler: runai
replicas: {min: 1, max: 2, metric: concurrency, target: 1000}
storage: {pvc: nfs-pvc-nim, path: /opt/nim/.cache}
ngc: {secret: ngc-api-key, key: NGC_API_KEY}
port: 8000
"""
LEAST = "name: a\nproject: p\nmodel: m/x\n"
TOML = """\
name = "llama-8b-single-gpu"
project = "test"
model = "meta/llama-3.1-8b-instruct"
gpu = 0.5
replicas = {min = 1, max = 2, metric = "concurrency", target = 1000}
[storage]
pvc = "nfs-pvc-nim"
[ngc]
secret = "ngc-api-key"
"""


def refused(text: str, form: str = "yaml") -> tuple[str, ...]:
    with pytest.raises(SpecError) as error:
        parse_spec(text, form)
    assert all("\n" not in line for line in error.value.lines)
    assert "\n" not in str(error.value)
    return error.value.lines


def test_the_form_of_the_guides_listing() -> None:
    assert parse_spec(ISSUE, "yaml") == GUIDE
    assert parse_spec(TOML, "toml") == GUIDE


def test_the_file_says_only_what_differs() -> None:
    assert dump_spec(GUIDE) == (
        "name: llama-8b-single-gpu\n"
        "project: test\n"
        "model: meta/llama-3.1-8b-instruct\n"
        "gpu: 0.5\n"
        "replicas: {min: 1, max: 2, metric: concurrency, target: 1000}\n"
        "storage: {pvc: nfs-pvc-nim, path: /opt/nim/.cache}\n"
        "ngc: {secret: ngc-api-key, key: NGC_API_KEY}\n"
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_a_spec_survives_its_file(spec: LaunchSpec) -> None:
    text = dump_spec(spec)
    assert parse_spec(text, "yaml", checked=False) == spec
    assert dump_spec(parse_spec(text, "yaml", checked=False)) == text


@pytest.mark.parametrize(
    ("written", "gpu"),
    [
        ("0.5", GpuAsk(portion=0.5)),
        ("2", GpuAsk(2)),
        ("0", GpuAsk(0)),
        ("1", GpuAsk(1)),
        ("2.0", GpuAsk(2)),
        ("{devices: 2, portion: 0.5}", GpuAsk(2, portion=0.5)),
        ("{memory: 40Gi}", GpuAsk(memory_bytes=40 * 2**30)),
        ("{memory: 20G, memory_limit: 1.5Ti}", GpuAsk(memory_bytes=20 * 10**9, memory_limit_bytes=3 * 2**39)),
        ("{portion: 0.5, limit: 1.0}", GpuAsk(portion=0.5, portion_limit=1.0)),
    ],
)
def test_gpus(written: str, gpu: GpuAsk) -> None:
    assert parse_spec(f"{LEAST}gpu: {written}", "yaml").gpu == gpu


def test_the_longer_forms() -> None:
    spec = parse_spec(
        LEAST
        + """
cpu: {cores: 0.5, memory: 32Gi}
replicas: {min: 0, idle: 30m}
storage:
  pvc: cache
  new:
    size: 100Gi
    storage_class: nfs-storage
    volume: {name: nfs-pv, server: 10.185.118.25, path: /mnt/cm-nfs}
environment:
  HF_TOKEN: {secret: hf, key: token}
  NIM_KVCACHE_PERCENT: "0.4"
node_pools: h100
preemptible: yes
delete_after: 30d
labels: {team: red}
""",
        "yaml",
    )
    assert spec.cpu == CpuAsk(cores=0.5, memory_bytes=2**35)
    assert spec.replicas == Replicas(0, 1, idle_seconds=1800)
    assert spec.storage is not None
    assert spec.storage.new == NewClaim(
        100 * 2**30, "nfs-storage", volume=NfsVolume("nfs-pv", "10.185.118.25", "/mnt/cm-nfs")
    )
    assert spec.environment == (
        EnvVar("HF_TOKEN", SecretRef("hf", "token")),
        EnvVar("NIM_KVCACHE_PERCENT", "0.4"),
    )
    assert spec.node_pools == ("h100",) and spec.preemptible is True
    assert spec.delete_after_seconds == 30 * 86400
    assert parse_spec(f"{LEAST}replicas: 3\ncpu: 4", "yaml").replicas == Replicas(3, 3)
    assert parse_spec(f"{LEAST}delete_after: 1h30m", "yaml").delete_after_seconds == 5400
    assert parse_spec(f"{LEAST}delete_after: 1800", "yaml").delete_after_seconds == 1800
    assert parse_spec(f'{LEAST}delete_after: "1800"', "yaml").delete_after_seconds == 1800


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("gpu: 1.5", "gpu (line 4): '1.5': is neither a portion of one device nor a whole number of devices"),
        ("gpu: -1", "gpu (line 4): '-1': is below 0"),
        ('gpu: "0.5"', "gpu (line 4): '0.5': is a text; write it without quotes: 0.5"),
        ("gpu: NaN", "gpu (line 4): 'NaN': is not a number; write one, such as 0.5"),
        ("replicas: '2'", "replicas (line 4): '2': is a text; write it without quotes: 2"),
        ("cpu: '4'", "cpu (line 4): '4': is a text; write it without quotes: 4"),
        ("gpu: true", "gpu (line 4): 'true': is not a number"),
        ("gpu: [1]", "gpu (line 4): 'a list': is a list"),
        ("gpu:", "gpu (line 4): is empty; give a value or leave it out"),
        ("gpu: .inf", "gpu (line 4): '.inf': write the number plainly"),
        ("gpu: 1:30", "gpu (line 4): '1:30': write the number plainly"),
        ("gpu: 0x2", "gpu (line 4): '0x2': write the number plainly"),
        ("gpu: {portion: 0.5, memory: 40Gi}", "gpu.memory (line 4): '40Gi': goes not with gpu.portion"),
        ("gpu: {memory: 40}", "gpu.memory (line 4): '40': is not a size; write it with its unit"),
        ("gpu: {memory: 40GB}", "gpu.memory (line 4): '40GB': is not a size"),
        ("gpu: {divices: 2}", "gpu.divices (line 4): unknown field; did you mean devices?"),
        ("port: '8000'", "port (line 4): '8000': is a text; write it without quotes: 8000"),
        ("port: yes", "port (line 4): 'yes': is not a whole number"),
        ("port: 80.5", "port (line 4): '80.5': is not a whole number"),
        ("port: 70000", "port (line 4): '70000': is no port"),
        ("port: " + "9" * 30, "port (line 4): '" + "9" * 30 + "': write the number plainly"),
        ("version: 1.10", 'version (line 4): \'1.10\': is not a text; write it in quotes: "1.10"'),
        ("preemptible: 1", "preemptible (line 4): '1': is neither true nor false"),
        ("delete_after: soon", "delete_after (line 4): 'soon': is not a duration"),
        ("replicas:\n  min: 3\n  max: 2", "replicas.max (line 6): '2': is below replicas.min; give 3 or more"),
        ("replicas: {min: 1, max: 2}", "replicas.metric (line 4): is missing; give what moves the number"),
        ("replicas: {min: 0, metric: latency}", "replicas.metric (line 4): 'latency': can't wake from zero"),
        ("replicas: {min: 1, max: 2, metric: cpu}", "replicas.metric (line 4): 'cpu': is not known; write one of"),
        ("storage: nfs", "storage (line 4): 'nfs': is not a table; write {name: value}"),
        ("storage: {path: /x}", "storage.pvc (line 4): is missing"),
        ("storage: {pvc: a, new: {}}", "storage.new.size (line 4): is missing"),
        ("modle: x", "modle (line 4): unknown field; did you mean model?"),
        ("zzz: x", "zzz (line 4): unknown field; known here: name, project"),
        ("name: b", "name (line 4): stands twice, first on line 1; keep one"),
        ("gpu: &a 1", "the file (line 4): anchors (&) and aliases (*) are not taken"),
        ("gpu: *a\nport: 1\n\n\n", "the file (line 4): anchors (&) and aliases (*) are not taken"),
        ("gpu: !!python/name:os.system x", "gpu (line 4): tags (!) are not taken"),
        ("\tgpu: 1", "the file (line 4): is not YAML: a tab; indent with spaces"),
        ("gpu: {", "is not YAML"),
        ("gpu: \x01", "the file (line 4): is not YAML: a control character"),
        ("? [a]\n: b", "the file (line 4): a field needs a plain name"),
        ("environment: {A: 1}", "environment.A (line 4): '1': is not a text; write it in quotes: \"1\""),
        ("environment: {A: {secret: x}}", "environment.A (line 4): 'a table': is no reference"),
        ("environment: {NGC_API_KEY: x}", "environment.NGC_API_KEY (line 4): has a field of its own"),
        ("environment: {HF_TOKEN: hf_abc}", "environment.HF_TOKEN (line 4): a credential is given by reference"),
        ("environment: {HF_TOKEN: 8675309}", "environment.HF_TOKEN (line 4): a credential is given by reference"),
        ("labels: {nimdeck.io/x: y}", "labels.nimdeck.io/x (line 4): is nimdeck's own"),
        ("node_pools: [a, 1]", "node_pools (line 4): 'a list': is not a text; write it in quotes"),
    ],
)  # fmt: skip
def test_faults_are_told_with_line_value_and_mend(written: str, said: str) -> None:
    (line,) = refused(LEAST + written)
    assert said in line
    assert "hf_abc" not in line and "8675309" not in line


def test_all_faults_at_once_in_the_order_of_the_lines() -> None:
    lines = refused("project: 5\nmodel: m/x\nport: x\nfoo: 1\n")
    assert [line.split()[0] for line in lines] == ["name", "project", "port", "foo"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file: is empty"),
        ("# nothing\n---\n", "the file: is empty"),
        ("- name: a", "the file (line 1): 'a list': is no launch spec"),
        ("just words", "the file (line 1): 'just words': is no launch spec"),
        pytest.param("[" * 60_000, "nested too deeply", id="deep"),
        (f"{LEAST}---\n{LEAST}", "holds 2 specs; give one"),
    ],
)
def test_what_is_no_spec(text: str, said: str) -> None:
    assert said in refused(text)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = a", "the file (line 1): is not TOML: Invalid value"),
        ('name = "a"\nname = "b"', "the file (line 2): is not TOML: Cannot overwrite a value"),
        (f"{TOML}key_ = 1", "ngc.key_ (line 10): unknown field; did you mean key?"),
        (f"port = 'x'\n{TOML}", "port (line 1): 'x': is not a whole number"),
        pytest.param("port = " + "1" * 5000, "is not TOML", id="digits"),
        pytest.param("a = " + "[" * 60_000, "nested too deeply", id="deep"),
        ("port = inf", "port (line 1): 'inf': write the number plainly"),
    ],
)
def test_toml_is_refused_with_its_lines_too(text: str, said: str) -> None:
    assert said in refused(text, "toml")[0]


KEY = "nvapi-aB3dEfGh1234567890_-x"


@pytest.mark.parametrize(
    "text",
    [
        f"{LEAST}ngc: {{secret: {KEY}}}",
        f"{LEAST}environment:\n  NGC_API_KEY: {KEY}",
        f"{LEAST}# {KEY}",
        f"{LEAST}gpu: {{{KEY}: 1}}",
        f"name: {KEY}\n  : broken",
        f"{LEAST}labels: [{KEY}",
    ],
)
@pytest.mark.parametrize("form", ["yaml", "toml"])
def test_an_api_key_is_refused_and_not_repeated(text: str, form: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(text, form)
    told = " ".join([str(error.value), *error.value.lines, repr(error.value.errors)])
    assert KEY not in told and KEY[8:20] not in told
    assert "an NGC API key is never written into a file" in told
    assert error.value.__cause__ is None and error.value.__suppress_context__  # nor in a traceback's other half


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    for name, content, said in [
        ("empty.yaml", b"", "is empty"),
        ("latin.yaml", b"name: \xff", "is not UTF-8 text"),
        ("large.yaml", b"# " + b"x" * (10 * 2**20), "is larger than 64 KiB"),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        began = time.monotonic()
        with pytest.raises(SpecError, match=said) as error:
            load_spec(path)
        assert str(error.value).startswith(f"{path}: ")
        assert time.monotonic() - began < 2
    for path, said in [(tmp_path / "none.yaml", "no such file"), (tmp_path, "directory")]:
        with pytest.raises(SpecError, match=said):
            load_spec(path)


def test_a_file_with_a_byte_order_mark_and_one_of_toml(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_bytes(b"\xef\xbb\xbf" + ISSUE.encode())
    (tmp_path / "spec.toml").write_text(TOML)
    assert load_spec(tmp_path / "spec.yaml") == load_spec(tmp_path / "spec.toml") == GUIDE
    (tmp_path / "two.yaml").write_text(f"{ISSUE}---\n{LEAST}")
    assert [spec.name for spec in load_specs(tmp_path / "two.yaml")] == ["llama-8b-single-gpu", "a"]
    with pytest.raises(SpecError, match="holds 2 specs"):
        load_spec(tmp_path / "two.yaml")


def test_saving_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "spec.yaml"
    save_spec(GUIDE, path)
    assert load_spec(path) == GUIDE
    assert [entry.name for entry in path.parent.iterdir()] == ["spec.yaml"]
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match=r"spec\.yaml"):
        save_spec(GUIDE, path)
    assert [entry.name for entry in path.parent.iterdir()] == ["spec.yaml"]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"([a-z_]{1,6}: ?[\[\]{}&*!|>'\"%@`a-z0-9.:, #-]{0,12}\n){0,4}"))
@pytest.mark.parametrize("form", ["yaml", "toml"])
def test_no_text_is_a_traceback(form: str, text: str) -> None:
    try:
        parse_spec(text, form)
    except SpecError as error:
        assert error.lines
