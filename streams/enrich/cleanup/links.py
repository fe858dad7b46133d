"""Links in a page: the titles of other stories, and the paragraphs that only lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from streams.enrich.cleanup.markup import text_of
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import is_prose, words

_SHORTEST_TITLE = 4  # words; fewer may name a thing that the story is about
_LONGEST_SUMMARY = 250  # characters
_LONGEST_ANNOUNCEMENT = 40  # characters
_FEWEST_RELATED = 3  # stories with a summary
_MADE_OF_LINKS = 0.4  # share of a page's paragraphs that are links
_MENU = 0.3  # share of a text's characters that are links
_LABEL = re.compile(r"^[^:]{1,30}:\s+|\s*[\[(|][^\[(|]{0,20}$")
_LABEL_ENDS, _BRACKETS = 30, frozenset("[(|")


def link_titles(tree: Any) -> set[str]:
    """Return the texts of the links in `tree` that are long enough to be another story's headline.

    A link to another place in the page names a section of the story.
    """
    links = (link for link in tree.iter("a") if not (link.get("href") or "").startswith("#"))
    texts = {" ".join((text_of(link) if len(link) else link.text or "").split()) for link in links}
    return {
        text for text in texts if (" " in text or not text.isascii()) and len(words(text)) >= _SHORTEST_TITLE
    }


def separate_links(paragraphs: Sequence[Paragraph], titles: set[str]) -> tuple[list[Paragraph], list[str]]:
    """Return the paragraphs of the story, and the texts of those that only lead to another story.

    A page that is made of links keeps all its paragraphs.
    """
    texts = [paragraph.text for paragraph in paragraphs]
    leads = [text in titles or _without_label(text) in titles for text in texts]
    if sum(leads) >= _MADE_OF_LINKS * len(texts):
        return list(paragraphs), []
    start = _related_start(texts, leads)
    while start > 1 and (leads[start - 1] or _announces(paragraphs[start - 1])):
        start -= 1  # what nothing but links, or nothing at all, is below
    story = [p for index, p in enumerate(paragraphs) if not leads[index] and index < start]
    return story, [text for index, text in enumerate(texts) if leads[index] or index >= start]


def _without_label(text: str) -> str:
    """Return `text` without a label at its start, such as "Video: ", or at its end, such as "[Video]"."""
    may_have = ":" in text[: _LABEL_ENDS + 1] or not _BRACKETS.isdisjoint(text[-_LABEL_ENDS:])
    return _LABEL.sub("", text) if may_have else text


def _announces(paragraph: Paragraph) -> bool:
    """Return True if the paragraph is a heading, or a line like one, of what is below it."""
    if paragraph.role == "heading":
        return not is_prose(paragraph.text)
    return len(paragraph.text) <= _LONGEST_ANNOUNCEMENT and paragraph.text.endswith((":", "\uff1a"))


def _related_start(texts: Sequence[str], leads: Sequence[bool]) -> int:
    """Return where the other stories at the end of `texts` begin: titles that are links, with summaries."""
    start, summaries = len(texts), 0
    while start:
        if leads[start - 1]:
            start -= 1
        elif start > 1 and leads[start - 2] and len(texts[start - 1]) <= _LONGEST_SUMMARY:
            start -= 2
            summaries += 1
        else:
            break
    return start if summaries >= _FEWEST_RELATED else len(texts)


class Menu:
    """The links of a page by the words that they begin with. It finds them in a text in linear time."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._lengths: dict[tuple[str, ...], int] = {}
        for title in titles:
            self._lengths.setdefault(tuple(words(title)[:_SHORTEST_TITLE]), len(title))

    def is_empty_or_menu(self, paragraphs: Sequence[Paragraph]) -> bool:
        """Return True if the paragraphs have no text, or much of their text is the links of a menu."""
        length = sum(len(paragraph.text) + 1 for paragraph in paragraphs) - 1
        tokens = [word for paragraph in paragraphs for word in paragraph.words]
        starts = set(zip(*(tokens[i:] for i in range(_SHORTEST_TITLE)), strict=False))
        return length <= 0 or sum(self._lengths.get(start, 0) for start in starts) > _MENU * length
