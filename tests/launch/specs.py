"""Specs for tests: the guide's, and any that the checks let pass."""

from hypothesis import strategies as st

from tui.launch.checks import check
from tui.model.launch_spec import (
    CpuAsk,
    EnvVar,
    GpuAsk,
    LaunchSpec,
    NewClaim,
    NfsVolume,
    Ngc,
    Replicas,
    SecretRef,
    Storage,
)

GUIDE = LaunchSpec(
    name="llama-8b-single-gpu",
    project="test",
    model="meta/llama-3.1-8b-instruct",
    gpu=GpuAsk(portion=0.5),
    replicas=Replicas(1, 2, "concurrency", 1000),
    storage=Storage("nfs-pvc-nim"),
    ngc=Ngc("ngc-api-key"),
)

MIB = 2**20
names = st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
secrets = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,10}[a-z0-9])?", fullmatch=True).filter(
    lambda text: ".." not in text and ".-" not in text and "-." not in text
)
keys = st.from_regex(r"[-._a-zA-Z0-9]{1,20}", fullmatch=True)
paths = st.from_regex(r"/[a-z.]{1,8}(/[a-z0-9_ .-]{1,8}){0,2}", fullmatch=True).filter(
    lambda path: path == path.strip() and ".." not in path.split("/")
)
sizes = st.integers(1, 4 * 2**20).map(lambda count: count * MIB)
portions = st.integers(1, 99).map(lambda percent: percent / 100)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)
label_keys = st.from_regex(r"([a-z]{1,8}\.io/)?[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,12}[a-zA-Z0-9])?", fullmatch=True)
label_values = st.from_regex(r"|[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,12}[a-zA-Z0-9])?", fullmatch=True)


@st.composite
def gpus(draw: st.DrawFn) -> GpuAsk:
    kind = draw(st.sampled_from(["whole", "portion", "memory"]))
    if kind == "whole":
        return GpuAsk(draw(st.integers(0, 8)))
    devices = draw(st.integers(1, 4))
    if kind == "portion":
        portion = draw(portions)
        limit = draw(st.none() | st.floats(portion, 1).map(lambda f: max(portion, round(f, 2))))
        return GpuAsk(devices, portion=portion, portion_limit=limit)
    memory = draw(sizes)
    return GpuAsk(devices, memory_bytes=memory, memory_limit_bytes=draw(st.none() | st.just(2 * memory)))


@st.composite
def replicas(draw: st.DrawFn) -> Replicas:
    lowest = draw(st.integers(0, 5))
    highest = draw(st.integers(max(1, lowest), 9))
    metric = draw(st.sampled_from(["concurrency", "throughput"] + (["latency"] if lowest else [])))
    moves = lowest < highest
    return Replicas(
        lowest,
        highest,
        metric if moves else None,
        draw(st.integers(1, 9999)) if moves else None,
        draw(st.none() | st.integers(lowest, highest)),
        draw(st.none() | st.integers(0, 3600)) if not lowest else None,
    )


cpus = st.builds(
    CpuAsk,
    cores=st.none() | st.integers(1, 5000).map(lambda milli: milli / 1000),
    cores_limit=st.none() | st.integers(6, 90).map(float),
    memory_bytes=st.none() | sizes,
    memory_limit_bytes=st.none() | sizes.map(lambda size: size + 4 * 2**40),
)
claims = st.none() | st.builds(
    NewClaim,
    sizes,
    st.none() | secrets,
    st.sampled_from(["ReadWriteMany", "ReadWriteOnce"]),
    st.none() | st.builds(NfsVolume, secrets, st.sampled_from(["10.0.0.1", "nfs.example", "fd00::1"]), paths),
)
variables = st.lists(
    st.builds(
        EnvVar,
        st.from_regex(r"[A-Z][A-Z0-9_]{0,12}", fullmatch=True).filter(lambda name: name != "PORT"),
        words | st.builds(SecretRef, secrets, keys),
    ),
    max_size=4,
    unique_by=lambda variable: variable.name,
).map(tuple)


def storages(new: NewClaim | None) -> st.SearchStrategy[Storage]:
    return st.builds(Storage, secrets, paths, st.just(False) if new else st.booleans(), st.just(new))


@st.composite
def specs(draw: st.DrawFn) -> LaunchSpec:
    """Any spec that the checks let pass, with fields of Run:ai and of plain Kubernetes."""
    runai = draw(st.booleans())
    is_new = draw(claims)
    own = draw(st.booleans())
    gpu = draw(gpus()) if runai else GpuAsk(draw(st.integers(0, 8)))
    count = draw(st.integers(1, 9))
    spec = LaunchSpec(
        name=draw(names),
        project=draw(names),
        namespace=draw(st.none() | names),
        model=None if own else draw(st.sampled_from(["meta/llama-3.1-8b-instruct", "acme/new.one"])),
        image=draw(st.sampled_from(["acme.io:5000/x/serve", "serve", f"a/b@sha256:{'0' * 64}"])) if own else None,
        version=None if own else draw(st.none() | st.sampled_from(["1.8.4", "1.10", "latest", "2024-01-01", "on"])),
        profile=draw(st.none() | st.sampled_from(["0" * 64, "tensorrt_llm-h100", "7"])),
        gpu=gpu,
        cpu=draw(cpus),
        scheduler="runai" if runai else "kubernetes",
        replicas=draw(replicas()) if runai else Replicas(count, count),
        storage=draw(st.none() | storages(is_new)),
        ngc=draw(st.none() | st.builds(Ngc, secrets, keys, st.none() | secrets)),
        port=draw(st.sampled_from([8000, 80, 65535])),
        protocol=draw(st.sampled_from(["http", "grpc"])),
        environment=draw(variables),
        node_pools=tuple(draw(st.lists(names, max_size=2, unique=True))) if runai else (),
        priority=draw(st.none() | names),
        preemptible=draw(st.none() | st.booleans()) if runai else None,
        delete_after_seconds=draw(st.none() | st.integers(1, 10**7)) if runai else None,
        labels=tuple(draw(st.dictionaries(label_keys, label_values, max_size=2)).items()),
        annotations=tuple(draw(st.dictionaries(label_keys, words, max_size=2)).items()),
    )  # fmt: skip
    faults = [fault for fault in check(spec) if not fault.field.startswith("environment")]
    assert not faults, faults  # the generator itself must know the rules
    return spec
