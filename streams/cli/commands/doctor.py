"""`wireroom doctor`: what is wrong with the wire, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial

import click

from streams.cli.options import broker_option, json_lines_option
from streams.cli.render.terminal import printable
from streams.settings import Settings

COLOURS = {"ok": "green", "note": "yellow", "problem": "red", "skipped": "yellow"}
WIDTH = len("problem")
CHECK_WIDTH = len("transactions")


@click.command()
@json_lines_option
@broker_option
def doctor(as_json: bool, broker: str | None) -> None:
    """Examine the broker, the topics, the workers and their versions.

    Each check has a line that says what it found and, if something is wrong, what to do. The exit code is 1
    if there is a problem. A note is worth knowing and not wrong. Nothing is changed.

    \b
    Example: wireroom doctor --json
    """
    from streams.jobs.doctor import Expected, Status, diagnose
    from streams.kafka.connection import Connection
    from streams.loading import load_enricher
    from streams.provisioning import wire_topics

    settings = Settings()
    expected = Expected(
        settings.topics,
        wire_topics(settings),
        settings.replication,
        settings.group,
        partial(
            load_enricher,
            tagger=settings.tagger,
            labeller=settings.labeller,
            gazetteer=settings.gazetteer,
            taxonomy=settings.taxonomy,
        ),
        settings.story_days,
        settings.story_vectors,
    )
    problems = 0
    for finding in diagnose(Connection.from_settings(settings, broker), expected):
        problems += finding.status is Status.PROBLEM
        if as_json:
            click.echo(json.dumps(asdict(finding)))
            continue
        status = click.style(f"{finding.status:{WIDTH}}", fg=COLOURS[finding.status])
        text = f"{finding.text}: {finding.fix}" if finding.fix else finding.text
        click.echo(f"{status}  {finding.check:{CHECK_WIDTH}}  {printable(' '.join(text.split()))}")
    if problems:
        raise SystemExit(1)
