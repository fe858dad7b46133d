"""Runs a command as its child and kills it once whoever started the watchdog is gone.

    python watchdog.py LOG NICENESS COMMAND...

The command runs at priority NICENESS (0: ours, 19: the lowest). Its output is appended to LOG; its process id
is printed first. Standard input is a pipe that only the parent holds open: the kernel closes it however the
parent dies, kill -9 included. Run as a script without our packages, it is up in 20 ms.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

POLL_SECONDS = 0.5


def guard(child: subprocess.Popen[bytes], parent: int) -> None:
    """Kill `child` when the pipe closes, or when `parent` is gone and only a fork of it holds the pipe.

    As the leader of a group, kill the whole group: the command may have children of its own.
    """
    while os.getppid() == parent and not select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    child.kill()


def main() -> int:
    """The child's exit status; 128 + signal when a signal ended it, as a shell says it."""
    parent = os.getppid()
    os.nice(int(sys.argv[2]))
    with Path(sys.argv[1]).open("ab") as log:
        child = subprocess.Popen(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    sys.stdout.write(f"{child.pid}\n")
    sys.stdout.close()
    threading.Thread(target=guard, args=(child, parent), daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
