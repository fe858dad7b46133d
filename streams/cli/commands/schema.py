"""`wireroom schema`: print the JSON Schemas of the events."""

from __future__ import annotations

import json

import click

from streams.schemas import schema_of, schemas


@click.command()
@click.argument("event", metavar="[EVENT]", required=False, type=click.Choice(list(schemas())))
def schema(event: str | None) -> None:
    """Print the JSON Schemas of the events.

    With an event's name, the output is its schema; without one, it is an object of all schemas by name.
    The dialect is JSON Schema 2020-12.

    \b
    Example: wireroom schema EnrichedArticle
    """
    wanted = schema_of(event) if event else schemas()
    click.echo(json.dumps(wanted, indent=2))
