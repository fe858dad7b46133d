"""`wireroom schema`."""

from __future__ import annotations

import json

import click

from streams.schemas import schema_of, schemas


@click.command()
@click.argument("event", required=False, type=click.Choice(list(schemas())))
def schema(event: str | None) -> None:
    """Print the JSON Schema (2020-12) of EVENT, or of all events in one object by name."""
    wanted = schema_of(event) if event else schemas()
    click.echo(json.dumps(wanted, indent=2))
