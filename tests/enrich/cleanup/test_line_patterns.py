"""The patterns of boilerplate.toml: names for people, regular expressions for the cleaner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from streams.enrich.cleanup.line_patterns import FRAGMENTS, TABLES, alternatives, pattern


def named_patterns(table: dict[str, Any], name: str = "") -> Iterator[tuple[str, str]]:
    for key, entry in table.items():
        if isinstance(entry, dict):
            yield from named_patterns(entry, f"{name}{key}.")
        elif key != "word":
            yield f"{name}{key}", entry


PATTERNS = dict(
    named_patterns(
        {name: table for name, table in TABLES.items() if name not in ("calls", "control_words")}
        | {kind: TABLES["calls"][kind] for kind in ("strong", "weak")}
    )
)


@pytest.mark.parametrize("written", PATTERNS.values(), ids=PATTERNS)
def test_every_pattern_is_a_regular_expression_that_needs_some_text(written):
    expression = re.compile(pattern(written))

    assert "\n" not in expression.pattern
    assert not expression.pattern.startswith(" ")
    assert expression.fullmatch("") is None


def test_a_line_break_and_its_indentation_do_not_count_and_a_space_does():
    assert (
        pattern("\n    read (?:more\n    |also) on {day}\n    ")
        == f"read (?:more|also) on {FRAGMENTS['day']}"
    )


def test_a_table_matches_what_any_of_its_patterns_matches():
    expression = re.compile(
        alternatives({"links": {"more": "read more", "also": "read also"}, "up": "up next"})
    )

    assert all(expression.fullmatch(line) for line in ("read more", "read also", "up next"))
    assert not expression.fullmatch("read next")
