"""`wireroom dead`: what no stage could read, why, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.cli.options import broker_option
from streams.cli.output import Page
from streams.cli.render import printable
from streams.dead import DeadLetter
from streams.errors import WireroomError
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.jobs.replay import DeadLetters, Replay

BODY_CHARACTERS = 2_000


@dataclass
class Heap:
    """Open letters of one reason, stage and topic; times are RFC 3339."""

    reason: str
    stage: str
    topic: str | None
    count: int
    oldest: str
    newest: str
    example: str


@click.group()
def dead() -> None:
    """Dead letters: list them by reason, show one in full, send them back."""


@dead.command(name="ls")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@broker_option
def list_(as_json: bool, broker: str | None) -> None:
    """List the open letters by reason: those that were not replayed.

    \b
    Example: wireroom dead ls --json
    """
    with closing(_letters(broker)) as letters:
        heaps = heaps_of(letters.open())
    page = Page()
    if as_json:
        for heap in heaps:
            click.echo(json.dumps(asdict(heap)))
    elif heaps:
        page.show(_table(heaps))
    else:
        click.echo("no open dead letters")


@dead.command()
@click.argument("letter_id", metavar="[PARTITION-OFFSET]", required=False)
@click.option("--reason", metavar="REASON", help="The latest open letter with this reason.")
@click.option("--full", is_flag=True, help="All of the body, however long.")
@broker_option
def show(letter_id: str | None, reason: str | None, full: bool, broker: str | None) -> None:
    """Show one letter: why it died, its headers and its body; without an id the latest open one.

    \b
    Example: wireroom dead show --reason EmptyArticle
    """
    from streams.jobs.replay import parse_id

    if letter_id and reason:
        raise click.UsageError("give PARTITION-OFFSET or --reason, not both")
    with closing(_letters(broker)) as letters:
        if letter_id:
            letter = letters.at(*parse_id(letter_id))
        else:
            matching = (one for one in letters.open() if reason in (None, one.reason))
            letter = max(matching, key=lambda one: one.timestamp, default=None)
        if letter is None:
            wanted = letter_id or (f"with reason {reason}" if reason else "is open")
            raise WireroomError(f"no dead letter {wanted}: wireroom dead ls shows what there is")
        replayed = letters.replayed().get(letter.id) == letter.timestamp
    Page().show(_in_full(letter, replayed=replayed, full=full))


@dead.command()
@click.argument("letter_ids", metavar="[PARTITION-OFFSET]...", nargs=-1)
@click.option("--reason", metavar="REASON", help="Only letters with this reason.")
@click.option("--max", "most", type=click.IntRange(1), metavar="N", help="N letters at most.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@broker_option
def replay(
    letter_ids: tuple[str, ...], reason: str | None, most: int | None, dry_run: bool, broker: str | None
) -> None:
    """Send letters back to the topics that they came from, each exactly once; without ids all open ones.

    They go as they came: key, bytes and headers. wireroom.replays counts up, and a letter that was replayed
    WIREROOM_REPLAY_LIMIT times stays.

    \b
    Example: wireroom dead replay --reason Unexpected --dry-run
    """
    from streams.jobs.replay import parse_id
    from streams.jobs.replay import replay as replay_letters

    settings = Settings()
    wanted = {"{}-{}".format(*parse_id(letter_id)) for letter_id in letter_ids}
    found: set[str] = set()

    def chosen(letter: DeadLetter) -> bool:
        is_wanted = (not wanted or letter.id in wanted) and reason in (None, letter.reason)
        if is_wanted:
            found.add(letter.id)
        return is_wanted

    def tell(letter: DeadLetter) -> None:
        if dry_run:
            click.echo(f"{letter.id} {letter.reason} to {letter.topic}")

    outcome = replay_letters(
        broker or settings.broker,
        settings.topics,
        settings.group,
        limit=settings.replay_limit,
        chosen=chosen,
        most=most,
        dry_run=dry_run,
        on_letter=tell,
    )
    for letter, why in outcome.refused:
        click.echo(f"wireroom: dead letter {letter.id} {why}: it stays", err=True)
    missing = sorted(wanted - found)
    for letter_id in missing:
        click.echo(f"wireroom: no open dead letter {letter_id}", err=True)
    click.echo(_summary(outcome, dry_run=dry_run))
    if missing or (wanted and outcome.refused):
        raise SystemExit(1)


def heaps_of(letters: Iterable[DeadLetter]) -> list[Heap]:
    """LETTERS by reason, stage and topic, most letters first; the newest is the example."""
    heaps: dict[tuple[str, str, str | None], Heap] = {}
    for letter in letters:
        key = (letter.reason, letter.stage, letter.topic)
        heap = heaps.setdefault(
            key, Heap(*key, count=0, oldest=letter.at, newest=letter.at, example=letter.id)
        )
        heap.count += 1
        heap.oldest = min(heap.oldest, letter.at)
        if letter.at >= heap.newest:
            heap.newest, heap.example = letter.at, letter.id
    return sorted(heaps.values(), key=lambda heap: (-heap.count, heap.reason, heap.stage))


def _letters(broker: str | None) -> DeadLetters:
    from streams.jobs.replay import DeadLetters

    settings = Settings()
    return DeadLetters(broker or settings.broker, settings.topics)


def _summary(outcome: Replay, *, dry_run: bool) -> str:
    count = outcome.sent.total()
    letters = f"{count} dead letter{'' if count == 1 else 's'}"
    to = ", ".join(f"{sent} to {topic}" for topic, sent in sorted(outcome.sent.items()))
    stay = f"; {len(outcome.refused)} refused" if outcome.refused else ""
    return f"{'would replay' if dry_run else 'replayed'} {letters}{': ' + to if to else ''}{stay}"


def _table(heaps: list[Heap]) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("reason", "stage", "topic", "count", "oldest", "newest", "example"):
        table.add_column(heading, justify="right" if heading == "count" else "left", overflow="fold")
    for heap in heaps:
        times = [_short(heap.oldest), _short(heap.newest)]
        cells = [heap.reason, heap.stage, heap.topic or "", f"{heap.count:,}", *times, heap.example]
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _short(at: str) -> str:
    """2026-03-01T12:00:00.000Z as 03-01 12:00: letters are kept for days, not for years."""
    return at[5:16].replace("T", " ")


def _in_full(letter: DeadLetter, *, replayed: bool, full: bool) -> RenderableType:
    partition, offset = letter.origin
    facts = {
        "reason": f"{letter.reason}: {letter.message}" if letter.message else letter.reason,
        "stage": letter.stage,
        "died": letter.at,
        "came from": f"{letter.topic} {partition}-{offset}" if letter.topic else "unknown",
        "replays": f"{letter.replays}{', and was replayed since' if replayed else ''}",
        "key": "none" if letter.key is None else escaped(letter.key),
    }
    headers = [(name, "null" if value is None else escaped(value)) for name, value in letter.headers]
    parts: list[RenderableType] = [Text(f"dead letter {letter.id}", style="bold"), _pairs(facts.items())]
    if letter.stacktrace:
        parts += ["", Text("stack trace", style="bold"), Padding(Text(printable(letter.stacktrace)), (0, 2))]
        headers = [(name, value) for name, value in headers if not name.endswith(".stacktrace")]
    parts += ["", Text("headers", style="bold"), _pairs(headers)]
    if letter.value is None:
        return Group(*parts, "", Text("no body", style="bold"))
    body = escaped(letter.value if full else letter.value[: 4 * BODY_CHARACTERS])  # UTF-8: 4 bytes at most
    shown = body if full else body[:BODY_CHARACTERS]
    parts += ["", Text(f"body, {len(letter.value):,} bytes", style="bold"), Padding(Text(shown), (0, 2))]
    if not full and len(letter.value) > len(shown.encode()):
        parts.append(Padding(Text("… cut, --full shows all", style="dim"), (0, 2)))
    return Group(*parts)


def _pairs(pairs: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(f"  {printable(name)}"), Text(printable(value)))
    return table


def escaped(content: bytes) -> str:
    r"""CONTENT as text; what is not UTF-8, and control characters but line breaks, as escapes: \xff."""
    text = content.decode("utf-8", "backslashreplace")
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )
