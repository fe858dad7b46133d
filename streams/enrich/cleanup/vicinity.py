"""The vicinity of a headline: which elements of a page belong to its article rather than to other stories."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from ahocorasick_rs import AhoCorasick
from lxml import etree

from streams.enrich.cleanup.line_patterns import word_set

_APART = frozenset({"aside", "nav", "footer", "form", "blockquote", "figure", "noscript"})
_APART_WORDS = word_set(
    """
    comment comments commentlist disqus related sidebar recommended recommendation recommendations teaser
    teasers footer widget widgets popular promo promos newsletter trending carousel menu breadcrumb
    breadcrumbs navigation kommentar kommentare latest
    """
)
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_WITH_MARKS = etree.XPath("//@itemprop/..|//@pubdate/..|//a[@rel]|//time")
_TELLING = AhoCorasick(
    sorted(
        word_set(
            """
            author autor auteur byline writer reporter journalist redakt verfasser contributor
            date dati time publish publication post pub datum fecha data meta info created
            """
        )
    )
)
_LONGEST = 300  # characters of an element's classes


class Vicinity:
    """Tells how near to the headline an element of a page stands.

    `heading` is the element of the headline, or None.
    """

    def __init__(self, tree: Any, heading: Any) -> None:
        self.heading = heading
        self._tree = tree
        around = [] if heading is None else [heading, *heading.iterancestors()]
        self._depths = {element: len(around) - index for index, element in enumerate(around)}
        self._is_in_article = any(element.tag == "article" for element in around)

    @cached_property
    def marked(self) -> list[tuple[Any, frozenset[str]]]:
        """The elements that may hold author or date by their attributes, with the words of their classes."""
        found = self._with_telling_classes()
        if others := [element for element in _WITH_MARKS(self._tree) if element not in found]:
            found |= dict.fromkeys(others)
            order = {element: index for index, element in enumerate(self._tree.iter())}
            return [(element, class_words(element)) for element in sorted(found, key=order.__getitem__)]
        return [(element, class_words(element)) for element in found]

    def _with_telling_classes(self) -> dict[Any, None]:
        """Return the elements whose classes have a telling word, or a longer one.

        One search through the classes of all elements takes a third of the time of a look at each.
        """
        named = [(element, names) for element in self._tree.iter() if (names := element.get("class"))]
        ends = list(accumulate(len(names) + 1 for _, names in named))
        matches = _TELLING.find_matches_as_indexes("\n".join(names for _, names in named).lower())
        return dict.fromkeys(named[bisect(ends, start)][0] for _, start, _ in matches)

    @cached_property
    def links(self) -> list[Any]:
        """The links of the page."""
        return list(self._tree.iter("a"))

    def depth(self, element: Any) -> int | None:
        """Return the depth of the innermost element that holds both; None if it belongs elsewhere."""
        if element in self._depths:
            return None
        for outer in (element, *element.iterancestors()):
            if outer in self._depths:
                return self._depths[outer]
            if outer.tag in _APART or (outer.tag == "article" and self._is_in_article):
                return None
            if outer.tag != "body" and _is_apart(outer):
                return None
        return 0

    def nearest(self, elements: Iterable[Any]) -> list[Any]:
        """Return those of the elements that are nearest to the headline, in their order."""
        depths = [(element, depth) for element in elements if (depth := self.depth(element)) is not None]
        innermost = max((depth for _, depth in depths), default=0)
        return [element for element, depth in depths if depth == innermost]


def class_words(element: Any) -> frozenset[str]:
    """Return the words of which the names of an element's classes are made."""
    return _words(element.get("class") or "")


def _is_apart(element: Any) -> bool:
    """Return True if an element holds comments, other stories or the like, as its classes or its id say."""
    return not (
        _APART_WORDS.isdisjoint(class_words(element))
        and _APART_WORDS.isdisjoint(_words(element.get("id") or ""))
    )


def is_in_scope(element: Any, types: Iterable[str]) -> bool:
    """Return True if an element is microdata about something of one of these types, such as a comment."""
    scope = next((outer.get("itemtype") for outer in element.iterancestors() if outer.get("itemtype")), "")
    return any(name in scope for name in types)


@lru_cache(maxsize=4096)
def _words(names: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(names[:_LONGEST]))
