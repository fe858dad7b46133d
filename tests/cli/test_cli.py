"""Every command: help with an example, and errors in one line."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from streams.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_what_is_under_it_has_help(name):
    command = main.get_command(click.Context(main), name)
    under = command.list_commands(click.Context(command)) if isinstance(command, click.Group) else []

    for arguments in ([name], *([name, one] for one in under)):
        result = CliRunner().invoke(main, [*arguments, "--help"])

        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: main {' '.join(arguments)} ")


@pytest.mark.parametrize(
    "command",
    [("publish",), ("subscribe",), ("enrich",), ("dead", "ls"), ("dead", "show"), ("dead", "replay")],
    ids=" ".join,
)
def test_help_has_an_example_that_starts_with_the_command(command):
    result = CliRunner().invoke(main, [*command, "--help"])

    assert f"Example: wireroom {' '.join(command)}" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("publish", "a.txt"),
        ("subscribe",),
        ("dead", "ls"),
        ("dead", "replay"),
    ],
    ids=" ".join,
)
def test_an_address_that_is_none_is_one_line(run, arguments):
    outcome = run(*arguments, "--broker", "http://localhost:9092")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.problems[-1] == (
        "wireroom: 'http://localhost:9092' is not a broker address: write HOST:PORT, such as localhost:9092"
    )


@pytest.mark.parametrize("arguments", [("publish", "-"), ("subscribe",), ("dead", "ls")], ids=" ".join)
def test_a_broker_that_is_not_there_is_one_line(run, arguments):
    outcome = run(*arguments, "--broker", "localhost:1")

    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.problems) == 1
    assert "no Kafka broker at localhost:1: start one with `wireroom broker`" in outcome.err


def test_an_unknown_command_is_wrong_usage(run):
    assert run("subscribbe").code == 2
