"""Metadata: what a page says about its article, in JSON-LD, else OpenGraph and its like, else the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.headlines import (
    Titles,
    choose_headline,
    find_heading,
    is_headline,
)
from streams.enrich.cleanup.json_ld import JsonLd, Node, is_article, plain_text
from streams.enrich.cleanup.markup import strip_inline_tags
from streams.enrich.cleanup.page_bylines import read_byline
from streams.enrich.cleanup.page_dates import read_published
from streams.enrich.cleanup.sites import Sites
from streams.enrich.cleanup.title_words import agreement
from streams.enrich.cleanup.vicinity import Vicinity

_Meta = Mapping[str, Sequence[str]]

_SIGNS = re.compile(r"[\W_]+")
# The names of meta elements without their signs, the most trusted first.
_TITLES = ("ogtitle", "twittertitle", "parselytitle", "sailthrutitle", "dctitle", "dctermstitle")
_AUTHORS = (
    *("author", "articleauthor", "ogarticleauthor", "articleauthorname", "ogauthor", "parselyauthor"),
    *("sailthruauthor", "cxenseparseauthor", "byl", "byline", "authors", "dccreator", "dctermscreator"),
    *(
        "dccreatorname",
        "creator",
        "citationauthor",
        "newsauthor",
        "rbauthors",
        "contentcreator",
        "authorname",
    ),
    *("vrauthor", "fpauthors"),
)
_PUBLISHERS = ("ogsitename", "dcpublisher", "dctermspublisher")
_NAMES_OF_SITES = (
    "ogsitename",
    "applicationname",
    "applemobilewebapptitle",
    "twittersite",
    "alandroidappname",
)
_SECTIONS = ("articlesection", "parselysection", "section")
_SITE_NODES = ("WebSite", "NewsMediaOrganization", "Organization")
_LONGEST = 1000  # characters of a title or a name
_MOST_NAMES = 50
_MOST_HEADINGS = 8  # of each rank
_STATED_HEADINGS = etree.XPath("//*[@itemprop='headline' and not(self::meta)]")
_STORY = frozenset({"article", "main"})
_BREAKS = frozenset({"br", "div", "p", "small"})
_TAG = "\x00"  # no page has this character
_TAGS = re.compile(r"\x00+((?<=[^\s\x00]\x00)(?=[^\W\d_a-zß-öø-ÿ]|[\"“„«]))?")
_UNSEEN = frozenset({"style", "script", "svg"})
_FRONT = re.compile(r"(?:https?://[^/]+)?/?")
_SHORTEST_DOMAIN = 3  # letters
# Of WordPress, which names the author in what it tells Twitter.
_AUTHOR_LABELS = frozenset(
    {
        *("written by", "author", "by", "verfasst von", "geschrieben von", "écrit par", "escrito por"),
        *(
            "scritto da",
            "geschreven door",
            "skrevet av",
            "skrevet af",
            "skriven av",
            "napisane przez",
            "yazan",
        ),
        *("написано автором", "kirjoittanut", "ditulis oleh"),
    }
)
_PLAIN_DOMAINS = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})


@dataclass(frozen=True)
class Metadata:
    """What a page says about its article; None for what it does not say.

    `titles` are other forms of the headline, as they stand in the page.
    """

    headline: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    text: str = ""
    is_video: bool = False
    is_paid: bool = False
    titles: tuple[str, ...] = ()


def read_metadata(tree: Any, url: str | None = None) -> Metadata:
    """Return what a page, as an lxml tree, says about its article.

    `url` is where the publisher says that the page is.
    """
    linked, meta = JsonLd(tree), _meta(tree)
    stated_urls = [*_canonical(tree), *map(str.strip, meta.get("ogurl", ()))]
    urls = [address for address in (url, *stated_urls) if address]
    headings = _headings(tree)
    titles = _titles(tree, meta, headings)
    sites = _sites(linked, meta, urls, headings, titles)
    about = titles.about(sites)
    articles = linked.articles(urls, lambda headline: agreement(_clean(headline), about) if about else 1.0)
    pages = linked.pages()
    headlines = _texts(plain_text(node.get("headline")) for node in articles)
    headline = choose_headline(replace(titles, stated=[*headlines, *titles.stated]), sites)
    place = find_heading(headline, [text for text, _ in headings])
    vicinity = Vicinity(tree, None if place is None else headings[place][1])
    publishers = _texts(name for node in articles for name in linked.names(node.get("publisher")))
    return Metadata(
        headline=headline,
        byline=read_byline(_authors(linked, articles, pages, meta), vicinity, sites),
        published_at=read_published([*articles, *pages], meta, vicinity, urls, _locale(tree, meta, urls)),
        publisher=_first(
            publishers,
            _texts(_contents(meta, _PUBLISHERS)),
            _names_of(linked, "WebSite"),
            _texts(
                name for node in linked.of_type("WebSite") for name in linked.names(node.get("publisher"))
            ),
        ),
        language=_first(
            _texts(plain_text(node.get("inLanguage")) for node in articles), _locales(tree, meta)
        ),
        url=next((address for address in stated_urls if address.startswith(("https://", "http://"))), None),
        text=_plain_text(next(filter(None, (node.get("articleBody") for node in articles)), "")),
        is_video=any(kind.startswith("video") for kind in meta.get("ogtype", ())[:1])
        or (not articles and bool(linked.of_type("VideoObject"))),
        is_paid=any(str(node.get("isAccessibleForFree")).lower() == "false" for node in articles)
        or not {"locked", "metered"}.isdisjoint(meta.get("articlecontenttier", ())),
        titles=(*titles.stated, *titles.shown, *titles.headings, *titles.lesser_headings),
    )


def _titles(tree: Any, meta: _Meta, headings: Sequence[tuple[str, Any]]) -> Titles:
    first = [(text, element) for text, element in headings if element.tag != "h2"]
    lone = len(first) == 1 and any(outer.tag in _STORY for outer in first[0][1].iterancestors())
    return Titles(
        stated=_texts(_contents(meta, _TITLES)),
        shown=_texts([tree.findtext(".//title")]),
        headings=[text for text, _ in first],
        lesser_headings=[text for text, element in headings if element.tag == "h2"],
        story_heading=first[0][0] if lone else None,
    )


def _canonical(tree: Any) -> list[str]:
    links = (link for link in tree.iter("link") if (link.get("rel") or "").strip().lower() == "canonical")
    return [(link.get("href") or "").strip() for link in links]


def _meta(tree: Any) -> dict[str, list[str]]:
    """Return the contents of the meta elements by their names, in lower case and without signs."""
    contents: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if not content:
            continue
        for name in {element.get("property"), element.get("name"), element.get("itemprop")} - {None}:
            contents.setdefault(_SIGNS.sub("", name.lower()), []).append(content)
    return contents


def _contents(meta: _Meta, names: Iterable[str]) -> Iterator[str]:
    return (content for name in names for content in meta.get(name, ()))


def _headings(tree: Any) -> list[tuple[str, Any]]:
    """Return the headings that may be the headline, with their elements: the first rank before the second."""
    ranked = list(tree.iter("h1", "h2"))
    first = [element for element in ranked if element.tag == "h1"] or _STATED_HEADINGS(tree)
    second = [element for element in ranked if element.tag == "h2"]
    elements = [*first[:_MOST_HEADINGS], *second[:_MOST_HEADINGS]]
    texts = ((_text_of_heading(element), element) for element in elements)
    return [(text, element) for text, element in texts if text]


def _text_of_heading(heading: Any) -> str:
    """Return the text of a heading, with a space for each break in it."""
    if not len(heading):
        return _clean(heading.text or "")
    pieces: list[str] = []
    for event, element in etree.iterwalk(heading, events=("start", "end")):
        pieces.append(" " if element.tag in _BREAKS else _TAG)
        if event == "start":
            pieces.append("" if element.tag in _UNSEEN else element.text or "")
        elif element is not heading:
            pieces.append(element.tail or "")
    return _clean(_TAGS.sub(lambda tags: " " if tags[1] else "", "".join(pieces)))


def _links_to_front(headings: Iterable[tuple[str, Any]]) -> list[str]:
    """Return the headings that lead to the front page: they are the name of the site."""
    return [text for text, element in headings if any(_is_front(link) for link in element.iter("a"))]


def _is_front(link: Any) -> bool:
    return link.get("rel") == "home" or _FRONT.fullmatch(link.get("href") or "") is not None


def _sites(
    linked: JsonLd, meta: _Meta, urls: Sequence[str], headings: Sequence[tuple[str, Any]], titles: Titles
) -> Sites:
    """Return the names of the site: its own, those of its publisher, and its domain."""
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in urls if "://" in url)
    publishers = (linked.names(node.get("publisher")) for node in linked.nodes if is_article(node))
    names = _texts(
        chain(
            _contents(meta, _NAMES_OF_SITES),
            _names_of(linked, *_SITE_NODES),
            chain.from_iterable(publishers),
            _domains(hosts),
        )
    )
    own_names = [name for name in names[:_MOST_NAMES] if not is_headline(name, titles)]
    return Sites([*own_names, *_links_to_front(headings)], _texts(_contents(meta, _SECTIONS)))


def _names_of(linked: JsonLd, *types: str) -> list[str]:
    """Return the names of the nodes of these types."""
    nodes = (node for name in types for node in linked.of_type(name))
    return _texts(plain_text(node.get(key)) for node in nodes for key in ("name", "alternateName"))


def _domains(hosts: Iterable[str]) -> Iterator[str]:
    """Yield hosts, and the part that somebody chose: "example" of "www.example.co.uk"."""
    for host in hosts:
        yield host.removeprefix("www.")
        labels = [label for label in host.split(".")[:-1] if label not in _PLAIN_DOMAINS]
        if labels and len(labels[-1]) >= _SHORTEST_DOMAIN:
            yield labels[-1]


def _authors(
    linked: JsonLd, articles: Sequence[Node], pages: Sequence[Node], meta: _Meta
) -> Iterator[Sequence[str]]:
    """Yield the names that each kind of metadata gives for the authors, the most trusted first."""
    for node in articles:
        yield linked.names(node.get("author"))
        yield linked.names(node.get("creator"))
    for name in _AUTHORS:
        yield meta.get(name, ())
    for number in ("1", "2"):
        if {label.lower() for label in meta.get(f"twitterlabel{number}", ())} & _AUTHOR_LABELS:
            yield meta.get(f"twitterdata{number}", ())
    for node in pages:
        yield linked.names(node.get("author"))


def _locales(tree: Any, meta: _Meta) -> list[str]:
    return _texts([tree.get("lang"), *meta.get("oglocale", ())])


def _locale(tree: Any, meta: _Meta, urls: Sequence[str]) -> str:
    """Return the language of the page, with its region if any of these tells it."""
    locales = [locale.replace("_", "-").lower() for locale in _locales(tree, meta)]
    if not locales:
        return ""
    first = locales[0].partition("-")[0]
    regions = [locale for locale in locales if "-" in locale and locale.startswith(first)]
    countries = [
        f"{first}-{host[-2:]}" for url in urls if (host := urlsplit(url).hostname or "")[-3:-2] == "."
    ]
    return next(iter((*regions, *countries, first)))


def _plain_text(value: Any) -> str:
    """Return `value` if it is text without markup, or "". Some sites put HTML where text should be."""
    return value if isinstance(value, str) and "</" not in value else ""


def _texts(values: Iterable[Any]) -> list[str]:
    """Return the values that are text, but not web addresses, as they were meant to be read."""
    texts = (_clean(value) for value in values if isinstance(value, str))
    return [text for text in texts if text and len(text) <= _LONGEST and "://" not in text[:10]]


def _clean(text: str) -> str:
    text = repair(" ".join(text.split()))
    return strip_inline_tags(text).strip() if "<" in text else text


def _first(*lists: Sequence[str]) -> str | None:
    return next(chain.from_iterable(lists), None)
