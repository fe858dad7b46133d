"""Metadata: what a page's markup says about its article: JSON-LD first, then OpenGraph and its like, then the
tree."""

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
_FIRST_YEAR, _LAST_YEAR = 1450, 2100  # content systems say 0001-01-01 where they do not know
_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report")


@dataclass(frozen=True)
class Metadata:
    """What a page says about its article; None where it does not say."""

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
    """What the lxml TREE of a page says about its article."""
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
        text=_unwrapped(article.get("articleBody")),
        is_video=meta.get("og:type", "").startswith("video")
        or (not article and any(node.get("@type") == "VideoObject" for node in nodes)),
        is_paid=str(article.get("isAccessibleForFree")).lower() == "false"
        or meta.get("article:content_tier") in {"locked", "metered"},
    )


def _unwrapped(value: Any) -> str:
    """VALUE, when it is text without markup; some sites put HTML where text should be."""
    return value if isinstance(value, str) and "</" not in value else ""


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
        if _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            return moment
    return None
