"""The entry point of `wireroom` and `python -m streams`; Ctrl-C ends both quietly at any time."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line."""
    try:
        from streams.cli import main  # here, so that Ctrl-C during the import is caught too

        main(prog_name="wireroom")
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as in a shell


if __name__ == "__main__":
    run()
