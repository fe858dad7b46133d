"""Rewrite the schema files: `python -m streams.schemas`."""

from __future__ import annotations

import sys

from streams.schemas import write

for path in write():
    sys.stdout.write(f"{path}\n")
