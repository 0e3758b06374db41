"""The worker with a prompt source of its own, so that these tests are about the worker alone."""

import sys

import tui.bench.prompts as prompts
from tui.cli.worker import run_worker


class Numbered:
    """Bodies that differ by a number."""

    def __init__(self, setup: dict[str, object]) -> None:
        self._setup = setup
        self._count = 0

    def next_body(self) -> bytes:
        self._count += 1
        if "broken" in sys.argv:
            raise RuntimeError("out of words")
        return b'{"stream":true,"n":%d}' % self._count


prompts.make_prompts = Numbered  # type: ignore[attr-defined]
sys.exit(run_worker())
