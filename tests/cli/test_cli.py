"""Every command: help with an example, errors in one line, and a quick start."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from streams.cli import COMMANDS, main


def command_called(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert command
    return command


def subcommands(name: str) -> dict[str, click.Command]:
    """Return the commands of the group `name`, or none if it is not a group."""
    command = command_called(name)
    return dict(command.commands) if isinstance(command, click.Group) else {}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_subcommand_has_help(name):
    for arguments in ([name], *([name, subcommand] for subcommand in subcommands(name))):
        result = CliRunner().invoke(main, [*arguments, "--help"])

        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: main {' '.join(arguments)} ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_runs_has_an_example_that_starts_with_it(name):
    for arguments in [[name, subcommand] for subcommand in subcommands(name)] or [[name]]:
        result = CliRunner().invoke(main, [*arguments, "--help"])

        assert f"Example: wireroom {' '.join(arguments)}" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_groups_help_is_the_first_sentence_of_the_commands_help(name):
    sentence = command_called(name).get_short_help_str(limit=200)

    assert COMMANDS[name].summary == sentence.rstrip(".")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name):
    command = command_called(name)
    context = click.Context(command)

    for each in subcommands(name).values() or [command]:
        silent = [
            param.opts[0]
            for param in each.get_params(context)
            if isinstance(param, click.Option) and not param.help
        ]
        assert silent == []


def test_the_groups_help_lists_every_command():
    result = CliRunner().invoke(main, ["--help"], terminal_width=100)

    listed = result.output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)


HELP_AND_ITS_IMPORTS = """
import sys
from streams.__main__ import run
try:
    sys.argv = ["wireroom", "--help"]
    run()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def test_the_groups_help_imports_neither_models_nor_clients():
    ended = subprocess.run(
        [sys.executable, "-c", HELP_AND_ITS_IMPORTS], capture_output=True, text=True, timeout=60, check=True
    )

    imported = set(ended.stderr.split())
    assert "click" in imported
    assert not imported & {
        "pydantic",
        "pydantic_core",
        "rich",
        "kafka",
        "faust",
        "numpy",
        "orjson",
        "asyncio",
    }


@pytest.mark.parametrize(
    "arguments",
    [("publish", "a.txt"), ("subscribe",), ("dead", "ls"), ("dead", "replay")],
    ids=" ".join,
)
def test_a_text_that_is_not_an_address_is_one_line(run, arguments):
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
