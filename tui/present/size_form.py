"""The sizing form: what its fields say, as a question, or what is wrong with them, each in one sentence. Pure."""

import math
from collections.abc import Mapping, Sequence

from tui.plans.sizing import MOST_USERS
from tui.plans.sizing_values import SizeQuestion

REFERENCE, TARGET, HEADROOM, SERVER, ISL, OSL = "reference", "ttft_ms", "headroom", "gpus_per_server", "isl", "osl"
DEFAULTS = {TARGET: "1000", HEADROOM: "0", SERVER: "4", ISL: "2000", OSL: "200"}
USERS = "users-"
"""Before the place of a model in its reference."""

HELP = {
    REFERENCE: "guide (its table 8), or the folder of a plan or run; down and up go through those here",
    TARGET: "What TTFT has to stay within; only what was measured is answered",
    HEADROOM: "For so many more users than the peak, as a fraction: 0.2 is 20 % more",
    SERVER: "How many GPUs one server has: the guide's have 4",
    ISL: "Tokens in; other sizes than those measured have no answer",
    OSL: "Tokens out; other sizes than those measured have no answer",
}
USERS_HELP = "Users at the same time at the peak; empty: this model is not needed"
_MOST_TOKENS = 10_000_000
_MOST_GPUS = 1024


def question_of(texts: Mapping[str, str], models: Sequence[str]) -> tuple[SizeQuestion | None, dict[str, str]]:
    """The question and the faults by field; no question where there is a fault or no model has users."""
    faults: dict[str, str] = {}

    def whole(name: str, what: str, most: int) -> int:
        text = texts.get(name, "").strip()
        if text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most:
            return int(text)
        faults[name] = f"{what}: {text!r} is not a whole number from 1 to {most}"
        return 0

    def number(name: str, what: str, least: float, most: float) -> float:
        text = texts.get(name, "").strip()
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            faults[name] = f"{what}: {text!r} is not a number from {least:g} to {most:g}"
        return value

    users = tuple(
        (model, whole(f"{USERS}{place}", "users", MOST_USERS))
        for place, model in enumerate(models)
        if texts.get(f"{USERS}{place}", "").strip()
    )
    question = SizeQuestion(
        users,
        number(TARGET, "TTFT in ms", 0.001, 1e9),
        number(HEADROOM, "head-room", 0.0, 10.0),
        whole(SERVER, "GPUs a server", _MOST_GPUS),
        whole(ISL, "tokens in", _MOST_TOKENS),
        whole(OSL, "tokens out", _MOST_TOKENS),
    )
    return (None if faults or not users else question), faults


def command_words(question: SizeQuestion, reference: str) -> str:
    """The same without a screen."""
    users = " ".join(f"--users {model}={count}" for model, count in question.users)
    more = [f"--ttft-ms {question.ttft_ms:g}", f"--reference {reference}"]
    if question.headroom_fraction:
        more.append(f"--headroom-fraction {question.headroom_fraction:g}")
    if question.gpus_per_server != 4:
        more.append(f"--gpus-per-server {question.gpus_per_server}")
    if (question.isl, question.osl) != (2000, 200):
        more.append(f"--isl {question.isl} --osl {question.osl}")
    return f"nimdeck size {users} {' '.join(more)}"
