"""What stands in the fields of the set-up form, and what each field is called and is for. Texts only."""

from dataclasses import dataclass, field, fields, replace

from tui.present import bench_guide as guide

RUN, SEARCH, RATE = "run", "search", "rate"


@dataclass(frozen=True, slots=True)
class FormValues:
    """As text, in the form's order; which texts a choice may have stands in the form's own tables."""

    url: str = ""
    model: str = ""
    isl: str = "2000"
    isl_stddev: str = "0"
    osl: str = "200"
    osl_stddev: str = "0"
    mode: str = SEARCH
    users: str = "1,8,64,128"
    max_users: str = "16384"
    rate: str = ""
    arrival: str = "poisson"
    ttft_ms: str = "1000"
    statistic: str = "mean"
    requests: str = ""
    duration: str = ""
    start: str = "staggered"
    way: str = "bracket"
    budget: str = ""
    attainment: str = ""
    itl_ms: str = ""
    e2e_ms: str = ""
    call: str = "chat"
    api_key: str = field(default="", repr=False)
    api_key_file: str = ""
    headers: str = ""
    header_file: str = ""
    extra: str = ""
    prompts: str = ""
    tokenizer: str = ""
    prefix_tokens: str = "0"
    ca_file: str = ""
    certificate: str = "checked"
    stall_seconds: str = "60"
    max_failed: str = "0.01"
    workers: str = ""
    seed: str = "1"
    resume: str = ""


ADVANCED = tuple(one.name for one in fields(FormValues))[15:]
"""The fields behind the fold: from ``start`` on."""


def changed_advanced(values: FormValues) -> tuple[str, ...]:
    """Which of the fields behind the fold do not stand as they come."""
    standing = FormValues()
    return tuple(name for name in ADVANCED if getattr(values, name).strip() != getattr(standing, name))


def guide_preset(values: FormValues) -> FormValues:
    """As the guide measures: 2000:200 ±50, the most users with a mean TTFT within 1000 ms."""
    return replace(
        values,
        isl=str(guide.ISL),
        isl_stddev=f"{guide.ISL_STDDEV:g}",
        osl=str(guide.OSL),
        osl_stddev="0",
        mode=SEARCH,
        ttft_ms=f"{guide.TTFT_MS:g}",
        statistic=guide.STATISTIC,
    )


LABELS = {
    "url": "address",
    "isl": "ISL",
    "osl": "OSL",
    "isl_stddev": "± of ISL",
    "osl_stddev": "± of OSL",
    "max_users": "users at most",
    "rate": "requests a second",
    "ttft_ms": "TTFT",
    "duration": "seconds",
    "budget": "budget",
    "attainment": "goodput",
    "itl_ms": "ITL",
    "e2e_ms": "whole request",
    "api_key": "API key",
    "api_key_file": "key file",
    "header_file": "header file",
    "extra": "body fields",
    "prompts": "prompts file",
    "prefix_tokens": "shared prefix",
    "ca_file": "CA file",
    "stall_seconds": "stall",
    "max_failed": "failures",
    "resume": "run to go on with",
}
"""What a field is called in words, where that is not its name."""

HELP = {
    "advanced": "What most runs never need; enter opens and closes it, what is in it holds.",
    "workload": "A running workload of this cluster: it fills in the address and the model.",
    "url": "Base address of an OpenAI-compatible endpoint, with or without /v1.",
    "model": "Its name as the endpoint serves it; a wrong one is answered with the right.",
    "isl": "Input tokens a request, the mean.",
    "isl_stddev": "Standard deviation of the input tokens; 0: all alike.",
    "osl": "Output tokens a request, the mean.",
    "osl_stddev": "Standard deviation of the output tokens; 0: all alike.",
    "mode": "Search for the most users, measure given numbers, or send at a given rate.",
    "users": "Concurrent users of each point: 1,8,64, or 1..128 by doubling.",
    "max_users": "The search tries no more users than these.",
    "rate": "Requests a second of each point: 2,4,8. Sent on time, whatever is answered.",
    "arrival": "poisson: at random, as from many people; constant: one every 1/rate seconds.",
    "statistic": "Which statistic of TTFT over the requests is held against the limit.",
    "ttft_ms": "What TTFT must stay within, in milliseconds.",
    "requests": "Measured requests a point; empty: until it is steady.",
    "duration": "Seconds a point; empty: until it is steady.",
    "start": "Staggered over about one request, or all at once as the guide's tool does.",
    "way": "A bracket that is halved, or one run that grows, backs off and sustains.",
    "budget": "Seconds for the whole search; it ends with the best answer so far.",
    "attainment": "This share of requests within all limits, say 0.95, instead of a statistic.",
    "itl_ms": "What the time between tokens must stay within as well, in milliseconds.",
    "e2e_ms": "What a whole request must stay within as well, in milliseconds.",
    "call": "Which call is measured.",
    "api_key": "Sent as a bearer token; held in memory only, and gone with nimdeck.",
    "api_key_file": "A file that holds the API key; a key typed above goes before it.",
    "headers": "Of each request: K=V; K=V. Secrets belong into the key or the header file.",
    "header_file": "Headers that are secret: a file with a line 'Name: value' each.",
    "extra": 'Fields of each body: K=JSON; K=JSON, as temperature=0.2; stop=["END"].',
    "prompts": "A JSONL file instead of synthetic ones: prompt or messages in each line.",
    "tokenizer": "tokenizer.json or its folder; without, the server's usage tells the lengths.",
    "prefix_tokens": "So many tokens are alike in all prompts, for prefix caching to show; 0: none.",
    "ca_file": "The certificate of the endpoint's CA, where the system does not know it.",
    "certificate": "Whether the endpoint's certificate is checked.",
    "stall_seconds": "A stream that says nothing for so many seconds is cut and counts as failed.",
    "max_failed": "More failures than this share are an answer of no.",
    "workers": "local:8: processes here; job:16: pods in the cluster; empty: as needed.",
    "seed": "Of prompts and arrivals: the same seed sends the same.",
    "resume": "A run that broke off, by name or folder: finished points are kept.",
}
"""A line for each field, shown while it has the keys."""
