"""Pages: the article in an HTML page or fragment, what its markup says, and doubts about what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.enrich.cleanup.draft import RemovedKind
from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.extraction import Story, count_words, extract_story, read_fragment
from streams.enrich.cleanup.links import link_titles, separate_links
from streams.enrich.cleanup.markup import is_page, parse_html, strip_all_tags, text_of
from streams.enrich.cleanup.metadata import Metadata, read_metadata
from streams.enrich.cleanup.page_dates import is_date_line
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.title_words import agreement
from streams.enrich.cleanup.words import comparison_key, is_prose, is_stopless

_SHORTEST_STORY = 40  # words
_SHORTEST_IN_LETTERS = 150
_SHORTEST_STOPLESS = 40  # characters
_OTHER_SCRIPTS = re.compile("[\u0370-\u1dff\u2e80-\ud7ff]")
_LONG_STORY = 500  # characters in paragraphs
_FULLER = 2  # times the words that were extracted
_FEW_PARAGRAPHS = 3
_STUB, _CUT_STUB = 120, 300  # words; the second of a text that breaks off
_PROSE = 0.3  # share of a story's words that are in sentences
_MANY_LINKS = 20
_FEWEST_HEADLINES = 6  # of an index
_TOP = 4  # paragraphs
_MOST_LINES = 3  # of a heading
_SAME_TITLE = 0.5  # share of words


@dataclass
class Page:
    """The article's paragraphs in order, and what was told apart from them."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    beside: list[tuple[RemovedKind, str]] = field(default_factory=list)
    metadata: Metadata = field(default_factory=Metadata)
    warnings: list[str] = field(default_factory=list)
    is_whole: bool = False


def read_page(body: str, url: str | None = None) -> Page:
    """Return the article in `body`, which is HTML. It has no paragraphs if the page has no text.

    `url` is where the publisher says that the page is.
    """
    tree = parse_html(body)
    if tree is None:
        return _read_broken(body)
    titles = link_titles(tree)
    page, story = _read_whole(tree, titles, url) if is_page(body) else _read_fragment(tree)
    page.paragraphs, page.links = separate_links(page.paragraphs, titles)
    told = [*page.links, *page.titles, *page.dates, page.metadata.headline or ""]
    page.beside = story.beside([*page.paragraphs, *map(Paragraph, told)])
    return page


def _read_broken(body: str) -> Page:
    lines = (repair(" ".join(line.split())) for line in strip_all_tags(body))
    paragraphs = [Paragraph(line) for line in lines if line]
    return Page(paragraphs, warnings=["broken_markup"] if paragraphs else [])


def _read_fragment(tree: Any) -> tuple[Page, Story]:
    story = read_fragment(tree)
    return Page(story.paragraphs), story


def _read_whole(tree: Any, titles: set[str], url: str | None) -> tuple[Page, Story]:
    metadata = read_metadata(tree, url)
    stories = _count_stories(tree)
    story = extract_story(tree, titles)
    stated = [Paragraph(line) for line in map(repair, metadata.text.splitlines()) if line]
    story.is_replaced = _is_fuller(stated, story.paragraphs)
    page = Page(stated if story.is_replaced else story.paragraphs, metadata=metadata, is_whole=True)
    page.warnings = _doubts(page, titles, stories, is_paid=metadata.is_paid or story.is_offered)
    page.paragraphs, page.titles = _separate_titles(page.paragraphs, metadata)
    page.dates = [p.text for p in page.paragraphs[:_TOP] if p.role != "heading" and is_date_line(p.text)]
    page.paragraphs = [paragraph for paragraph in page.paragraphs if paragraph.text not in page.dates]
    return page, story


def _separate_titles(
    paragraphs: Sequence[Paragraph], metadata: Metadata
) -> tuple[list[Paragraph], list[str]]:
    """Return the paragraphs, and the titles at their top that say the headline in another form.

    A heading with breaks has become a paragraph for each of its lines.
    """
    headline = metadata.headline or ""
    forms = {
        comparison_key(title) for title in metadata.titles if agreement(headline, [title]) >= _SAME_TITLE
    }
    own = comparison_key(headline)
    keys = [comparison_key(paragraph.text) for paragraph in paragraphs[: _TOP + _MOST_LINES - 1]]
    for start in range(min(_TOP, len(paragraphs))):
        for end in range(start + 1, start + 1 + _MOST_LINES):
            lines = [paragraph.text for paragraph in paragraphs[start:end]]
            key = " ".join(filter(None, keys[start:end]))
            if (key in forms and key != own) or (key == own and len(lines) > 1):
                kept, titles = _separate_titles([*paragraphs[:start], *paragraphs[end:]], metadata)
                return kept, [*lines, *titles]
    return list(paragraphs), []


def _is_fuller(stated: Sequence[Paragraph], extracted: Sequence[Paragraph]) -> bool:
    """Return True if the text in a page's metadata is preferable to the text that was extracted.

    It is where scripts draw the page: the extractor finds nothing, or the same text without its paragraphs.
    """
    stated_words, extracted_words = count_words(stated), count_words(extracted)
    runs_together = (
        len(extracted) < min(_FEW_PARAGRAPHS, len(stated)) and stated_words > extracted_words / _FULLER
    )
    return runs_together or stated_words > _FULLER * max(_SHORTEST_STORY, extracted_words)


def _count_stories(tree: Any) -> int:
    """Return how many articles the page marks up at length. Related ones are a headline and a line each."""
    return sum(
        1
        for article in tree.iter("article")
        if next(article.iterancestors("article"), None) is None
        and sum(len(text_of(paragraph)) for paragraph in article.iter("p")) >= _LONG_STORY
    )


def _doubts(page: Page, titles: set[str], stories: int, *, is_paid: bool) -> list[str]:
    """Return the warnings about the kind of the page."""
    if not page.paragraphs:
        return []
    if stories > 1:
        return ["several_articles"]
    sentences = [p for p in page.paragraphs if is_prose(p.text) or _runs_without_stops(p, titles)]
    if sum(p.text in titles for p in sentences) >= _FEWEST_HEADLINES:  # headlines that end as sentences do
        sentences = [p for p in sentences if p.text not in titles]
    prose = count_words(sentences)
    if is_paid and prose < (_CUT_STUB if _is_cut(page.paragraphs[-1].text) else _STUB):
        return ["not_an_article", "paywall_stub"]
    is_long = prose >= _SHORTEST_STORY or _count_other_letters(sentences) >= _SHORTEST_IN_LETTERS
    if is_long and prose >= _PROSE * count_words(page.paragraphs):
        return []
    if page.metadata.is_video:
        return ["not_an_article", "video_page"]
    return ["not_an_article", "index_page"] if len(titles) >= _MANY_LINKS else ["not_an_article"]


def _runs_without_stops(paragraph: Paragraph, titles: set[str]) -> bool:
    """Return True for a paragraph of a script without full stops that is neither a heading nor a link."""
    return (
        len(paragraph.text) >= _SHORTEST_STOPLESS
        and is_stopless(paragraph.text)
        and paragraph.role != "heading"
        and paragraph.text not in titles
    )


def _count_other_letters(paragraphs: Sequence[Paragraph]) -> int:
    """Return the characters in scripts that are not Latin, in which words may be long and few."""
    return sum(len(_OTHER_SCRIPTS.findall(paragraph.text)) for paragraph in paragraphs)


def _is_cut(text: str) -> bool:
    """Return True if `text` breaks off."""
    return text.rstrip(")]} ").endswith(("…", "..."))
