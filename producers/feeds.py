"""Articles out of feeds: RSS and Atom in all their versions, read by feedparser."""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from streams.events import fingerprint
from streams.timestamps import read_timestamp

_UTF8 = {"content-type": "application/xml; charset=utf-8"}  # which overrules what the feed declares


def read_entries(text: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a feed as the fields of an article.

    A body is the longest text that the entry has. An entry without text has no body. The name of the feed is
    under `feed`. Raises ValueError, which says what is wrong, when there are no entries.
    """
    import feedparser  # an eighth of a second, for whoever reads feeds

    source = io.BytesIO(text.encode("utf-8", "replace"))
    parsed = feedparser.parse(source, response_headers=_UTF8, sanitize_html=False)  # the cleaner reads it all
    if not parsed.entries:
        reason = parsed.get("bozo_exception")
        raise ValueError(f"is a broken feed: {reason}" if reason else "is a feed without entries")
    for entry in parsed.entries:
        yield {field: value for field, value in _fields(entry, parsed.feed).items() if value}


def _fields(entry: Any, feed: Any) -> dict[str, Any]:
    link = entry.get("feedburner_origlink") or entry.get("link") or ""
    url = urljoin(feed.get("link") or "", link) if link else ""
    is_on_the_web = url.startswith(("http://", "https://"))
    identity = entry.get("id")
    content = max(_contents(entry), key=lambda part: len(part["value"]), default=None)
    return {
        "article_id": fingerprint("guid", identity) if identity and not is_on_the_web else None,
        "publisher": (entry.get("source") or {}).get("title") or feed.get("publisher"),
        "url": url if is_on_the_web else None,
        "published_at": _moment(entry, "published") or _moment(entry, "updated"),
        "headline": entry.get("title"),
        "body": content and content["value"],
        "content_type": "text/plain" if content and content.get("type") == "text/plain" else "text/html",
        "language": feed.get("language"),
        "feed": feed.get("title"),
    }


def _contents(entry: Any) -> list[Any]:
    parts = [*entry.get("content", ()), entry.get("summary_detail")]
    return [part for part in parts if part and (part.get("value") or "").strip()]


def _moment(entry: Any, name: str) -> datetime | None:
    # feedparser takes the time of a zone that it does not know, as CET is, for UTC.
    if moment := read_timestamp(entry.get(name) or ""):
        return moment
    parsed = entry.get(f"{name}_parsed")
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
