"""`wireroom`: the command group.

Data goes to stdout, progress and logs to stderr. Exit codes: 0 done, 1 failed (one line says why), 2 wrong
usage, 130 interrupted. A command's module is imported when the command runs; the group's help imports none.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, Never

import click

from streams import __version__
from streams.errors import WireroomError
from streams.wording import requirement

if TYPE_CHECKING:
    from pydantic import ValidationError


class CommandEntry(NamedTuple):
    """Where a command is, and its line in the group's help, which is the first sentence of its own help."""

    location: str
    summary: str


# In the order in which a newcomer meets them.
COMMANDS = {
    "demo": CommandEntry(
        "streams.cli.commands.demo:demo", "Show the whole pipeline with sample articles on this machine"
    ),
    "broker": CommandEntry(
        "streams.cli.commands.broker:broker", "Run Apache Kafka on this machine until Ctrl-C or SIGTERM"
    ),
    "topics": CommandEntry("streams.cli.commands.topics:topics", "Create the topics, or list them"),
    "worker": CommandEntry("streams.cli.commands.worker:worker", "Run a worker until Ctrl-C or SIGTERM"),
    "publish": CommandEntry(
        "streams.cli.commands.publish:publish", "Publish articles from files, folders or standard input"
    ),
    "subscribe": CommandEntry(
        "streams.cli.commands.subscribe:subscribe", "Print the articles of a topic as they arrive"
    ),
    "stories": CommandEntry("streams.cli.commands.stories:stories", "Print the largest stories of now"),
    "web": CommandEntry("streams.cli.commands.web:web", "Serve the live page until Ctrl-C or SIGTERM"),
    "enrich": CommandEntry("streams.cli.commands.enrich:enrich", "Enrich articles without a broker"),
    "labels": CommandEntry(
        "streams.cli.commands.labels:labels",
        "List, explain, add, check, test and calibrate topic labels",
    ),
    "relabel": CommandEntry(
        "streams.cli.commands.relabel:relabel", "Label published articles again with the current label files"
    ),
    "dead": CommandEntry("streams.cli.commands.dead:dead", "List, show and replay dead letters"),
    "lag": CommandEntry("streams.cli.commands.lag:lag", "Print how many records wait for each stage"),
    "trace": CommandEntry("streams.cli.commands.trace:trace", "Show where an article went, and when"),
    "doctor": CommandEntry(
        "streams.cli.commands.doctor:doctor", "Examine the broker, the topics, the workers and their versions"
    ),
    "schema": CommandEntry("streams.cli.commands.schema:schema", "Print the JSON Schemas of the events"),
    "health": CommandEntry(
        "streams.cli.commands.health:health", "Check that the workers on this machine make progress"
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command called `cmd_name` and return it, or None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].location.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from `COMMANDS`, because importing them all takes most of a second."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print a WireroomError as one line on stderr and exit with 1."""
        try:
            return super().invoke(ctx)
        except WireroomError as error:
            fail(str(error))
        except BrokenPipeError:  # the reader of our output, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except KeyboardInterrupt:  # also while a command is imported; click would exit with 1
            sys.exit(130)
        except Exception as error:
            from pydantic import ValidationError  # here, because the group's help does without it

            if isinstance(error, ValidationError):  # of the settings; other events are validated when read
                fail(settings_problem(error))
            raise


def fail(message: str) -> Never:
    """Print `message` as one line on stderr and exit with 1."""
    click.echo(f"wireroom: {' '.join(message.split())}", err=True)
    sys.exit(1)


def settings_problem(error: ValidationError) -> str:
    """Return the variable, what it must be, and its value unless it is the password."""
    problem = error.errors()[0]
    if not problem["loc"]:  # settings that contradict each other
        return str(problem["ctx"]["error"])
    name = "_".join(str(part) for part in problem["loc"]).upper()
    value = "" if "PASSWORD" in name else f", not {problem['input']!r}"
    return f"WIREROOM_{name} {requirement(problem)}{value}"


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="wireroom")
def main() -> None:
    """News enrichment on Kafka: articles in; clean text, entities and topic labels out, exactly once.

    Settings come from WIREROOM_* variables or a .env file; an option on the command line takes precedence.
    """
