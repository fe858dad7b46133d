"""HTML: the article in a page or a fragment, with what its markup says about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import trafilatura
from lxml import etree
from lxml import html as lxml_html

from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import ends_sentence, words

_BLOCK_TAG = (
    r"p|div|h[1-6]|li|ul|ol|article|section|body|html|head|table|tr|td|blockquote|main|header|footer|title"
    r"|script|style"
)
_OPENS_HTML = re.compile(
    rf"\s*<(?:!doctype|\?xml|!--|(?:{_BLOCK_TAG}|a|b|i|em|strong|span|br|img|figure)\b)", re.IGNORECASE
)
_CLOSES_HTML = re.compile(rf"</(?:{_BLOCK_TAG})\s*>|<br\s*/?>[^<]*<br\s*/?>|<a\s+href\s*=", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![^<>]*>")
_BLOCK = re.compile(rf"</?(?:{_BLOCK_TAG}|br)\b[^<>]*>", re.IGNORECASE)
_UNREAD = re.compile(r"<(?:script|style)\b[^<>]*>[^<]*(?:</(?:script|style)\s*>)?", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|body|head|!doctype)\b", re.IGNORECASE)

_HIDDEN = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "head",
        "select",
        "button",
        "form",
        "nav",
        "aside",
        "footer",
    }
)
_CAPTION = frozenset({"figcaption", "caption"})
_BREAKS = frozenset(
    re.findall(
        r"\w+",
        "p div h1 h2 h3 h4 h5 h6 li ul ol dl dt dd article section main header footer body html table tr td "
        "blockquote pre figure figcaption br hr address center form fieldset details summary "
        "head item list quote row cell lb ab",  # what the extractor calls them
    )
)
_ROLES = {"li": "item", "item": "item", "blockquote": "quote", "quote": "quote", "head": "heading"} | {
    f"h{level}": "heading" for level in range(1, 7)
}
_SENTENCE = 6  # words: fewer may be a title that ends in a question mark
_SHORTEST_STORY = 40  # words
_LONG_STORY = 500  # characters in paragraphs
_MOST_ELEMENTS = 60_000  # a page with more is no article; beyond it only the plain walk is sure to end soon
_DEEPEST = 200  # nested elements; parsers and extractors recurse
_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report")


@dataclass
class Page:
    """What an HTML body holds: the article's paragraphs in order, and what the markup says about it."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    headline: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    warnings: list[str] = field(default_factory=list)


def is_html(body: str) -> bool:
    """Whether BODY is HTML: it begins with a tag or closes one that parts paragraphs."""
    return _OPENS_HTML.match(body) is not None or _CLOSES_HTML.search(body) is not None


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
    whole = _PAGE.search(body) is not None
    if whole:
        _read_metadata(tree, page)
        if _is_manageable(tree):
            document = trafilatura.bare_extraction(
                tree, fast=True, with_metadata=False, include_comments=False
            )
            if document is not None and document.body is not None:
                page.paragraphs = _blocks(document.body, page)
    if not page.paragraphs:
        page.paragraphs = _blocks(tree, page)
    if whole and page.paragraphs:
        if not _has_story(page.paragraphs):
            page.warnings.append("not_an_article")
        if _count_stories(tree) > 1:
            page.warnings.append("several_articles")
    return page


def _has_story(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether sentences make up a good part of PARAGRAPHS, as they do not in a list of links."""
    counts = [(len(words(p.text)), ends_sentence(p.text)) for p in paragraphs]
    told = sum(count for count, sentence in counts if sentence and count >= _SENTENCE)
    return told >= max(_SHORTEST_STORY, 0.3 * sum(count for count, _ in counts))


def _count_stories(tree: Any) -> int:
    """How many articles the page marks up at length; related ones are a headline and a line each."""
    return sum(
        1
        for article in tree.iter("article")
        if next(article.iterancestors("article"), None) is None
        and sum(len(paragraph.text_content()) for paragraph in article.iter("p")) >= _LONG_STORY
    )


def _parse(body: str) -> Any:
    """The tree of BODY; None when the parser gave up, which it does where elements are nested too deep."""
    # Bytes, because lxml refuses text that declares an encoding. The declaration is void: this is text.
    encoded = body.replace("\x00", "").encode("utf-8", "replace")
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
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


def _is_manageable(tree: Any) -> bool:
    depth = count = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            return False
    return True


def _blocks(tree: Any, page: Page) -> list[Paragraph]:
    """The text of TREE in document order, a paragraph for each block; captions go to PAGE."""
    walk = _Walk(page.captions)
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            walk.enter(element)
        else:
            walk.leave(element)
    walk.flush()
    return walk.paragraphs


class _Walk:
    """Collects paragraphs on a way through a tree, in time linear in its size."""

    def __init__(self, captions: list[str]) -> None:
        self.paragraphs: list[Paragraph] = []
        self._captions = captions
        self._text: list[str] = []
        self._hidden: Any = None
        self._caption = 0
        self._roles: list[str] = []

    def enter(self, element: Any) -> None:
        if self._hidden is not None:
            return
        tag = element.tag
        if tag in _HIDDEN:
            self._hidden = element
            return
        if tag in _BREAKS:
            self.flush()
        if tag in _CAPTION:
            self._caption += 1
        if role := _ROLES.get(tag):
            self._roles.append(role)
        if element.text:
            self._text.append(element.text)

    def leave(self, element: Any) -> None:
        if self._hidden is not None:
            if self._hidden is not element:
                return
            self._hidden = None
        else:
            tag = element.tag
            if tag in _BREAKS:
                self.flush()
            if tag in _CAPTION:
                self._caption -= 1
            if tag in _ROLES:
                self._roles.pop()
        if element.tail:
            self._text.append(element.tail)

    def flush(self) -> None:
        text = repair(" ".join("".join(self._text).split()))
        self._text.clear()
        if not text:
            return
        if self._caption:
            self._captions.append(text)
        else:
            self.paragraphs.append(Paragraph(text, role=self._roles[-1] if self._roles else ""))


def _read_metadata(tree: Any, page: Page) -> None:
    """Fill in what JSON-LD says, then OpenGraph and its like, then the tree."""
    article = next((node for node in _json_ld(tree) if _is_article(node)), {})
    meta = _meta(tree)
    page.headline = _first_text(
        article.get("headline"),
        meta.get("og:title"),
        meta.get("twitter:title"),
        tree.findtext(".//h1"),
        tree.findtext(".//title"),
    )
    page.byline = _first_text(
        _names(article.get("author")), meta.get("author"), meta.get("article:author"), meta.get("byl")
    )
    page.publisher = _first_text(_names(article.get("publisher")), meta.get("og:site_name"))
    page.language = _first_text(article.get("inLanguage"), tree.get("lang"), meta.get("og:locale"))
    urls = [*tree.xpath("//link[@rel='canonical']/@href")[:1], meta.get("og:url") or ""]
    page.url = next((url.strip() for url in urls if url.strip().startswith(("https://", "http://"))), None)
    for value in (
        article.get("datePublished"),
        meta.get("article:published_time"),
        meta.get("datepublished"),
        meta.get("date"),
        *tree.xpath("//time/@datetime")[:1],
    ):
        if page.published_at is None:
            page.published_at = _moment(value)


def _first_text(*values: Any) -> str | None:
    """The first of VALUES that is text and no address; an author may be given by the address of a page."""
    for value in values:
        if isinstance(value, str) and (text := repair(" ".join(value.split()))) and "://" not in text[:10]:
            return text
    return None


def _meta(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = element.get("content")
        if name and content:
            found.setdefault(name.lower(), content)
    return found


def _json_ld(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of every JSON-LD script, those at the top first."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text:
            continue
        try:
            nodes = [json.loads(script.text, strict=False)]
        except (ValueError, RecursionError):
            continue
        for node in nodes:  # grows as it goes
            if isinstance(node, list):
                nodes.extend(node)
            elif isinstance(node, dict):
                nodes.extend(node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node)
                yield node


def _is_article(node: dict[str, Any]) -> bool:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(name, str) and _ARTICLE_TYPE.fullmatch(name) for name in kinds)


def _names(value: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    names = [node.get("name") if isinstance(node, dict) else node for node in values]
    return ", ".join(name.strip() for name in names if isinstance(name, str) and name.strip()) or None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(value.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
