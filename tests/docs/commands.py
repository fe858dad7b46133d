"""The command lines on the pages: which of them a reader can type as they are."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from streams.cli import main
from tests.docs.pages import ROOT, targets

# Commands that end by themselves and talk to no broker; of the others the tests below run some, parse all.
WITHOUT_BROKER = {"enrich", "labels", "schema"}
UNTIL_STOPPED = {"broker", "demo", "web", "worker"}
SHELL = {"cd", "echo", "export", "git"}


def programs(line: str) -> list[list[str]]:
    """Return the words of each program in `line`, a pipeline, without the variables set for it alone."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    pipeline: list[list[str]] = [[]]
    for word in lexer:
        if word == "|":
            pipeline.append([])
        elif pipeline[-1] or not re.match(r"[A-Z_]+=", word):
            pipeline[-1].append(word)
    return pipeline


def wireroom_command(line: str) -> str | None:
    """Return the name of the `wireroom` command in `line`, or None if there is none."""
    return next((words[1] for words in programs(line) if words[:1] == ["wireroom"]), None)


def is_setting_up(line: str) -> bool:
    """Return True if `line` only prepares what follows on its page."""
    return programs(line)[0][:1] == ["export"]


def parse(line: str) -> None:
    """Raise if a program in `line` would reject its arguments."""
    for words in programs(line):
        PARSERS[words[0]](words[1:])


def resolve(words: Sequence[str]) -> tuple[click.Command, list[str]]:
    """Return the `wireroom` command that `words` begin with, and the rest of them."""
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"wireroom has no command {name}"
        command = found
    return command, rest


def _parse_wireroom(words: Sequence[str]) -> None:
    command, rest = resolve(words)
    assert not isinstance(command, click.Group), f"wireroom {' '.join(words)} lacks a command"
    command.make_context(command.name, rest)


def _parse_make(words: Sequence[str]) -> None:
    variables = dict(re.findall(r"^([A-Z_]+) \?= ?(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for word in words:
        name, is_variable, value = word.partition("=")
        if not is_variable:
            assert word in targets(), f"there is no make {word}"
            continue
        assert name in variables, f"the Makefile has no {name}"
        if "/" in value:
            assert (ROOT / value).exists(), f"{value} does not exist"


def _parse_python(words: Sequence[str]) -> None:
    assert words[0] == "-m", words
    module, *rest = words[1:]
    spec = importlib.util.find_spec(module)
    assert spec is not None, f"there is no module {module}"
    paths = [word for word in rest if "/" in word]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    if module.startswith(("tests.", "streams.")) and spec.origin is not None:
        source = "".join(file.read_text() for file in _sources(Path(spec.origin)))
        assert [word for word in rest if word.startswith("--") and word not in source] == []


def _sources(origin: Path) -> list[Path]:
    """Return the files of a module; those of its folder if it is a package."""
    return sorted(origin.parent.glob("*.py")) if origin.name == "__init__.py" else [origin]


def _parse_pip(words: Sequence[str]) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert words[0] == "install"
    for word in words[1:]:
        if match := re.fullmatch(r"\.\[(.+)\]", word):
            assert set(match[1].split(",")) <= set(extras), f"pyproject.toml has no extra {match[1]}"


def _parse_docker(words: Sequence[str]) -> None:
    """Check the services and profiles; tests/engine runs these commands for real."""
    compose = (ROOT / "docker-compose.yml").read_text()
    services = re.findall(r"^  ([a-z]+):\n    (?:<<|image)", compose, re.MULTILINE)
    assert words[0] == "compose"
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--scale":
            assert following.partition("=")[0] in services
        elif word == "--profile":
            assert f"profiles: [{following}]" in compose
    if "run" in words:
        assert words[-1] in services


def _parse_kubectl(words: Sequence[str]) -> None:
    """Check the command that is run in a pod of the chart."""
    assert (words[0], words[1], words[2]) == ("exec", "deploy/wireroom-worker", "--"), words
    parse(shlex.join(words[3:]))


def _accept(_words: Sequence[str]) -> None:
    pass


PARSERS: dict[str, Callable[[Sequence[str]], None]] = {
    "wireroom": _parse_wireroom,
    "make": _parse_make,
    "python": _parse_python,
    "pip": _parse_pip,
    "docker": _parse_docker,
    "kubectl": _parse_kubectl,
    **dict.fromkeys(SHELL, _accept),
}
