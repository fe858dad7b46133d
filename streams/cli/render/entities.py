"""The table of an article's entities."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from streams.cli.render.terminal import printable
from streams.events import Entity, EntityType

MAX_ENTITIES = 12

ENTITY_STYLES = {
    EntityType.PER: "cyan",
    EntityType.ORG: "magenta",
    EntityType.LOC: "green",
    EntityType.MISC: "yellow",
}


def entity_table(entities: list[Entity]) -> Iterator[RenderableType]:
    """Yield a row for each of the first entities, then the names of the others."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for entity in entities[:MAX_ENTITIES]:
        style = ENTITY_STYLES[entity.type]
        table.add_row(
            Text(entity.type, style=style),
            Text(printable(entity.name), style=style),
            Text(printable(entity.role or "")),
            Text(f"×{entity.count}", style="dim"),
            Text(printable(_ids(entity)), style="dim"),
        )
    yield table
    if len(entities) > MAX_ENTITIES:
        others = ", ".join(entity.name for entity in entities[MAX_ENTITIES:])
        yield Text(printable(f"and {len(entities) - MAX_ENTITIES} more: {others}"), style="dim")


def _ids(entity: Entity) -> str:
    """Return the ids on one line, each with its scheme; country codes and Wikidata ids need none.

    A GeoNames id is left out beside a Wikidata id, because both mean the same place.
    """
    return " ".join(
        value if scheme in ("iso3166", "wikidata") else f"{scheme}:{value}"
        for scheme, value in entity.ids.items()
        if scheme != "geonames" or "wikidata" not in entity.ids
    )
