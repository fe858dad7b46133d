"""`wireroom dead`: list the articles that no stage could process, show why, and replay them."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from streams.cli.options import broker_option, json_lines_option
from streams.cli.output import Page
from streams.cli.render.letters import group_letters, group_table, letter_block
from streams.dead import DeadLetter
from streams.errors import WireroomError
from streams.settings import Settings
from streams.wording import plural

if TYPE_CHECKING:
    from streams.jobs.replay import DeadLetters, Replay


@click.group()
def dead() -> None:
    """List, show and replay dead letters.

    A dead letter is a record that no stage could process, with the reason. It is open until it is replayed.
    """


@dead.command(name="ls")
@json_lines_option
@broker_option
def list_(as_json: bool, broker: str | None) -> None:
    """List the open letters by reason.

    \b
    Example: wireroom dead ls --json
    """
    with closing(_letters(broker)) as letters:
        groups = group_letters(letters.open())
    if as_json:
        for group in groups:
            click.echo(json.dumps(asdict(group)))
    elif groups:
        Page().show(group_table(groups))
    else:
        click.echo("no open dead letters")


@dead.command()
@click.argument("letter_id", metavar="[PARTITION-OFFSET]", required=False)
@click.option("--reason", metavar="REASON", help="Show the latest open letter with this reason.")
@click.option("--full", is_flag=True, help="Show the whole body.")
@broker_option
def show(letter_id: str | None, reason: str | None, full: bool, broker: str | None) -> None:
    """Show one letter in full.

    The output is its reason, headers and body. Without an id it is the latest open letter.

    \b
    Example: wireroom dead show --reason EmptyArticle
    """
    from streams.jobs.replay import parse_id

    if letter_id and reason:
        raise click.UsageError("PARTITION-OFFSET and --reason exclude each other; give one of them")
    place = parse_id(letter_id) if letter_id else None
    with closing(_letters(broker)) as letters:
        letter = _one_letter(letters, place, reason)
        replayed = letters.replayed().get(letter.id) == letter.timestamp
    Page().show(letter_block(letter, replayed=replayed, full=full))


@dead.command()
@click.argument("letter_ids", metavar="[PARTITION-OFFSET]...", nargs=-1)
@click.option("--reason", metavar="REASON", help="Replay only letters with this reason.")
@click.option("--max", "limit", type=click.IntRange(1), metavar="N", help="Replay at most N letters.")
@click.option("--dry-run", is_flag=True, help="Print what would be replayed and send nothing.")
@broker_option
def replay(
    letter_ids: tuple[str, ...], reason: str | None, limit: int | None, dry_run: bool, broker: str | None
) -> None:
    """Replay open letters.

    Each letter goes back to the topic that it came from, exactly once; without ids, all open letters go. A
    letter keeps its key, bytes and headers, and its header wireroom.replays counts up. A letter that was
    replayed WIREROOM_REPLAY_LIMIT times stays.

    \b
    Example: wireroom dead replay --reason Unexpected --dry-run
    """
    from streams.jobs.replay import parse_id
    from streams.jobs.replay import replay as replay_letters
    from streams.kafka.connection import Connection

    settings = Settings()
    wanted = {"{}-{}".format(*parse_id(letter_id)) for letter_id in letter_ids}
    matched: set[str] = set()

    def is_chosen(letter: DeadLetter) -> bool:
        chosen = (not wanted or letter.id in wanted) and reason in (None, letter.reason)
        if chosen:
            matched.add(letter.id)
        return chosen

    def print_plan(letter: DeadLetter) -> None:
        if dry_run:
            click.echo(f"{letter.id} {letter.reason} to {letter.topic}")

    outcome = replay_letters(
        Connection.from_settings(settings, broker),
        settings.topics,
        settings.group,
        replay_limit=settings.replay_limit,
        chosen=is_chosen,
        max_letters=limit,
        dry_run=dry_run,
        on_letter=print_plan,
    )
    for letter, why in outcome.refused:
        click.echo(f"wireroom: dead letter {letter.id} stays: it {why}", err=True)
    missing = sorted(wanted - matched)
    for letter_id in missing:
        click.echo(f"wireroom: dead letter {letter_id} is not open or does not exist", err=True)
    click.echo(_summary(outcome, dry_run=dry_run))
    if missing or (wanted and outcome.refused):
        raise SystemExit(1)


def _letters(broker: str | None) -> DeadLetters:
    from streams.jobs.replay import DeadLetters
    from streams.kafka.connection import Connection

    settings = Settings()
    return DeadLetters(Connection.from_settings(settings, broker), settings.topics)


def _one_letter(letters: DeadLetters, place: tuple[int, int] | None, reason: str | None) -> DeadLetter:
    """Return the letter at `place`, or else the latest open letter, with `reason` if given."""
    if place:
        letter, missing = letters.at(*place), "dead letter {}-{} does not exist".format(*place)
    else:
        matching = (letter for letter in letters.open() if reason in (None, letter.reason))
        letter = max(matching, key=lambda letter: letter.timestamp, default=None)
        missing = f"no open dead letter has the reason {reason}" if reason else "there is no open dead letter"
    if letter is None:
        raise WireroomError(f"{missing}; `wireroom dead ls` lists the open letters")
    return letter


def _summary(outcome: Replay, *, dry_run: bool) -> str:
    done = "would replay" if dry_run else "replayed"
    letters = plural(outcome.sent.total(), "dead letter")
    topics = ", ".join(f"{count} to {topic}" for topic, count in sorted(outcome.sent.items()))
    refused = f"; {len(outcome.refused)} refused" if outcome.refused else ""
    return f"{done} {letters}{': ' + topics if topics else ''}{refused}"
