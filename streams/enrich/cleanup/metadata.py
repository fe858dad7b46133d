"""Metadata: what a page says about its article, in JSON-LD, else OpenGraph and its like, else the tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from streams.enrich.cleanup.encoding import repair

_BY = re.compile(r"^\s*by\s+", re.IGNORECASE)
_FIRST_PRINT, _FAR_FUTURE = 1450, 2100  # years, fixed because the stage has no clock
_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report")


@dataclass(frozen=True)
class Metadata:
    """What a page says about its article; None for what it does not say."""

    headline: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    text: str = ""
    is_video: bool = False
    is_paid: bool = False


def read_metadata(tree: Any) -> Metadata:
    """Return what a page, as an lxml tree, says about its article."""
    nodes = list(_json_ld(tree))
    article = next((node for node in nodes if _is_article(node)), {})
    meta = _meta(tree)
    dates = (
        article.get("datePublished"),
        meta.get("article:published_time"),
        meta.get("datepublished"),
        meta.get("date"),
        *tree.xpath("//time/@datetime")[:1],
    )
    urls = (*tree.xpath("//link[@rel='canonical']/@href")[:1], meta.get("og:url", ""))
    return Metadata(
        headline=_first_text(
            article.get("headline"),
            meta.get("og:title"),
            meta.get("twitter:title"),
            tree.findtext(".//h1"),
            tree.findtext(".//title"),
        ),
        byline=_first_text(
            _names(article.get("author")), meta.get("author"), meta.get("article:author"), meta.get("byl")
        ),
        published_at=next(filter(None, map(_moment, dates)), None),
        publisher=_first_text(_names(article.get("publisher")), meta.get("og:site_name")),
        language=_first_text(article.get("inLanguage"), tree.get("lang"), meta.get("og:locale")),
        url=next((url.strip() for url in urls if url.strip().startswith(("https://", "http://"))), None),
        text=_plain_text(article.get("articleBody")),
        is_video=meta.get("og:type", "").startswith("video")
        or (not article and any(node.get("@type") == "VideoObject" for node in nodes)),
        is_paid=str(article.get("isAccessibleForFree")).lower() == "false"
        or meta.get("article:content_tier") in {"locked", "metered"},
    )


def is_plausible(moment: datetime) -> bool:
    """Return True if an article can have been published at this moment."""
    return _FIRST_PRINT <= moment.year <= _FAR_FUTURE


def _plain_text(value: Any) -> str:
    """Return `value` if it is text without markup, or "". Some sites put HTML where text should be."""
    return value if isinstance(value, str) and "</" not in value else ""


def _first_text(*values: Any) -> str | None:
    """Return the first value that is text, but not a web address: some pages name an author by an address."""
    for value in values:
        if isinstance(value, str) and (text := repair(" ".join(value.split()))) and "://" not in text[:10]:
            return text
    return None


def _meta(tree: Any) -> dict[str, str]:
    contents: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = element.get("content")
        if name and content:
            contents.setdefault(name.lower(), content)
    return contents


def _json_ld(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every node of every JSON-LD script, the nodes at the top first."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text:
            continue
        try:
            nodes = [json.loads(script.text, strict=False)]
        except (ValueError, RecursionError):
            continue
        for node in nodes:  # the list grows on the way
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
    names = [_BY.sub("", name) if isinstance(name, str) else None for name in names]
    return ", ".join(name.strip() for name in names if isinstance(name, str) and name.strip()) or None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if is_plausible(moment):  # content systems say 0001-01-01 where they have no date
            return moment
    return None
