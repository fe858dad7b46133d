"""The tree of errors is drawn as it is."""

from __future__ import annotations

import inspect

from streams import errors


def drawn_parents() -> dict[str, str]:
    """Return the parent of each class that the module's docstring draws."""
    parents: dict[str, str] = {}
    path: list[str] = []
    tree = inspect.cleandoc(errors.__doc__).splitlines()[2:]
    for line in tree:
        name = line.lstrip(" │├└─").split()[0]
        depth = line.index(name) // 4
        path = [*path[:depth], name]
        parents[name] = path[-2] if depth else "Exception"
    return parents


def test_every_error_is_drawn_under_its_parent():
    classes = inspect.getmembers(errors, inspect.isclass)

    assert drawn_parents() == {name: cls.__bases__[0].__name__ for name, cls in classes}
