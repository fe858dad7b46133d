"""Read lists of names for the compact tagger: the identity tables, and the people's names of faker."""

from __future__ import annotations

import pkgutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.entities.linking.tables import LARGE_CITY, table_rows
from streams.enrich.entities.taggers.features import CLASSES, vector_key
from streams.enrich.entities.taggers.tokens import tokenise

LONGEST = 6
"""Tokens of the longest name that is read; longer names are official forms that newspapers do not use."""


class NameClasses(NamedTuple):
    """Sorted 32-bit keys of lower-case forms, and the classes of each as bits in the order of CLASSES."""

    keys: NDArray[np.uint32]
    masks: NDArray[np.uint16]


def name_classes() -> NameClasses:
    """Return the classes of every token in the identity tables and in faker."""
    return classes_of(_lists())


def classes_of(lists: Iterable[tuple[Collection[str], str]]) -> NameClasses:
    """Return the classes of every token in `lists`.

    Each list has names, and the class of those names that are a single token.
    """
    masks: Counter[int] = Counter()
    for names, class_ in lists:
        for form, kind in _marked(names, class_):
            masks[vector_key(form.lower())] |= 1 << CLASSES.index(kind)
    keys = np.array(sorted(masks), np.uint32)
    return NameClasses(keys, np.array([masks[key] for key in keys.tolist()], np.uint16))


def _lists() -> Iterator[tuple[Collection[str], str]]:
    for _, _, _, _, name, aliases, demonyms in table_rows("territories.tsv"):
        yield [name, *aliases.split("|")], "place"
        yield demonyms.split("|"), "demonym"
    for _, name, _, _, population, aliases, _ in table_rows("cities.tsv"):
        yield [name, *aliases.split("|")], "large_city" if int(population) >= LARGE_CITY else "city"
    for _, name, aliases in table_rows("organizations.tsv"):
        yield [name, *aliases.split("|")], "organization"
    given, family = _people()
    yield given, "given_name"
    yield family, "surname"


def _marked(names: Iterable[str], class_: str) -> Iterator[tuple[str, str]]:
    """Yield the capitalised tokens of `names`, each with its class."""
    base = class_.removeprefix("large_")
    for name in names:
        forms = tokenise(name).forms
        if len(forms) > LONGEST:
            continue
        for at, form in enumerate(forms):
            if not form[0].isupper():
                continue
            if len(forms) == 1 or f"{base}_begins" not in CLASSES:
                yield form, class_
            else:
                yield form, f"{base}_goes_on" if at else f"{base}_begins"


def _people() -> tuple[list[str], list[str]]:
    """Return the given names and the surnames of all locales of faker (MIT) that have Latin letters only."""
    try:
        from faker.providers import person
    except ImportError as error:
        raise SystemExit("the package faker is missing; install it: pip install faker") from error
    given: set[str] = set()
    family: set[str] = set()
    for module in pkgutil.iter_modules(person.__path__, f"{person.__name__}."):
        provider = import_module(module.name).Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute)
            if not isinstance(names, Collection):
                continue
            words = {name for name in names if isinstance(name, str) and len(name) > 2}
            if attribute.startswith("first_name"):
                given |= words
            elif attribute.startswith("last_name"):
                family |= words
    return sorted(filter(_is_latin, given)), sorted(filter(_is_latin, family))


def _is_latin(name: str) -> bool:
    return all(character < "\u0250" or "\u1e00" <= character < "\u1f00" for character in name)
