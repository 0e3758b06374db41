"""``nimdeck bench worker``: the load generator process; hidden, since only the engine starts it."""

import sys


def run_worker() -> int:
    """Serve the worker protocol on stdin and stdout until told to end; the exit code."""
    from tui.bench.worker.main import run

    return run()


if __name__ == "__main__":
    sys.exit(run_worker())
