"""`wireroom enrich`: enrich articles from files without a broker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from producers.sources import STANDARD_INPUT, SourcedArticle
from streams.cli.input import FOLDERS_EPILOG, Reading, paths_argument
from streams.cli.options import publisher_option
from streams.cli.output import Page, error_console
from streams.cli.render.article import block
from streams.enrich import Enricher, build_enricher
from streams.errors import EnrichmentError
from streams.events import EnrichedArticle
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.stories import StoryIndex


@click.command(epilog=FOLDERS_EPILOG)
@paths_argument(required=False)
@publisher_option
@click.option(
    "--labeller",
    metavar="NAME",
    help="Topic labeller: compact or accurate.  [default: WIREROOM_LABELLER or compact]",
)
@click.option(
    "--stories", is_flag=True, help="Print a StoryArticle instead: its story, and what it reprints."
)
@click.option("--pretty", is_flag=True, help="Print a readable block for each article instead of JSON Lines.")
@click.option("--full", is_flag=True, help="With --pretty, print the whole text.")
def enrich(
    paths: tuple[Path, ...],
    publisher: str | None,
    labeller: str | None,
    stories: bool,
    pretty: bool,
    full: bool,
) -> None:
    """Enrich articles without a broker.

    Each PATH is a text, HTML, JSON Lines, RSS, Atom or CSV file or a folder of them; without a PATH, standard
    input is read. The output is one EnrichedArticle a line. If an article cannot be enriched, its file and
    line are reported, the others are still enriched, and the exit code is 1.

    With --stories, articles about the same event have one story_id. Give the articles in the order in which
    they appeared: the stories go back WIREROOM_STORY_DAYS from the latest one. They are more accurate, and
    take some ten milliseconds an article more, with WIREROOM_STORY_VECTORS=accurate.

    \b
    Example: wireroom enrich seeds/ | jq -r '[.headline, .labels[].label] | @tsv'
    """
    if stories and pretty:
        raise click.UsageError("--stories prints JSON Lines; leave out --pretty")
    settings = Settings()
    index = _story_index(settings) if stories else None
    page = Page()
    reading = Reading(
        paths or (STANDARD_INPUT,),
        error_console(),
        max_article_bytes=settings.max_article_bytes,
        publisher=publisher,
    )
    enricher = build_enricher(
        tagger=settings.tagger,
        labeller=settings.labeller if labeller is None else labeller,
        gazetteer=settings.gazetteer,
        taxonomy=settings.taxonomy,
    )
    for sourced in reading:
        try:
            enriched = _enriched(enricher, sourced)
        except EnrichmentError as error:
            reading.report(error)
            continue
        if index is not None:
            click.echo(index.add(enriched).to_bytes())
        elif pretty:
            page.show(block(enriched, full=full))
        else:
            click.echo(enriched.to_bytes())
    if reading.problems:
        raise SystemExit(1)


def _story_index(settings: Settings) -> StoryIndex:
    from streams.stories import StoryIndex  # numpy, which the help does not need
    from streams.stories.encoder import load_encoder

    return StoryIndex(settings.story_days, encoder=load_encoder(settings.story_vectors))


def _enriched(enricher: Enricher, sourced: SourcedArticle) -> EnrichedArticle:
    try:
        (enriched,) = enricher.enrich([sourced.article])
    except EnrichmentError as error:
        raise EnrichmentError(f"{sourced.where}: {type(error).__name__}: {error}") from error
    except Exception as error:  # a bug of ours must not stop the articles that follow
        raise EnrichmentError(f"{sourced.where}: unexpected {type(error).__name__}: {error}") from error
    return enriched
