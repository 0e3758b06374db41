"""``python -m tui.cli``: the command from a checkout that was never installed."""

import sys

from tui.cli.main import entry

if __name__ == "__main__":
    sys.exit(entry())
