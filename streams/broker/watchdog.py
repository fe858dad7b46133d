"""Run a command as a child process, and kill it when the parent of this process is gone.

    python watchdog.py LOG NICENESS COMMAND...

The command runs at priority NICENESS (0 is the watchdog's own, 19 the lowest). The watchdog prints the
command's process id and appends the command's output to LOG. Its standard input is a pipe that only the
parent holds open. The kernel closes the pipe however the parent dies, kill -9 included. As a script that
imports no package, the watchdog starts in 20 ms.
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
    """Kill `child` when the pipe closes, or when `parent` is gone and only its fork still holds the pipe.

    If this process leads a process group, kill the whole group: the command may have children of its own.
    """
    while os.getppid() == parent and not select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    child.kill()


def main() -> int:
    """Run the command and return its exit status, or 128 + N if signal N ended it, as a shell does."""
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
