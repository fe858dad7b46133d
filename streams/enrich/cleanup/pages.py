"""Pages: the article in an HTML page or fragment.

A page's text is what trafilatura takes for it, and then: paragraphs that it left behind in containers of the
same kind as those it took from are put back, paragraphs that are nothing but a link to another story are
taken out, and where it takes the furniture for the story, sentences are gathered from the page block by
block.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import trafilatura
from lxml import etree
from lxml import html as lxml_html

from streams.enrich.cleanup.blocks import read_blocks
from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.metadata import Metadata, read_metadata
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import ends_sentence, words

_BLOCK_TAG = (
    r"p|div|h[1-6]|li|ul|ol|article|section|body|html|head|table|tr|td|blockquote|main|header|footer|title"
    r"|script|style"
)
_OPENS_HTML = re.compile(rf"\s*<(?:!doctype|\?xml|!--|(?:{_BLOCK_TAG}|br|img|figure)\b)", re.IGNORECASE)
_CLOSES_HTML = re.compile(rf"</(?:{_BLOCK_TAG})\s*>|<br\s*/?>[^<]*<br\s*/?>", re.IGNORECASE)
# What a page may hold and a tree may not: lxml takes it in, and raises when it has to move it.
_NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    "|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    "|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![^<>]*>")
_BLOCK = re.compile(rf"</?(?:{_BLOCK_TAG}|br)\b[^<>]*>", re.IGNORECASE)
_UNREAD = re.compile(r"<(?:script|style)\b[^<>]*>[^<]*(?:</(?:script|style)\s*>)?", re.IGNORECASE)
_INLINE_TAG = r"b|i|em|strong|u|s|span|a|font|small|sup|sub|mark|cite|q|abbr"
_INLINE = re.compile(rf"</?(?:{_INLINE_TAG})(?:\s[^<>]*)?>", re.IGNORECASE)
_INLINE_END = re.compile(rf"</(?:{_INLINE_TAG})\s*>", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|body|head|!doctype)\b", re.IGNORECASE)


_MOST_ELEMENTS = 25_000  # an article has a thousand; beyond it the extractor takes more than linear time
_MOST_COPIED = 2_000_000_000  # characters
_SENTENCE = 6  # words: fewer may be a title that ends in a question mark
_LONGEST_SENTENCE = 60  # words, on average
_SHORTEST_STORY = 40  # words
_LONG_STORY = 500  # characters in paragraphs
_MUCH_MORE = 2  # times the words that were extracted
_STUB = 120  # words
_MANY_LINKS = 20
_SHORTEST_LINK = 4  # words: fewer may name a thing that the story is about
_LONGEST_SUMMARY = 250  # characters
_FEWEST_RELATED = 3  # stories with a summary
_LONG_PARAGRAPH = 40  # characters: fewer say too little to be put back
_APART = frozenset({"aside", "footer", "nav", "form", "figure", "figcaption", "header", "blockquote"})
_UNSEEN = ("style", "svg", "template", "link", "input", "iframe", "canvas", "source", "button", "select")
_AROUND = ("nav", "menu", "footer", "aside")
_TEXT_OF = etree.XPath("string()")
# One class for all elements, set in C: lxml.html's own choice is a call to Python for every element and costs
# a tenth of the time of a page.
_ELEMENTS = etree.ElementDefaultClassLookup(element=lxml_html.HtmlElement)
_SENTENCE_END = re.compile(r"[.!?…。！？؟।](?=[\s\"”’')\]»]|$)")
_LINK_LABEL = re.compile(r"^[^:]{1,30}:\s+|\s*[\[(|][^\[(|]{0,20}$")


@dataclass
class Page:
    """What an HTML body holds: the article's paragraphs in order, and what was told apart from them."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    metadata: Metadata = field(default_factory=Metadata)
    warnings: list[str] = field(default_factory=list)
    is_whole: bool = False


def is_html(body: str) -> bool:
    """Whether BODY is HTML: it begins with a tag or closes one that parts paragraphs."""
    return _OPENS_HTML.match(body) is not None or _CLOSES_HTML.search(body) is not None


def inline_tags(body: str) -> list[str]:
    """The tags in BODY, which is plain text otherwise, that set words apart; none where none is closed."""
    return _INLINE.findall(body) if _INLINE_END.search(body) else []


def strip_inline_tags(line: str) -> str:
    """LINE without the tags that set words apart."""
    return _INLINE.sub("", line)


def has_markup(body: str) -> bool:
    """Whether BODY has any tag at all."""
    return _TAG.search(body) is not None


def read_page(body: str) -> Page:
    """The article in BODY; no paragraphs when there is no text in it."""
    page = Page()
    tree = _parse(body)
    if tree is None:
        page.paragraphs = _strip_tags(body)
        if page.paragraphs:
            page.warnings.append("broken_markup")
        return page
    titles = _link_titles(tree)
    page.is_whole = _PAGE.search(body) is not None
    if not page.is_whole:
        page.paragraphs, page.captions = read_blocks(tree)
    else:
        page.metadata = read_metadata(tree)
        stories = _count_stories(tree)
        page.paragraphs, page.captions = _extract(tree, titles)
        stated = [Paragraph(line) for line in map(repair, page.metadata.text.splitlines()) if line]
        if _is_fuller(stated, page.paragraphs):
            page.paragraphs = stated
        page.warnings += _doubts(page, titles, stories)
    _take_links_out(page, titles)
    return page


def _extract(tree: Any, titles: set[str]) -> tuple[list[Paragraph], list[str]]:
    if _is_laborious(tree):
        return read_blocks(tree)
    candidates = _read_candidates(tree)
    _drop_unseen(tree)
    document = trafilatura.bare_extraction(tree, fast=True, with_metadata=False, include_comments=False)
    paragraphs, captions = read_blocks(
        document.body if document is not None and document.body is not None else tree
    )
    menu = _Menu(titles)
    if len(paragraphs) < 3 and (menu.holds(paragraphs) or _runs_on(paragraphs)):
        sentences = [p for p in read_blocks(tree)[0] if _is_prose(p.text) and not menu.holds([p])]
        return sentences or paragraphs, captions
    return _put_back(paragraphs, candidates), captions


def _is_laborious(tree: Any) -> bool:
    """Whether extraction may take more than a few seconds: to drop an element copies the text beside it."""
    elements = int(tree.xpath("count(//*)"))
    if elements > _MOST_ELEMENTS:
        return True
    return elements * float(tree.xpath("string-length()")) > _MOST_COPIED and any(
        len(parent) * sum(len(child.tail or "") for child in parent) > _MOST_COPIED for parent in tree.iter()
    )


def _drop_unseen(tree: Any) -> None:
    """Take what holds no story out of TREE, which the extractor copies many times before it does so.

    What stands around stories stays where it holds most of the text: it was not closed.
    """
    unseen = [*tree.iter(*_UNSEEN)]
    unseen += [script for script in tree.iter("script") if "ld+json" not in (script.get("type") or "")]
    for element in unseen:
        element.drop_tree()
    around = [*tree.iter(*_AROUND)]
    if sum(len(_TEXT_OF(element)) for element in around) < len(_TEXT_OF(tree)) / 2:
        for element in around:
            element.drop_tree()


@dataclass(frozen=True)
class _Candidate:
    """A paragraph of the page, before extraction: its text, the kind of container it stands in."""

    text: str
    container: tuple[str, str]
    fit: bool


def _read_candidates(tree: Any) -> list[_Candidate]:
    candidates: list[_Candidate] = []
    for element in tree.iter("p"):
        text = " ".join(_TEXT_OF(element).split())
        parent = element.getparent()
        if len(text) < _LONG_PARAGRAPH or parent is None:
            continue
        linked = sum(len(_TEXT_OF(link)) for link in element.iter("a"))
        fit = (
            ends_sentence(text)
            and linked <= len(text) / 2
            and not any(ancestor.tag in _APART for ancestor in element.iterancestors())
        )
        candidates.append(_Candidate(text, (parent.tag, parent.get("class", "")), fit))
    return candidates


def _put_back(paragraphs: list[Paragraph], candidates: Sequence[_Candidate]) -> list[Paragraph]:
    """PARAGRAPHS with the prose that was left behind in containers of the kind that most of them stood in.

    Sites that part an article for advertisements put its pieces in containers of one class; extractors stop
    after the first.
    """
    places = {paragraph.text[:_LONG_PARAGRAPH]: index for index, paragraph in enumerate(paragraphs)}
    taken = Counter(c.container for c in candidates if c.text[:_LONG_PARAGRAPH] in places)
    usual = {kind for kind, count in taken.items() if count >= max(3, 0.3 * taken.total())}
    left_behind: dict[int, list[Paragraph]] = {}
    place = -1
    for candidate in candidates:
        start = candidate.text[:_LONG_PARAGRAPH]
        if start in places:
            place = places[start]
        elif candidate.fit and candidate.container in usual:
            left_behind.setdefault(place, []).append(Paragraph(repair(candidate.text)))
    if not left_behind:
        return paragraphs
    merged = left_behind.get(-1, [])
    for index, paragraph in enumerate(paragraphs):
        merged += [paragraph, *left_behind.get(index, [])]
    return merged


def _link_titles(tree: Any) -> set[str]:
    """The texts of TREE's links that are long enough to be another story's headline."""
    texts = (" ".join(_TEXT_OF(link).split()) for link in tree.iter("a"))
    return {text for text in texts if " " in text and len(words(text)) >= _SHORTEST_LINK}


def _take_links_out(page: Page, titles: set[str]) -> None:
    """Take the paragraphs that only lead to another story out of PAGE, unless it is made of links."""
    texts = [paragraph.text for paragraph in page.paragraphs]
    leads = [text in titles or _LINK_LABEL.sub("", text) in titles for text in texts]
    if sum(leads) >= 0.4 * len(texts):
        return
    start = _related_start(texts, leads)
    page.links = [text for index, text in enumerate(texts) if leads[index] or index >= start]
    page.paragraphs = [p for index, p in enumerate(page.paragraphs) if not leads[index] and index < start]


def _related_start(texts: Sequence[str], leads: Sequence[bool]) -> int:
    """Where other stories begin that TEXTS end with: titles that are links, with summaries."""
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


class _Menu:
    """The links of a page by the words that they begin with, to find them in a text in linear time."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._lengths: dict[tuple[str, ...], int] = {}
        for title in titles:
            self._lengths.setdefault(tuple(words(title)[:_SHORTEST_LINK]), len(title))

    def holds(self, paragraphs: Sequence[Paragraph]) -> bool:
        """Whether PARAGRAPHS are no text, or run on through the links of a menu."""
        length = sum(len(paragraph.text) + 1 for paragraph in paragraphs) - 1
        tokens = [word for paragraph in paragraphs for word in paragraph.words]
        starts = set(zip(*(tokens[i:] for i in range(_SHORTEST_LINK)), strict=False))
        return length <= 0 or sum(self._lengths.get(start, 0) for start in starts) > 0.3 * length


def _is_fuller(stated: Sequence[Paragraph], extracted: Sequence[Paragraph]) -> bool:
    """Whether the text that a page's metadata hold is to be preferred to what was EXTRACTED.

    So it is where scripts draw the page, and the extractor found nothing or the same text run together.
    """
    said, found = _count_words(stated), _count_words(extracted)
    run_together = len(extracted) < min(3, len(stated)) and said > found / _MUCH_MORE
    return run_together or said > _MUCH_MORE * max(_SHORTEST_STORY, found)


def _count_words(paragraphs: Sequence[Paragraph]) -> int:
    return sum(len(paragraph.words) for paragraph in paragraphs)


def _runs_on(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether PARAGRAPHS have fewer sentences than any text that is one: a page whose blocks were lost."""
    ends = sum(len(_SENTENCE_END.findall(paragraph.text)) for paragraph in paragraphs)
    return _count_words(paragraphs) > _LONGEST_SENTENCE * (ends + 1)


def _is_prose(text: str) -> bool:
    return ends_sentence(text) and len(words(text)) >= _SENTENCE


def _doubts(page: Page, titles: set[str], stories: int) -> list[str]:
    """Warnings about what kind of page it is."""
    if not page.paragraphs:
        return []
    if stories > 1:
        return ["several_articles"]
    counts = [(len(paragraph.words), _is_prose(paragraph.text)) for paragraph in page.paragraphs]
    told = sum(count for count, prose in counts if prose)
    if page.metadata.is_paid and told < _STUB:
        return ["not_an_article", "paywall_stub"]
    if told >= max(_SHORTEST_STORY, 0.3 * sum(count for count, _ in counts)):
        return []
    if page.metadata.is_video:
        return ["not_an_article", "video_page"]
    return ["not_an_article", "index_page"] if len(titles) >= _MANY_LINKS else ["not_an_article"]


def _count_stories(tree: Any) -> int:
    """How many articles the page marks up at length; related ones are a headline and a line each."""
    return sum(
        1
        for article in tree.iter("article")
        if next(article.iterancestors("article"), None) is None
        and sum(len(_TEXT_OF(paragraph)) for paragraph in article.iter("p")) >= _LONG_STORY
    )


def _without(found: re.Match[str]) -> str:
    """What stands in place of a character that no tree may hold: a break where it is one."""
    return " " if found[0] in "\x0b\x0c" else ""


def _parse(body: str) -> Any:
    """The tree of BODY; None when the parser gave up, which it does where elements are nested too deep."""
    # Bytes, because lxml refuses text that declares an encoding. The declaration is void: this is text.
    encoded = _NOT_XML.sub(_without, body).encode("utf-8", "replace")
    # Without huge_tree the parser gives up below 256 elements; the extractors recurse and would fail later.
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        tree = lxml_html.document_fromstring(encoded, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return None if any(error.level == etree.ErrorLevels.FATAL for error in parser.error_log) else tree


def _strip_tags(body: str) -> list[Paragraph]:
    """The text of BODY by its tags alone, a paragraph for each stretch between tags that part paragraphs."""
    text = _TAG.sub(" ", _BLOCK.sub("\n", _UNREAD.sub("\n", body)))
    lines = (repair(" ".join(line.split())) for line in text.split("\n"))
    return [Paragraph(line) for line in lines if line]
