"""Engine parameters of the guide's models on one H100 NVL, fitted to its table 6. A model of an engine, not a claim.

How: ``python -m tests.bench_nim.fit`` finds prefill speed and cost of a sequence so that a BURST start (all users at
once, four requests each, all counted, 2000:200 with a deviation of 50) gives the table's throughput and mean TTFT:
Llama 137 users, 2,977 tokens/s, 987 ms; DeepSeek 141, 3,225, 987. An empty step costs what a real server needs for one
user (vLLM 0.24 on an H100: 212 tokens/s). With a STAGGERED start the same engine has the same throughput and a mean
TTFT of some 110 ms, as a real one has too (218 ms at 128 users there).
"""

import re
from dataclasses import replace

from tui.bench.nim.gpu import cache_tokens
from tui.bench.nim.values import EngineParameters

GPU_MEMORY_BYTES = 95830 * 1024**2
_PARAMETERS = 8.03e9  # of an 8B Llama: a byte each in fp8
_TOKEN_BYTES = 32 * 8 * 128 * 2  # layers, KV heads, head size, key and value; fp8

LLAMA_8B = EngineParameters(
    prefill_tokens_per_second=52_900.0,
    step_seconds=0.0044,
    sequence_seconds=113.8e-6,
    cache_tokens=cache_tokens(1.0, GPU_MEMORY_BYTES, _PARAMETERS, _TOKEN_BYTES),
)
DEEPSEEK_8B = replace(LLAMA_8B, prefill_tokens_per_second=53_750.0, sequence_seconds=91.8e-6)

_SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)b\b", re.IGNORECASE)


def model_size(model: str) -> float:
    """Billions of parameters, by the ``70b`` in the model's name; 8 without one."""
    found = _SIZE.search(model)
    return float(found.group(1)) if found else 8.0


def parameters_for(model: str, gpus: float = 1.0) -> EngineParameters:
    """The engine of ``model`` on ``gpus`` GPUs or a fraction of one, which bounds its memory and not its speed.

    Models of other sizes (by the ``70b`` in their name; without one, 8) are scaled in proportion: no more than a guess.
    """
    engine = DEEPSEEK_8B if "deepseek" in model.lower() else LLAMA_8B
    size = model_size(model)
    slower = size / 8.0 / max(1.0, gpus)
    memory = cache_tokens(gpus, GPU_MEMORY_BYTES, _PARAMETERS * size / 8.0, _TOKEN_BYTES * size / 8.0)
    return replace(
        engine,
        prefill_tokens_per_second=engine.prefill_tokens_per_second / slower,
        step_seconds=engine.step_seconds * slower,
        sequence_seconds=engine.sequence_seconds * slower,
        cache_tokens=memory,
    )
