"""Headlines: the title of a page that is its article's, without the name of the site that many add.

Titles are what the markup states in a page's head; headings are what its readers see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product

from streams.enrich.cleanup.sites import Sites
from streams.enrich.cleanup.title_words import (
    FEWEST_WORDS,
    SEPARATOR,
    agreement,
    plain,
    squeezed,
    without_article,
)
from streams.enrich.cleanup.words import words

_FEWEST_LETTERS = 10  # of a heading that is the beginning of a title
_LONGEST_LABEL = 2  # words
_FEWEST_AFTER_LABEL = 30
_CUT_FROM = 90  # letters
_MOST_LESSER = 3  # headings of the second rank in a page about one thing
_ENOUGH_COMMON = 0.5  # share of words


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
        return [title for title in titles if len(words(title)) >= FEWEST_WORDS and not sites.is_name(title)]


def choose_headline(titles: Titles, sites: Sites) -> str | None:
    """Return the headline: a heading that a title confirms, or else a title that is not the site's name."""
    headings = sites.strip_all(titles.headings)
    stated, shown = sites.strip_all(titles.stated, headings), sites.strip_all(titles.shown, headings)
    whole = sites.strip_names((*titles.stated, *titles.shown))
    if confirmed := next(_confirmed(headings, [*stated, *shown], whole), None):
        return confirmed
    agreed = not {*map(squeezed, stated)}.isdisjoint(map(squeezed, shown))
    lone = [titles.story_heading] if titles.story_heading in headings and not agreed else []
    candidates = chain(
        _confirmed(sites.strip_all(titles.lesser_headings), [*stated, *shown]),
        # The shorter of two titles does not have the name of a site that is not known.
        (a for a, b in product([*stated, *shown], repeat=2) if len(a) < len(b) and _begins(b, a)),
        (title for title in stated if agreement(title, headings) >= _ENOUGH_COMMON),
        (heading for heading in lone if heading and len(words(heading)) >= FEWEST_WORDS),
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
        len(words(name)) >= FEWEST_WORDS
        and any(title.startswith(name) for title in stated)
        and any(squeezed(name) == squeezed(heading) or _begins(name, heading) for heading in headings)
        and not any(title.endswith(name) and title != name for title in stated)
    )


def _telling(titles: Iterable[str]) -> Iterator[str]:
    """Yield those with enough words to tell what a page is about."""
    return (title for title in titles if len(words(title)) >= FEWEST_WORDS)


def _few_telling(headings: Sequence[str]) -> list[str]:
    """Return the headings that tell what a page is about, or none of them where they are an index."""
    telling = [*_telling(headings)]
    return telling if len(telling) <= _MOST_LESSER else []


def _confirmed(headings: Sequence[str], titles: Sequence[str], whole: Sequence[str] = ()) -> Iterator[str]:
    """Yield the headings that are a title, or part of one; or the title, where it is part of the heading.

    `whole` are titles with what may be a section, or the end of the headline.
    """
    for heading, title in product(headings, [*titles, *whole]):
        if squeezed(heading) == squeezed(title):
            same_words = without_article(heading) == without_article(title)
            yield heading if same_words else title  # a break in the heading may have joined its words
    for heading, title in product(headings, titles):
        if _begins(title, heading) or _is_labelled(title, heading):
            yield heading
        if len(title) >= _FEWEST_LETTERS and plain(heading).startswith(plain(title).rstrip(".…")):
            yield heading if _is_cut(title) else title
        if _ends(heading, title) and len(title) >= min(_FEWEST_AFTER_LABEL, len(heading) / 2):
            yield title


def _begins(title: str, heading: str) -> bool:
    """Return True if `title` is the heading and then something else."""
    return (
        (len(heading) >= _FEWEST_LETTERS or not heading.isascii())
        and plain(title).startswith(plain(heading))
        and SEPARATOR.match(title, len(heading)) is not None
    )


def _ends(heading: str, title: str) -> bool:
    """Return True if `heading` ends with the words of `title`."""
    before = heading[: len(heading) - len(title)]
    return plain(heading).endswith(plain(title)) and bool(before) and not before[-1].isalnum()


def _is_labelled(title: str, heading: str) -> bool:
    """Return True if `title` is a short label, a sign, and the heading; a site's name follows more words."""
    label = title[: len(title) - len(heading)].rstrip()
    return _ends(title, heading) and label.endswith(("|", ":")) and len(words(label)) <= _LONGEST_LABEL


def _is_form_of(heading: str, title: str) -> bool:
    """Return True if `heading` says what `title` says, and is not the name of the site that ends it."""
    return (
        agreement(heading, [title]) >= _ENOUGH_COMMON
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
