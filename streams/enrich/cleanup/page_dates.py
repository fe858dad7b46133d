"""Dates of pages: when the article was published, by what the markup states, or else by what readers see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from lxml import etree

from streams.enrich.cleanup.line_patterns import word_set
from streams.enrich.cleanup.markup import text_of
from streams.enrich.cleanup.moments import Moment, has_date, read_moment, without_dates
from streams.enrich.cleanup.vicinity import Vicinity, class_words, is_in_scope
from streams.enrich.cleanup.words import words

# The names of meta elements without their signs, the most telling first.
_META_NAMES = (
    *(
        "articlepublishedtime",
        "ogarticlepublishedtime",
        "ogpublishedtime",
        "publishedtime",
        "articlepublished",
    ),
    *("datepublished", "ogdatepublished", "articlepublisheddate", "articlepublicationdate"),
    *(
        "articledateoriginal",
        "rnewsdatepublished",
        "parselypubdate",
        "sailthrudate",
        "cxenseparsepublishtime",
    ),
    *(
        "cxenseparserecspublishtime",
        "publishdate",
        "publisheddate",
        "publicationdate",
        "publishtime",
        "published",
    ),
    *("publishedat", "iso8601publishdate", "datepublication", "pubdate", "pdate", "ptime", "ogpubdate"),
    *("ogpublishdate", "ogarticlepublishdate", "ogreleasedate", "btpubdate", "originalpublicationdate"),
    *("vrpublishedtime", "dctermsissued", "dcdateissued", "dcissued", "dcdatepublished", "dcdatepublication"),
    *("dctermscreated", "dcdatecreated", "dccreated", "dctermsdate", "dcdate", "citationpublicationdate"),
    *("citationonlinedate", "citationdate", "displaydate", "releasedate", "dateposted", "postdate"),
    *(
        "articlecreated",
        "datecreated",
        "createdate",
        "creationdate",
        "created",
        "date",
        "gentime",
        "timestamp",
    ),
    "time",
)
_OTHER_META_NAME = re.compile(
    r"(?:publi(?:sh(?:ed)?|cation)|posted|creat(?:ed?|ion)|issued?)(?:at|on|date(?:time)?|time(?:stamp)?)"
    r"|(?:first|news|article|story|cse)published(?:$|telegram)|(?:date|time)(?:publish|creat|issue)"
)
_PROPERTIES = frozenset({"datepublished", "datecreated"})
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
_LONGEST_HIDING = 1000  # characters of an element, with what it hides
_LONGEST = 120  # characters of an element that shows a date
_MOST_ELEMENTS = 300  # that are looked at
# Of one moment two clocks differ by quarters of an hour.
_BETWEEN_ZONES, _FARTHEST_ZONES = timedelta(minutes=15), timedelta(hours=14)
_ROUNDING = timedelta(minutes=1)
_LONGEST_LINE, _MOST_WORDS_BESIDE = 60, 3
_MOST_READ = 12  # that are read
_OTHER_DATE = re.compile(
    r"(?i)\b(?:deadline|release|begin\w*|starts?|ends?|ende|regist\w+|joined|born|geboren|\w*termin|comments?"
    r"|kommentare?|expires?|valid|gültig|until|bis)\b"
)
_MOST_WORDS_OF_LABELLED = 16
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


def is_date_line(line: str) -> bool:
    """Return True if `line` is a date, perhaps with the time and a word such as "published"."""
    if not len(line) <= _LONGEST_LINE or not has_date(line) or read_moment(line) is None:
        return False
    return len([word for word in words(without_dates(line)) if word.isalpha()]) <= _MOST_WORDS_BESIDE


def _completes(moment: Moment, first: Moment) -> bool:
    """Return True if `moment` seems to be the same as the first, and says more."""
    if not first.has_time:
        return moment.has_time and moment.when.date() == first.when.date()
    if not (moment.has_time and moment.has_offset()):
        return False
    away = abs(moment.when.replace(tzinfo=None) - first.when)
    quarters = away / _BETWEEN_ZONES
    return away <= _FARTHEST_ZONES and abs(quarters - round(quarters)) * _BETWEEN_ZONES <= _ROUNDING


def _stated(nodes: Iterable[Mapping[str, Any]], meta: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    for node in nodes:
        yield from (value for key in ("datePublished", "dateCreated") for value in _listed(node.get(key)))
    for name in _META_NAMES:
        yield from meta.get(name, ())
    # The names that content systems make up for the same thing.
    for name, contents in meta.items():
        if _OTHER_META_NAME.search(name):
            yield from contents


def _listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [inner.get("@value") if isinstance(inner, dict) else inner for inner in values]


def _marked(vicinity: Vicinity) -> Iterator[str]:
    """Yield the dates that the elements of the page's body state as those of publication."""
    marked = (
        element
        for element, _ in vicinity.marked
        if (element.get("itemprop") or "").lower() in _PROPERTIES or element.get("pubdate") is not None
    )
    elements = (element for element in islice(marked, _MOST_ELEMENTS) if not is_in_scope(element, _SCOPES))
    for element in sorted(vicinity.nearest(elements), key=_is_creation):
        yield from (element.get(name) or "" for name in ("content", "datetime", "title"))
        yield text_of(element)


def _is_creation(element: Any) -> bool:
    return (element.get("itemprop") or "").lower() == "datecreated"


def _shown(vicinity: Vicinity) -> Iterator[str]:
    """Yield the dates that readers see near the headline, but not those of a change."""
    elements = (element for element, names in vicinity.marked if _shows_date(element, names))
    for element in vicinity.nearest(islice(elements, _MOST_ELEMENTS))[:_MOST_READ]:
        if element.tag == "time":
            yield element.get("datetime") or ""
        elif element.tag == "abbr":
            yield element.get("title") or ""
        yield _published_part(_shown_text(element))


def _shows_date(element: Any, names: frozenset[str]) -> bool:
    is_time = element.tag == "time" or (element.tag == "abbr" and "published" in names)
    if not is_time and _DATE_WORDS.isdisjoint(names):
        return False
    if not _CHANGED_WORDS.isdisjoint(names) and "published" not in names:
        return False
    if len(text_of(element)) > _LONGEST_HIDING:
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
        most_words = _MOST_WORDS_OF_LABELLED if _PUBLISHED.search(line) else _MOST_WORDS
        if has_date(line) and len(words(line)) <= most_words and not _OTHER_DATE.search(line):
            beside = (before if len(before) <= _LABEL else "", line, after if len(after) <= _LABEL else "")
            yield _published_part(" ".join(beside).strip())


def _in_urls(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        if found := _IN_URL.search(url):
            yield "-".join(found.groups())
