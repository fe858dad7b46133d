"""Write a table as tab-separated values, with several forms in one field."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from streams.enrich.entities.surfaces import without_diacritics

TABLES = Path(__file__).parents[2] / "enrich" / "entities" / "tables"


def write_table(path: Path, header: str, rows: Iterable[tuple[str, ...]]) -> None:
    """Write `rows` to `path` below the column names in `header`, and print how many rows there are."""
    lines = ["\t".join(row) for row in rows]
    path.write_text("\n".join([header.replace(" ", "\t"), *lines]) + "\n", encoding="utf-8")
    click.echo(f"{path.name}: {len(lines):,} rows, {path.stat().st_size:,} bytes")


def join_forms(forms: Iterable[str]) -> str:
    """Return `forms` sorted, as one field."""
    return "|".join(sorted(forms))


def without_accents(name: str) -> str:
    """Return `name` in ASCII; letters that have no ASCII base are dropped."""
    return without_diacritics(name).encode("ascii", "ignore").decode()
