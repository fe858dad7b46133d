"""Headlines: the title of a page that is its article's, without the name of the site that many add.

Titles are what the markup states in a page's head; headings are what its readers see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product

from streams.enrich.cleanup.line_patterns import word_set
from streams.enrich.cleanup.words import comparison_key, words

_LONGEST = 300  # characters; a longer heading holds more than a headline
_SEPARATOR = re.compile(
    r"\s+[-–—|/~•·:»«›‹⋆*⁄¦>]+\s+|\s*[|｜¦»«•]+\s*|\s+[–—]|[–—]\s+|(?<=[^\x00-\u02ff])\s*[-_–—]\s*"
)
_DOMAIN = re.compile(r"(?<=\w)\.(?:co\.|com\.|org\.)?[A-Za-z]{2,8}$")
_GAP = r"\W+"
_MOTTO = r"\s*[,:;|–—(·•-]"  # what stands between a site's name and its motto
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]{2,60})[)\]]$")
# Words that sites add to their name in one place and not in another.
_ADDED = word_set("the online news com org net co uk website home homepage official site digital e paper")
_PLAIN = str.maketrans("’‘“”–—\xa0", "''\"\"-- ")
_FEWEST_LETTERS = 10  # of a heading that is the beginning of a title
_LONGEST_LABEL, _LONGEST_SECTION = 2, 3  # words
_BARS = frozenset("|｜»›•·")
_FEWEST_AFTER_LABEL = 30
_CUT_FROM = 90  # letters
_FEWEST_LETTERS_AFTER_SITE = 15
_FEWEST_WORDS = 3  # of a title that tells what a page is about
_MOST_LESSER = 3  # headings of the second rank in a page about one thing
_ENOUGH_COMMON = 0.5  # share of words
_SHORTEST_WORD = 4  # letters, of the words that are compared


class Sites:
    """The names that a site goes by, and its sections: what stands beside the headline in a title."""

    def __init__(self, names: Iterable[str], sections: Iterable[str] = ()) -> None:
        listed = [part for name in names for part in (name, *_SEPARATOR.split(name)[:1]) if part]
        self._keys = {key for name in listed if (key := _site_key(name))}
        self._written = {_without_article(name) for name in listed} - {""}
        self._mottos = [_motto(name) for name in self._written]
        self._sections = {key for section in sections if (key := _squeezed(section))}

    def strip_all(self, titles: Iterable[str], headings: Sequence[str] = ()) -> list[str]:
        """Return those of the titles that are not a name of the site, each without such a name.

        What follows the name is a motto if it has no word of the page's `headings`.
        """
        named = (title for title in titles if len(title) <= _LONGEST and not self.is_name(title))
        stripped = [(title, self.strip(title)) for title in named]
        return [
            rest
            for title, rest in stripped
            if title.startswith(rest) or not headings or agreement(rest, headings) > 0
        ]

    def strip_names(self, titles: Iterable[str]) -> list[str]:
        """Return the titles that end with a bar and a name of the site, with what may be a section."""
        return [
            title[: found.start()]
            for title in titles
            if len(title) <= _LONGEST and not _BARS.isdisjoint(title)
            for found in _SEPARATOR.finditer(title)
            if found.start() and self._is_ending(title[found.end() :])
        ]

    def is_name(self, text: str) -> bool:
        """Return True if `text` is a name of the site, or differs from one by a word such as "online"."""
        key = _site_key(text)
        if key in self._keys or not key:
            return bool(key)
        written = _without_article(text)
        return any(
            (written.startswith(f"{name} ") and _ADDED.issuperset(written[len(name) :].split()))
            or (" " in written and name.startswith(f"{written} "))
            for name in self._written
        )

    def strip(self, title: str) -> str:
        """Return `title` without a name of the site at either end, and without a section at its end."""
        bracketed = _BRACKETED.search(title)
        if bracketed and bracketed.start() and self.is_name(bracketed[1]):
            return title[: bracketed.start()]
        before, _, last = title.rpartition(", ")
        if before and _site_key(last) in self._keys:
            return before
        separators = [found for found in _SEPARATOR.finditer(title) if found.start()]
        for found in separators:
            if self._is_ending(title[found.end() :]):
                return self._strip_section(_without_section(title[: found.start()], found.group().strip()))
        for found in separators:
            rest = title[found.end() :]
            if len(rest) >= _FEWEST_LETTERS_AFTER_SITE and self.is_name(title[: found.start()]):
                return rest
        return self._strip_section(title)

    def _is_ending(self, text: str) -> bool:
        """Return True if `text` is a name of the site, perhaps with a motto.

        In a sentence the article before a name is small: "Who reads what - the Harbour Post".
        """
        return not text.startswith("the ") and (
            self.is_name(text) or any(motto.match(text) for motto in self._mottos)
        )

    def _strip_section(self, title: str) -> str:
        if self._sections:
            for found in list(_SEPARATOR.finditer(title))[-1:]:
                if found.start() and _squeezed(title[found.end() :]) in self._sections:
                    return title[: found.start()]
        return title


@dataclass(frozen=True)
class Titles:
    """What may be the headline in a page, each kind with the most trusted first.

    `stated` are the titles that the head states for the article, `shown` what a browser shows for the page.
    `lesser_headings` are of the second rank. `story_heading` is the only heading of the first rank, if it is
    within the story.
    """

    stated: Sequence[str] = ()
    shown: Sequence[str] = ()
    headings: Sequence[str] = ()
    lesser_headings: Sequence[str] = ()
    story_heading: str | None = None

    def about(self, sites: Sites) -> list[str]:
        """Return those that tell what the page is about: neither the site's name nor the like of "Home"."""
        titles = (*self.stated, *self.shown, *self.headings)
        return [title for title in titles if len(words(title)) >= _FEWEST_WORDS and not sites.is_name(title)]


def choose_headline(titles: Titles, sites: Sites) -> str | None:
    """Return the headline: a heading that a title confirms, or else a title that is not the site's name."""
    headings = sites.strip_all(titles.headings)
    stated, shown = sites.strip_all(titles.stated, headings), sites.strip_all(titles.shown, headings)
    whole = sites.strip_names((*titles.stated, *titles.shown))
    if confirmed := next(_confirmed(headings, [*stated, *shown], whole), None):
        return confirmed
    agreed = not {*map(_squeezed, stated)}.isdisjoint(map(_squeezed, shown))
    lone = [titles.story_heading] if titles.story_heading in headings and not agreed else []
    candidates = chain(
        _confirmed(sites.strip_all(titles.lesser_headings), [*stated, *shown]),
        # The shorter of two titles does not have the name of a site that is not known.
        (a for a, b in product([*stated, *shown], repeat=2) if len(a) < len(b) and _begins(b, a)),
        (title for title in stated if agreement(title, headings) >= _ENOUGH_COMMON),
        (heading for heading in lone if heading and len(words(heading)) >= _FEWEST_WORDS),
        _telling(stated),
        (heading for heading in headings for title in shown if _is_form_of(heading, title)),
        *(_telling(shown), _telling(headings)),  # where the titles are "News", only a heading tells
        *(stated, shown, headings, _few_telling(sites.strip_all(titles.lesser_headings))),
        *(titles.stated, titles.shown, titles.headings),
    )
    return next(candidates, None)


def find_heading(headline: str | None, headings: Sequence[str]) -> int | None:
    """Return the index of the heading that says what the headline says, or None."""
    if headline is None:
        return None
    common = [agreement(headline, [heading]) for heading in headings]
    best = max(common, default=0.0)
    return common.index(best) if best >= _ENOUGH_COMMON else None


def is_headline(name: str, titles: Titles) -> bool:
    """Return True if the headline stands where the page should state the name of its site."""
    stated = (*titles.stated, *titles.shown)
    headings = (*titles.headings, *titles.lesser_headings)
    return (
        len(words(name)) >= _FEWEST_WORDS
        and any(title.startswith(name) for title in stated)
        and any(_squeezed(name) == _squeezed(heading) or _begins(name, heading) for heading in headings)
        and not any(title.endswith(name) and title != name for title in stated)
    )


def agreement(title: str, others: Iterable[str]) -> float:
    """Return how much `title` has in common with the most similar of the others: a share of words, 0 to 1."""
    return max((_common(title, other) for other in others), default=0.0)


def _telling(titles: Iterable[str]) -> Iterator[str]:
    """Yield those with enough words to tell what a page is about."""
    return (title for title in titles if len(words(title)) >= _FEWEST_WORDS)


def _few_telling(headings: Sequence[str]) -> list[str]:
    """Return the headings that tell what a page is about, or none of them where they are an index."""
    telling = [*_telling(headings)]
    return telling if len(telling) <= _MOST_LESSER else []


def _without_section(title: str, separator: str) -> str:
    """Return `title` without a section between the headline and the name of the site: "Headline | Sport"."""
    before, _, last = title.rpartition(f" {separator} ")
    is_section = separator in _BARS and len(words(last)) <= _LONGEST_SECTION
    return before if is_section and len(words(before)) >= _FEWEST_WORDS else title


def _confirmed(headings: Sequence[str], titles: Sequence[str], whole: Sequence[str] = ()) -> Iterator[str]:
    """Yield the headings that are a title, or part of one; or the title, where it is part of the heading.

    `whole` are titles with what may be a section, or the end of the headline.
    """
    for heading, title in product(headings, [*titles, *whole]):
        if _squeezed(heading) == _squeezed(title):
            same_words = _without_article(heading) == _without_article(title)
            yield heading if same_words else title  # a break in the heading may have joined its words
    for heading, title in product(headings, titles):
        if _begins(title, heading) or _is_labelled(title, heading):
            yield heading
        if len(title) >= _FEWEST_LETTERS and _plain(heading).startswith(_plain(title).rstrip(".…")):
            yield heading if _is_cut(title) else title
        if _ends(heading, title) and len(title) >= min(_FEWEST_AFTER_LABEL, len(heading) / 2):
            yield title


def _begins(title: str, heading: str) -> bool:
    """Return True if `title` is the heading and then something else."""
    return (
        (len(heading) >= _FEWEST_LETTERS or not heading.isascii())
        and _plain(title).startswith(_plain(heading))
        and _SEPARATOR.match(title, len(heading)) is not None
    )


def _ends(heading: str, title: str) -> bool:
    """Return True if `heading` ends with the words of `title`."""
    before = heading[: len(heading) - len(title)]
    return _plain(heading).endswith(_plain(title)) and bool(before) and not before[-1].isalnum()


def _is_labelled(title: str, heading: str) -> bool:
    """Return True if `title` is a short label, a sign, and the heading; a site's name follows more words."""
    label = title[: len(title) - len(heading)].rstrip()
    return _ends(title, heading) and label.endswith(("|", ":")) and len(words(label)) <= _LONGEST_LABEL


def _is_form_of(heading: str, title: str) -> bool:
    """Return True if `heading` says what `title` says, and is not the name of the site that ends it."""
    return (
        _common(heading, title) >= _ENOUGH_COMMON
        and len(heading) >= len(title) / 3
        and not (
            _ends(title, heading)
            and not title[: len(title) - len(heading)].rstrip().endswith(":")
            and len(words(title)) - len(words(heading)) > _LONGEST_LABEL
        )
    )


def _is_cut(title: str) -> bool:
    """Return True if a content system may have cut off the end of a title."""
    return title.endswith(("…", "..")) or len(title) >= _CUT_FROM


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    """Return `text` with plain quotes and dashes, as long as before."""
    return text.translate(_PLAIN)


def _common(title: str, other: str) -> float:
    if _squeezed(title) == _squeezed(other):
        return 1.0
    a, b = _telling_words(title), _telling_words(other)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


@lru_cache(maxsize=1024)
def _telling_words(title: str) -> frozenset[str]:
    all_words = set(words(title))
    long_words = {word for word in all_words if len(word) >= _SHORTEST_WORD or not word.isascii()}
    return frozenset(long_words if len(long_words) > 1 else all_words)


@lru_cache(maxsize=1024)
def _squeezed(text: str) -> str:
    return _without_article(text).replace(" ", "")


def _site_key(name: str) -> str:
    """Return the letters of a name, without the end of a domain."""
    return _squeezed(_DOMAIN.sub("", name) if "." in name else name)


def _without_article(name: str) -> str:
    return comparison_key(_plain(name)).removeprefix("the ")


def _motto(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:the\W+)?{_GAP.join(name.split())}{_MOTTO}", re.IGNORECASE)
