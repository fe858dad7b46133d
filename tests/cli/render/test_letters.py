"""Dead letters: groups by reason, and one letter with all that it says."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from streams.cli.render.letters import BODY_CHARACTERS, escaped, group_letters, group_table, letter_block
from streams.dead import DeadLetter, dead_letter_headers
from streams.errors import EmptyArticle, EnrichmentError, InvalidJson


def letter(offset: int, error: EnrichmentError, minute: int, value: bytes | None = b"{}") -> DeadLetter:
    at = f"2026-03-01T12:{minute:02}:00.000Z"
    headers = dead_letter_headers(
        [], error=error, replays=0, topic="news.raw", partition=3, offset=42, stage="cleanup", at=at
    )
    return DeadLetter(0, offset, 0, b"a1", value, headers)


def shown(block: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=120, highlight=False).print(block)
    return out.getvalue()


def test_letters_of_one_reason_are_a_group_and_the_newest_is_its_example():
    letters = [
        letter(1, InvalidJson("line 1"), 30),
        letter(2, EmptyArticle("no text is left"), 10),
        letter(3, EmptyArticle("no text is left"), 50),
        letter(4, EmptyArticle("no text is left"), 20),
    ]

    empty, invalid = group_letters(letters)

    assert (empty.reason, empty.count, empty.example) == ("EmptyArticle", 3, "0-3")
    assert (empty.oldest, empty.newest) == ("2026-03-01T12:10:00.000Z", "2026-03-01T12:50:00.000Z")
    assert (invalid.reason, invalid.count) == ("InvalidJson", 1)


def test_the_table_has_a_row_for_each_group():
    table = shown(group_table(group_letters([letter(1, EmptyArticle("no text is left"), 10)])))

    row = "EmptyArticle cleanup news.raw 1 03-01 12:10 03-01 12:10 0-1"
    assert row.split() == table.splitlines()[1].split()


@pytest.mark.parametrize(
    "fact",
    [
        "dead letter 0-7",
        "EmptyArticle: no text is left",
        "news.raw 3-42",
        "2026-03-01T12:10:00.000Z",
        "0, and replayed since",
        "a1",
        "body, 2 bytes",
    ],
)
def test_a_letter_is_shown_with_every_fact(fact):
    block = letter_block(letter(7, EmptyArticle("no text is left"), 10), replayed=True, full=False)

    assert fact in shown(block)


def test_a_long_body_is_cut_unless_it_is_wanted_in_full():
    long = letter(7, EmptyArticle("no text is left"), 10, b"x" * BODY_CHARACTERS + b"END")

    short, full = (shown(letter_block(long, replayed=False, full=full)) for full in (False, True))

    assert "the rest is cut; --full shows it" in short
    assert "END" not in short
    assert "END" in "".join(full.split())


def test_a_letter_without_a_value_has_no_body():
    block = letter_block(letter(7, EmptyArticle("no text is left"), 10, None), replayed=False, full=False)

    assert "no body" in shown(block)


@pytest.mark.parametrize(
    ("content", "text"),
    [("Zürich\n".encode(), "Zürich\n"), (b"caf\xff", r"caf\xff"), (b"\x1b[2J", r"\x1b[2J")],
)
def test_bytes_that_are_not_text_become_escapes(content, text):
    assert escaped(content) == text
