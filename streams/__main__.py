"""`wireroom`, or `python -m streams`: Ctrl-C ends it quietly from the first import on, as 130."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line."""
    try:
        from streams.cli import main  # click and pydantic take a while

        main(prog_name="wireroom")
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as a shell says it


if __name__ == "__main__":
    run()
