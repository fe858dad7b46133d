"""A folder made ready for Kafka's records: who its node is, and which features the cluster starts with.

Kafka's own tool does this in a Java process of its own, a quarter of what a start costs. What it writes about
the features is the same for every node of this version: it is kept, and the next folder is written from it.
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
    """A random id as Kafka writes them, url-safe base64; a leading dash would look like an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode().replace("-", "_")


def format_logs(
    logs: Path, *, node: int, cluster_id: str, features: Path, tool: Sequence[str], properties: Path
) -> None:
    """Make LOGS ready for node NODE, unless it is; FEATURES is copied, or kept for the next time."""
    meta = logs / "meta.properties"
    if meta.exists():  # written last, by the tool and by us
        return
    checkpoint = logs / "bootstrap.checkpoint"
    if not features.exists():
        _run([*tool, "--cluster-id", cluster_id, "--config", str(properties)], logs)
        with contextlib.suppress(OSError):  # a cache that can only be read serves as it is
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
    """TARGET as a copy of SOURCE, all of it at once: another process may be looking."""
    part = target.with_name(f"{target.name}.{new_id()}")
    shutil.copyfile(source, part)
    part.replace(target)
