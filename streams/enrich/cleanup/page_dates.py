"""Dates of pages: when the article was published, by what the markup states, or else by what readers see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from lxml import etree

from streams.enrich.cleanup.line_patterns import word_set
from streams.enrich.cleanup.markup import text_of
from streams.enrich.cleanup.moments import Moment, has_date, read_moment
from streams.enrich.cleanup.vicinity import Vicinity, class_words, is_in_scope
from streams.enrich.cleanup.words import words

_META_NAMES = (
    *(
        "article:published_time",
        "og:article:published_time",
        "og:published_time",
        "article:published",
        "datepublished",
    ),
    *(
        "date_published",
        "published_time",
        "article:published_date",
        "article:publicationdate",
        "article.published",
    ),
    *(
        "article_date_original",
        "rnews:datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "cxenseparse:recs:publishtime",
    ),
    *(
        "cxenseparse:publishtime",
        "publish-date",
        "publish_date",
        "publishdate",
        "published-date",
        "published_date",
    ),
    *(
        "publisheddate",
        "publication_date",
        "publication-date",
        "publicationdate",
        "published",
        "published_at",
        "pubdate",
    ),
    *(
        "pub_date",
        "pdate",
        "ptime",
        "og:pubdate",
        "og:publish_date",
        "og:datepublished",
        "og:release_date",
        "bt:pubdate",
    ),
    *(
        "originalpublicationdate",
        "dcterms.issued",
        "dcterms:issued",
        "dc.date.issued",
        "dc:date.issued",
        "dc.issued",
    ),
    *(
        "dc.date.published",
        "dc.date.publication",
        "dcterms.created",
        "dcterms:created",
        "dc.date.created",
        "dc.created",
    ),
    *(
        "dc:created",
        "dcterms.date",
        "dcterms:date",
        "dc.date",
        "dc:date",
        "citation_publication_date",
        "citation_online_date",
    ),
    *(
        "citation_date",
        "displaydate",
        "release_date",
        "dateposted",
        "date_created",
        "datecreated",
        "created",
        "date",
    ),
    *("vr:published_time", "article.created", "gentime", "timestamp", "time"),
)
_SCOPES = ("Comment", "Image", "Video", "Person", "Organization", "Event")

_DATE_WORDS = word_set(
    """
    date dates time timestamp datetime published publish publication posted pubdate datum fecha data meta
    byline dateline info created
    """
)
_CHANGED_WORDS = word_set("updated update modified changed lastmod edited")
_UNSHOWN_WORDS = _CHANGED_WORDS | {"hidden", "screen-reader-text"}
_CHANGED = re.compile(
    r"(?i)(?:updated|modified|last\s(?:changed|edited)|aktualisiert|geändert|stand|mise?\sà\sjour|actualizad[oa]"
    r"|aggiornato|atualizado|bijgewerkt|обновлено|更新)"
)
_PUBLISHED = re.compile(
    r"(?i)(?:published|posted|veröffentlicht|erstellt|publi[ée]|publicado|pubblicato|gepubliceerd|опубликовано"
    r"|发布|公開)"
)
_LONGEST = 120  # characters of an element that shows a date
_MOST_ELEMENTS = 300  # that are looked at
_MOST_READ = 12  # that are read
_OTHER_DATE = re.compile(
    r"(?i)\b(?:deadline|release|begin\w*|starts?|ends?|ende|regist\w+|joined|born|geboren|\w*termin|comments?"
    r"|kommentare?|expires?|valid|gültig|until|bis)\b"
)
_MOST_WORDS = 11  # of a line with a date that is not a sentence of the story
_LABEL = 30  # characters; so long is what stands beside a date and belongs to it
_NEXT_TEXTS = etree.XPath(
    "following::text()[normalize-space() and not(parent::script or parent::style)][position() <= 20]"
)
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")


def read_published(
    nodes: Iterable[Mapping[str, Any]],
    meta: Mapping[str, Sequence[str]],
    vicinity: Vicinity,
    urls: Sequence[str],
    language: str,
) -> datetime | None:
    """Return when the article was published, or None. The time is naive if the page gives no zone.

    `nodes` are those of JSON-LD, the most trusted first; `meta` has the contents for each name; `urls` are
    the addresses of the page, which may have the day in them; `language` is the page's.
    """
    values = chain(
        _stated(nodes, meta),
        _marked(vicinity),
        _under_heading(vicinity.heading),
        _shown(vicinity),
        _in_urls(urls),
    )
    moments = (moment for value in values if (moment := read_moment(value, language)))
    first = next(moments, None)
    if first is None or first.has_offset():
        return first.when if first else None
    # Another element may give the zone, or the time of the day, that the first one lacks.
    return next((moment.when for moment in moments if _completes(moment, first)), first.when)


def _completes(moment: Moment, first: Moment) -> bool:
    """Return True if `moment` is the same as the first, and says more."""
    if not first.has_time:
        return moment.has_time and moment.when.date() == first.when.date()
    if not moment.has_offset():
        return False
    return first.when in {moment.when.replace(tzinfo=None), moment.when.astimezone(UTC).replace(tzinfo=None)}


def _stated(nodes: Iterable[Mapping[str, Any]], meta: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    for node in nodes:
        yield from (value for key in ("datePublished", "dateCreated") for value in _listed(node.get(key)))
    for name in _META_NAMES:
        yield from meta.get(name, ())


def _listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [inner.get("@value") if isinstance(inner, dict) else inner for inner in values]


def _marked(vicinity: Vicinity) -> Iterator[str]:
    """Yield the dates that the elements of the page's body state as those of publication."""
    marked = (
        element
        for element, _ in vicinity.marked
        if (element.get("itemprop") or "").lower() == "datepublished" or element.get("pubdate") is not None
    )
    elements = (element for element in islice(marked, _MOST_ELEMENTS) if not is_in_scope(element, _SCOPES))
    for element in vicinity.nearest(elements):
        yield from (element.get(name) or "" for name in ("content", "datetime", "title"))
        yield text_of(element)


def _shown(vicinity: Vicinity) -> Iterator[str]:
    """Yield the dates that readers see near the headline, but not those of a change."""
    elements = (element for element, names in vicinity.marked if _shows_date(element, names))
    for element in vicinity.nearest(islice(elements, _MOST_ELEMENTS))[:_MOST_READ]:
        if element.tag == "time":
            yield element.get("datetime") or ""
        yield _published_part(_shown_text(element))


def _shows_date(element: Any, names: frozenset[str]) -> bool:
    is_time = element.tag == "time"
    if not is_time and _DATE_WORDS.isdisjoint(names):
        return False
    if not _CHANGED_WORDS.isdisjoint(names) and "published" not in names:
        return False
    text = _shown_text(element)
    if is_time:
        return not _is_change(_text_before(element)) and not _is_change(text)
    return (
        len(text.strip()) <= _LONGEST
        and has_date(_published_part(text))
        and not is_in_scope(element, _SCOPES)
    )


def _shown_text(element: Any) -> str:
    """Return the text of an element, without the parts that are hidden, or about a change."""
    if not len(element):
        return element.text or ""
    pieces: list[str] = []
    hidden: Any = None
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if event == "start" and hidden is None:
            if inner is not element and not _UNSHOWN_WORDS.isdisjoint(class_words(inner)):
                hidden = inner
            else:
                pieces.append(inner.text or "")
        elif event == "end":
            hidden = None if hidden is inner else hidden
            if hidden is None and inner is not element:
                pieces += [" ", inner.tail or ""]
    return "".join(pieces)


def _text_before(element: Any) -> str:
    previous, parent = element.getprevious(), element.getparent()
    text = previous.tail if previous is not None else parent.text if parent is not None else ""
    if not (text or "").strip() and previous is not None:
        text = text_of(previous)
    return (text or "")[-_LONGEST:]


def _is_change(text: str) -> bool:
    return _CHANGED.search(text) is not None and _PUBLISHED.search(text) is None


def _published_part(text: str) -> str:
    """Return the part of a line with dates that is about the publication; "" if there is none."""
    changed, published = _CHANGED.search(text), _PUBLISHED.search(text)
    if changed and published:
        return text[published.end() : changed.start() if changed.start() > published.end() else None]
    if changed and not has_date(text[: changed.start()]):
        return ""
    return text[: changed.start()] if changed else text


def _under_heading(heading: Any) -> Iterator[str]:
    """Yield the texts with a date between the headline and the first paragraph, with what is beside them."""
    if heading is None:
        return
    lines: list[str] = []
    for text in _NEXT_TEXTS(heading):
        line = " ".join(text.split())
        if len(line) > _LONGEST:
            break
        lines.append(line)
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if has_date(line) and len(words(line)) <= _MOST_WORDS and not _OTHER_DATE.search(line):
            beside = (before if len(before) <= _LABEL else "", line, after if len(after) <= _LABEL else "")
            yield _published_part(" ".join(beside).strip())


def _in_urls(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        if found := _IN_URL.search(url):
            yield "-".join(found.groups())
