"""What we change in Faust stands in one folder, and in the table of its README with a test."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import streams
from streams.worker import faust_overrides

FOLDER = Path(faust_overrides.__file__).parent
TESTS = Path(__file__).parent
ROOT = TESTS.parents[2]
PURE = ("streams.enrich", "streams.training")  # import no Faust: checked by the layers of imports


class Row(NamedTuple):
    cls: str
    overrides: set[str]
    version: str
    test: str


def rows() -> list[Row]:
    """Return the table, without its head."""
    table = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| `")]
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [
        Row(cls.strip("`"), set(re.findall(r"`(\w+)`", overrides)), version, test.strip("`"))
        for cls, overrides, _why, version, test in split
    ]


def faust_subclasses() -> Iterator[type]:
    """Yield each class of ours that inherits from Faust or mode."""
    for module_info in pkgutil.walk_packages(streams.__path__, "streams."):
        if module_info.name.startswith(PURE) or module_info.name.endswith("__main__"):
            continue
        module = importlib.import_module(module_info.name)
        for _, cls in inspect.getmembers(module, inspect.isclass):
            bases = {base.__module__.partition(".")[0] for base in cls.__mro__[1:]}
            if cls.__module__ == module.__name__ and bases & {"faust", "mode"}:
                yield cls


def test_each_class_that_inherits_from_faust_stands_in_the_folder_and_in_the_table():
    classes = list(faust_subclasses())

    assert {
        cls.__module__ for cls in classes if not cls.__module__.startswith(faust_overrides.__name__)
    } == set()
    assert {cls.__name__ for cls in classes} == {row.cls for row in rows()}


def test_each_overridden_name_stands_in_the_table():
    overridden = {
        cls.__name__: {
            name
            for name, value in vars(cls).items()
            if (inspect.isfunction(value) or isinstance(value, property | type)) and name != "__init__"
            if any(name in vars(base) for base in cls.__mro__[1:])
        }
        for cls in faust_subclasses()
    }

    listed = {cls: set[str]() for cls in overridden}
    for row in rows():
        listed[row.cls] |= row.overrides
    assert listed == overridden


def test_the_table_is_of_the_version_of_faust_that_is_installed():
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (pinned,) = [name.partition("==")[2] for name in dependencies if name.startswith("faust-streaming==")]

    assert {row.version for row in rows()} == {pinned}


def test_each_test_in_the_table_exists():
    missing = {
        row.test
        for row in rows()
        for file, _, name in [row.test.partition("::")]
        if not (TESTS / file).exists() or f"def {name}(" not in (TESTS / file).read_text()
    }

    assert missing == set()
