"""`wireroom enrich`: the whole enrichment without a broker."""

from __future__ import annotations

from pathlib import Path

import click

from producers.sources import STANDARD_INPUT, SourcedArticle
from streams.cli.input import SUFFIXES, Reading, paths_argument
from streams.cli.output import Page, remarks
from streams.cli.render import block
from streams.enrich import Enricher, load_enricher
from streams.errors import EnrichmentError
from streams.events import EnrichedArticle
from streams.settings import Settings


@click.command(epilog=f"In folders, files are told by their names: {SUFFIXES}.")
@paths_argument(required=False)
@click.option("--publisher", metavar="NAME", help="For articles that name none.")
@click.option("--pretty", is_flag=True, help="A readable block for each article in place of JSON Lines.")
@click.option("--full", is_flag=True, help="With --pretty: the whole text.")
def enrich(paths: tuple[Path, ...], publisher: str | None, pretty: bool, full: bool) -> None:
    """Enrich the articles in PATH... without a broker: one EnrichedArticle a line.

    Reads text, HTML or JSON Lines files, folders of them, or standard input when no PATH is given. What
    cannot be enriched is reported by name and line, the rest goes on, and the exit code is 1.

    \b
    Example: wireroom enrich seeds/ | jq -r '[.headline, .labels[].label] | @tsv'
    """
    page = Page()
    reading = Reading(
        paths or (STANDARD_INPUT,),
        remarks(),
        max_article_bytes=Settings().max_article_bytes,
        publisher=publisher,
    )
    enricher = load_enricher()
    for sourced in reading:
        try:
            enriched = _enriched(enricher, sourced)
        except EnrichmentError as error:
            reading.report(error)
            continue
        if pretty:
            page.show(block(enriched, full=full))
        else:
            click.echo(enriched.to_bytes())
    if reading.problems:
        raise SystemExit(1)


def _enriched(enricher: Enricher, sourced: SourcedArticle) -> EnrichedArticle:
    try:
        (enriched,) = enricher.enrich([sourced.article])
    except EnrichmentError as error:
        raise EnrichmentError(f"{sourced.where}: {type(error).__name__}: {error}") from error
    except Exception as error:  # a fault of ours, and no reason to lose the articles that follow
        raise EnrichmentError(f"{sourced.where}: unexpected {type(error).__name__}: {error}") from error
    return enriched
