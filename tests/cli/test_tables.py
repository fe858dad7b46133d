"""A table is lines that people can copy from."""

from __future__ import annotations

from streams.cli.tables import echo_table


def test_no_cell_of_a_list_is_cut_whatever_the_width(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")

    echo_table(
        ("topic", "lag", ""),
        [("news.labels.climate", "12", "東京 waits"), ("raw", "1,200", "")],
        right=["lag"],
    )

    assert capsys.readouterr().out == (
        "topic                  lag\nnews.labels.climate     12  東京 waits\nraw                  1,200\n"
    )


def test_wide_letters_do_not_shift_the_columns(capsys):
    echo_table(("city", "lag"), [("東京", "1"), ("Oslo", "2")])

    assert capsys.readouterr().out == "city  lag\n東京  1\nOslo  2\n"
