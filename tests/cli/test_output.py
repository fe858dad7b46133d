"""Results go to standard output as plain lines."""

from __future__ import annotations

import pytest

from streams.cli.output import Page, error_console, plain_table


def test_a_table_has_no_spaces_at_the_end_of_its_lines(capsys):
    table = plain_table()
    table.add_column("lag", justify="right")
    table.add_column("topic")
    table.add_row("12", "raw")

    Page().show(table)

    assert capsys.readouterr().out == "lag  topic\n 12  raw\n"


def test_a_pipe_gets_no_colours(capsys):
    Page().show("[bold red]Rates rise[/]")

    assert capsys.readouterr().out == "Rates rise\n"


def test_a_reader_that_has_gone_ends_the_output(monkeypatch):
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", gone)

    with pytest.raises(BrokenPipeError):
        Page().show("Rates rise")


def test_problems_go_to_standard_error(capsys):
    error_console().print("it rained")

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "it rained\n")
