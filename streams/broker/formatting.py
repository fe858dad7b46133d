"""Format a folder for Kafka's records: write its node's ids, and the features of the cluster.

Kafka's own tool does this in a separate Java process, which takes a quarter of the time of a start. The
features that it writes are the same for every node of one Kafka version. So its file is kept, and later
folders are formatted from that copy.
"""

from __future__ import annotations

import base64
import contextlib
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from streams.errors import BrokerError


def new_id() -> str:
    """Return a random id in Kafka's form: url-safe base64, without a dash that could look like an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode().replace("-", "_")


def format_logs(
    logs: Path, *, node: int, cluster_id: str, features: Path, tool: Sequence[str], properties: Path
) -> None:
    """Format `logs` for the node `node`, unless it is formatted already.

    Copy the features from the file `features` if it exists. Otherwise run Kafka's `tool`, and keep a copy of
    its features there. Raises BrokerError if the tool fails.
    """
    meta = logs / "meta.properties"
    if meta.exists():  # the last file that is written, here and by the tool
        return
    checkpoint = logs / "bootstrap.checkpoint"
    if not features.exists():
        _run([*tool, "--cluster-id", cluster_id, "--config", str(properties)], logs)
        with contextlib.suppress(OSError):  # a read-only cache still works, without the copy
            _replace(features, checkpoint)
        return
    logs.mkdir(exist_ok=True)
    shutil.copyfile(features, checkpoint)
    part = meta.with_suffix(".part")
    part.write_text(f"version=1\nnode.id={node}\ncluster.id={cluster_id}\ndirectory.id={new_id()}\n")
    part.replace(meta)


def _run(command: Sequence[str], logs: Path) -> None:
    tool = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if tool.returncode != 0:
        raise BrokerError(f"cannot prepare {logs} for Kafka: {' '.join(tool.stdout.split())}")


def _replace(target: Path, source: Path) -> None:
    """Replace `target` by a copy of `source` in one step, because another process may read it."""
    part = target.with_name(f"{target.name}.{new_id()}")
    shutil.copyfile(source, part)
    part.replace(target)
