"""Metadata: what a page says about its article, in JSON-LD, else OpenGraph and its like, else the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.headlines import Sites, agreement, choose_headline, find_heading, is_headline
from streams.enrich.cleanup.json_ld import JsonLd, Node, plain_text
from streams.enrich.cleanup.markup import strip_inline_tags
from streams.enrich.cleanup.page_bylines import read_byline
from streams.enrich.cleanup.page_dates import read_published
from streams.enrich.cleanup.vicinity import Vicinity

_Meta = Mapping[str, Sequence[str]]

_TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title")
_AUTHORS = (
    *("author", "article:author", "og:article:author", "article:author_name", "og:author", "parsely-author"),
    *(
        "sailthru.author",
        "cxenseparse:author",
        "byl",
        "dc.creator",
        "dc:creator",
        "dcterms.creator",
        "dc.creator.name",
    ),
    *("citation_author", "article_author", "content-creator", "author.name", "vr:author", "fp:authors"),
)
_PUBLISHERS = ("og:site_name", "dc.publisher", "dcterms.publisher")
_NAMES_OF_SITES = (
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "twitter:site",
    "al:android:app_name",
)
_SECTIONS = ("article:section", "parsely-section", "section")
_SITE_NODES = ("WebSite", "NewsMediaOrganization", "Organization")
_MOST_HEADINGS = 8  # of each rank
_STATED_HEADINGS = etree.XPath("//*[@itemprop='headline' and not(self::meta)]")
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
    stated_urls = [*_canonical(tree), *map(str.strip, meta.get("og:url", ()))]
    urls = [address for address in (url, *stated_urls) if address]
    headings = _headings(tree)
    heading_texts = [text for text, _ in headings]
    greater = [text for text, element in headings if element.tag != "h2"]
    lesser = [text for text, element in headings if element.tag == "h2"]
    stated = _texts(_contents(meta, _TITLES))
    page_title = _first(_texts([tree.findtext(".//title")]))
    titles = [*stated, page_title] if page_title else stated
    witnesses = [*titles, *greater]
    articles = linked.articles(urls, lambda headline: agreement(_clean(headline), witnesses))
    pages = linked.pages()
    publishers = _texts(name for node in articles for name in linked.names(node.get("publisher")))
    names = [*publishers, *_names_of_site(linked, meta, urls)]
    names = [name for name in names if not is_headline(name, titles, heading_texts)]
    sites = Sites([*names, *_links_to_front(headings)], _texts(_contents(meta, _SECTIONS)))
    stated = [*_texts(plain_text(node.get("headline")) for node in articles), *stated]
    headline = choose_headline(stated, page_title, greater, lesser, sites)
    place = find_heading(headline, heading_texts)
    vicinity = Vicinity(tree, None if place is None else headings[place][1])
    return Metadata(
        headline=headline,
        byline=read_byline(_authors(linked, articles, pages, meta), vicinity, sites),
        published_at=read_published([*articles, *pages], meta, vicinity, urls, _locale(tree, meta, urls)),
        publisher=_first(publishers, _texts(_contents(meta, _PUBLISHERS)), _names_of(linked, "WebSite")),
        language=_first(
            _texts(plain_text(node.get("inLanguage")) for node in articles), _locales(tree, meta)
        ),
        url=next((address for address in stated_urls if address.startswith(("https://", "http://"))), None),
        text=_plain_text(next(filter(None, (node.get("articleBody") for node in articles)), "")),
        is_video=any(kind.startswith("video") for kind in meta.get("og:type", ())[:1])
        or (not articles and bool(linked.of_type("VideoObject"))),
        is_paid=any(str(node.get("isAccessibleForFree")).lower() == "false" for node in articles)
        or not {"locked", "metered"}.isdisjoint(meta.get("article:content_tier", ())),
        titles=tuple(dict.fromkeys([*titles, *heading_texts])),
    )


def _canonical(tree: Any) -> list[str]:
    links = (link for link in tree.iter("link") if (link.get("rel") or "").strip().lower() == "canonical")
    return [(link.get("href") or "").strip() for link in links]


def _meta(tree: Any) -> dict[str, list[str]]:
    """Return the contents of the meta elements by their names in lower case."""
    contents: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if not content:
            continue
        for name in {element.get("property"), element.get("name"), element.get("itemprop")} - {None}:
            contents.setdefault(name.lower(), []).append(content)
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


def _names_of_site(linked: JsonLd, meta: _Meta, urls: Sequence[str]) -> list[str]:
    hosts = [urlsplit(url).hostname or "" for url in urls if "://" in url]
    return _texts(
        chain(
            _contents(meta, _NAMES_OF_SITES), _names_of(linked, *_SITE_NODES), _domains(dict.fromkeys(hosts))
        )
    )


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
        if {label.lower() for label in meta.get(f"twitter:label{number}", ())} & _AUTHOR_LABELS:
            yield meta.get(f"twitter:data{number}", ())
    for node in pages:
        yield linked.names(node.get("author"))


def _locales(tree: Any, meta: _Meta) -> list[str]:
    return _texts([tree.get("lang"), *meta.get("og:locale", ())])


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
    return [text for text in texts if text and "://" not in text[:10]]


def _clean(text: str) -> str:
    text = repair(" ".join(text.split()))
    return strip_inline_tags(text).strip() if "<" in text else text


def _first(*lists: Sequence[str]) -> str | None:
    return next(chain.from_iterable(lists), None)
