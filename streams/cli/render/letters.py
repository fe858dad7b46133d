"""Dead letters on a terminal: a table of them by reason, and one letter in full."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from streams.cli.output import plain_table
from streams.cli.render.terminal import printable
from streams.dead import DeadLetter

BODY_CHARACTERS = 2_000
UTF8_BYTES = 4  # of one character, at most

COLUMNS = ("reason", "stage", "topic", "count", "oldest", "newest", "example")


@dataclass
class LetterGroup:
    """The open letters of one reason, stage and topic; times are RFC 3339, `example` is the newest letter."""

    reason: str
    stage: str
    topic: str | None
    count: int
    oldest: str
    newest: str
    example: str


def group_letters(letters: Iterable[DeadLetter]) -> list[LetterGroup]:
    """Group `letters` by reason, stage and topic, the largest group first."""
    groups: dict[tuple[str, str, str | None], LetterGroup] = {}
    for letter in letters:
        key = (letter.reason, letter.stage, letter.topic)
        group = groups.setdefault(key, LetterGroup(*key, 0, letter.at, letter.at, letter.id))
        group.count += 1
        group.oldest = min(group.oldest, letter.at)
        if letter.at >= group.newest:
            group.newest, group.example = letter.at, letter.id
    return sorted(groups.values(), key=lambda group: (-group.count, group.reason, group.stage))


def group_table(groups: Iterable[LetterGroup]) -> RenderableType:
    """Return a row for each group."""
    table = plain_table()
    for heading in COLUMNS:
        table.add_column(heading, justify="right" if heading == "count" else "left", overflow="fold")
    for group in groups:
        times = [_day_and_minute(group.oldest), _day_and_minute(group.newest)]
        cells = [group.reason, group.stage, group.topic or "", f"{group.count:,}", *times, group.example]
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def letter_block(letter: DeadLetter, *, replayed: bool, full: bool) -> RenderableType:
    """Return the facts about `letter`, its stack trace, its headers and its body, cut unless `full`."""
    headers = [(name, "null" if value is None else escaped(value)) for name, value in letter.headers]
    parts: list[RenderableType] = [_title(f"dead letter {letter.id}"), _pairs(_facts(letter, replayed))]
    if letter.stacktrace:
        parts += ["", _title("stack trace"), _indented(Text(printable(letter.stacktrace)))]
        headers = [(name, value) for name, value in headers if not name.endswith(".stacktrace")]
    parts += ["", _title("headers"), _pairs(headers), "", *_body(letter.value, full=full)]
    return Group(*parts)


def escaped(content: bytes) -> str:
    r"""Return `content` as text; bytes that are not UTF-8 and control characters become escapes such as \xff.

    Line breaks stay.
    """
    text = content.decode("utf-8", "backslashreplace")
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _facts(letter: DeadLetter, replayed: bool) -> list[tuple[str, str]]:
    partition, offset = letter.origin
    return [
        ("reason", f"{letter.reason}: {letter.message}" if letter.message else letter.reason),
        ("stage", letter.stage),
        ("died", letter.at),
        ("came from", f"{letter.topic} {partition}-{offset}" if letter.topic else "unknown"),
        ("replays", f"{letter.replays}{', and replayed since' if replayed else ''}"),
        ("key", "none" if letter.key is None else escaped(letter.key)),
    ]


def _body(value: bytes | None, *, full: bool) -> list[RenderableType]:
    if value is None:
        return [_title("no body")]
    text = escaped(value if full else value[: UTF8_BYTES * BODY_CHARACTERS])
    shown = text if full else text[:BODY_CHARACTERS]
    parts: list[RenderableType] = [_title(f"body, {len(value):,} bytes"), _indented(Text(shown))]
    if not full and len(value) > len(shown.encode()):
        parts.append(_indented(Text("… the rest is cut; --full shows it", style="dim")))
    return parts


def _title(text: str) -> Text:
    return Text(text, style="bold")


def _indented(text: Text) -> RenderableType:
    return Padding(text, (0, 2))


def _pairs(pairs: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(f"  {printable(name)}"), Text(printable(value)))
    return table


def _day_and_minute(at: str) -> str:
    """Return 2026-03-01T12:00:00.000Z as 03-01 12:00; letters are kept for days, not for years."""
    return at[5:16].replace("T", " ")
