"""Sites: the names that a site goes by, which its pages add to their headlines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from streams.enrich.cleanup.line_patterns import word_set
from streams.enrich.cleanup.title_words import (
    FEWEST_WORDS,
    SEPARATOR,
    agreement,
    squeezed,
    without_article,
)
from streams.enrich.cleanup.words import words

_DOMAIN = re.compile(r"(?<=\w)\.(?:co\.|com\.|org\.)?[A-Za-z]{2,8}$")
_GAP = r"\W+"
_MOTTO = r"\s*[,:;|–—(·•-]"  # what stands between a site's name and its motto
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]{2,60})[)\]]$")
# Words that sites add to their name in one place and not in another.
_ADDED = word_set("the online news com org net co uk website home homepage official site digital e paper")
_FEWEST_LETTERS_AFTER_SITE = 15
_LONGEST = 300  # characters; a longer heading holds more than a headline
_BARS = frozenset("|｜»›•·")
_LONGEST_SECTION = 3  # words


class Sites:
    """The names that a site goes by, and its sections: what stands beside the headline in a title."""

    def __init__(self, names: Iterable[str], sections: Iterable[str] = ()) -> None:
        listed = [part for name in names for part in (name, *SEPARATOR.split(name)[:1]) if part]
        self._keys = {key for name in listed if (key := _site_key(name))}
        self._written = {without_article(name) for name in listed} - {""}
        self._mottos = [_motto(name) for name in self._written]
        self._sections = {key for section in sections if (key := squeezed(section))}

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
            for found in SEPARATOR.finditer(title)
            if found.start() and self._is_ending(title[found.end() :])
        ]

    def is_name(self, text: str) -> bool:
        """Return True if `text` is a name of the site, or differs from one by a word such as "online"."""
        key = _site_key(text)
        if key in self._keys or not key:
            return bool(key)
        written = without_article(text)
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
        separators = [found for found in SEPARATOR.finditer(title) if found.start()]
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
            for found in list(SEPARATOR.finditer(title))[-1:]:
                if found.start() and squeezed(title[found.end() :]) in self._sections:
                    return title[: found.start()]
        return title


def _site_key(name: str) -> str:
    """Return the letters of a name, without the end of a domain."""
    return squeezed(_DOMAIN.sub("", name) if "." in name else name)


def _motto(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:the\W+)?{_GAP.join(name.split())}{_MOTTO}", re.IGNORECASE)


def _without_section(title: str, separator: str) -> str:
    """Return `title` without a section between the headline and the name of the site: "Headline | Sport"."""
    before, _, last = title.rpartition(f" {separator} ")
    is_section = separator in _BARS and len(words(last)) <= _LONGEST_SECTION
    return before if is_section and len(words(before)) >= FEWEST_WORDS else title
