"""Rows of a table are articles, whatever the table's columns are called."""

from __future__ import annotations

import pytest

from producers.tables import is_header, read_rows


def rows(table: str) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, row.record) for row in read_rows(table.splitlines(keepends=True), 100_000)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_row_is_an_article(delimiter):
    lines = [
        ("Title", "Text", "Date"),
        ('"Rates rise"', '"The bank said so,;\t| twice.\nIt did."', "2026-03-01"),
        ("Rates fall", "No", ""),
    ]

    assert rows("\n".join(map(delimiter.join, lines))) == [
        (
            2,
            {
                "headline": "Rates rise",
                "body": "The bank said so,;\t| twice.\nIt did.",
                "published_at": "2026-03-01",
            },
        ),
        (4, {"headline": "Rates fall", "body": "No"}),
    ]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("article_text,url", "body"),
        ("Full Text,url", "body"),
        ("content,pub-date", "published_at"),
        ("body,Link", "url"),
        ("body,outlet", "publisher"),
        ("body,lang", "language"),
        ("\ufeffheadline,body", "headline"),
        ("Titel;Text;Datum", "published_at"),
        ("título,contenido", "body"),
    ],
)
def test_columns_have_many_names(header, field):
    ((_, record),) = rows(f"{header}\none,two,three\n".replace(",", ";" if ";" in header else ","))

    assert field in record


def test_the_column_called_body_comes_first():
    ((_, record),) = rows("text,body\nthe teaser,the story\n")

    assert record == {"body": "the story"}


def test_a_spreadsheet_may_say_its_delimiter():
    assert rows("sep=;\ntitle;text\nA, B;C\n") == [(3, {"headline": "A, B", "body": "C"})]


def test_empty_rows_are_none_and_short_rows_have_what_they_have():
    assert rows("title,text\n\n,\nRates rise\n") == [(4, {"headline": "Rates rise"})]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("name,age\nAnna,7\n", "is a table without a column body; its columns are: name, age"),
        ("", "is a table without a column body"),
        ("title,text\na,b\x00\n" + 'c,"' + "d" * 20_000_000, "is a broken table at line 3"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_reason(table, problem):
    with pytest.raises(ValueError, match=problem):
        rows(table)


@pytest.mark.parametrize("line", ["The body of a man, found on Monday", "text", "a,b,c", "Title: the text"])
def test_a_sentence_is_not_a_header(line):
    assert not is_header(line)
