"""Make the identity tables of the entities stage: `python -m streams.training.tables`.

Every identity comes from a pinned registry package (sources.py). Each table has a module, and a TOML file
that chooses among the forms that the packages give (choices.py).
"""

from __future__ import annotations

from streams.training.tables.sources import TARBALLS, WHEELS, tarball_name
from streams.training.tables.writing import TABLES

__all__ = ["TABLES", "TARBALLS", "WHEELS", "tarball_name"]
