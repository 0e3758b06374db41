"""Bodies of requests: synthetic prompts of an exact length, or prompts from a file."""

from tui.bench.prompts.source import PromptSetup, PromptSource, make_prompts

__all__ = ["PromptSetup", "PromptSource", "make_prompts"]
