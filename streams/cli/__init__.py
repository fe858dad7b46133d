"""`wireroom`: one program for the whole wire.

Data goes to stdout, progress and logs to stderr. Exit 0 done, 1 failed (one line says why), 2 wrong usage,
130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Never

import click
from pydantic import ValidationError

from streams import __version__
from streams.errors import WireroomError

# Where each command lives; a command's imports are paid for only by those who call it.
COMMANDS = {
    "demo": "streams.cli.commands.demo:demo",
    "broker": "streams.cli.commands.broker:broker",
    "topics": "streams.cli.commands.topics:topics",
    "worker": "streams.cli.commands.worker:worker",
    "publish": "streams.cli.commands.publish:publish",
    "subscribe": "streams.cli.commands.subscribe:subscribe",
    "enrich": "streams.cli.commands.enrich:enrich",
    "labels": "streams.cli.commands.labels:labels",
    "relabel": "streams.cli.commands.relabel:relabel",
    "dead": "streams.cli.commands.dead:dead",
    "schema": "streams.cli.commands.schema:schema",
    "health": "streams.cli.commands.health:health",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called CMD_NAME, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run; what Wireroom raises on purpose becomes one line on stderr and exit 1."""
        try:
            return super().invoke(ctx)
        except WireroomError as error:
            fail(str(error))
        except ValidationError as error:  # a setting: every other event is validated where it is read
            fail(settings_problem(error))
        except BrokenPipeError:  # the reader of our output, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except KeyboardInterrupt:  # also while a command is imported; click would call it failed
            sys.exit(130)


def fail(message: str) -> Never:
    """Print MESSAGE as one line on stderr and exit 1."""
    click.echo(f"wireroom: {' '.join(message.split())}", err=True)
    sys.exit(1)


def settings_problem(error: ValidationError) -> str:
    """What is wrong with the settings: variable, value and reason; never the password."""
    first = error.errors()[0]
    if not first["loc"]:  # what does not fit together; its input is all there is
        return str(first["ctx"]["error"])
    name = "_".join(str(part) for part in first["loc"]).upper()
    value = "" if "PASSWORD" in name else f"={first.get('input')!r}"
    return f"WIREROOM_{name}{value}: {first['msg']}"


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="wireroom")
def main() -> None:
    """News enrichment on Kafka: articles in, clean text, entities and topic labels out, exactly once.

    Settings come from WIREROOM_* variables or a .env file; a flag wins over both.
    """
