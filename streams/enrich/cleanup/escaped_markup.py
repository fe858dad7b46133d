"""Markup where text belongs: HTML that a producer escaped or wrapped in CDATA, and tags in headlines."""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress

from streams.enrich.cleanup.markup import has_markup, is_html

_BLOCK = (
    r"p|div|br|h[1-6]|li|ul|ol|dl|dd|dt|article|section|body|html|head|table|tbody|tr|td|th|blockquote|main"
    r"|header|footer|figure|figcaption|img|hr|pre"
)
_INLINE = (
    r"b|i|em|strong|u|s|span|a|font|small|big|sup|sub|mark|cite|q|abbr|code|strike|del|ins|tt|nobr|wbr|center"
)
_VOID = re.compile(r"<(?:br|hr|wbr|img)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rf"<(?P<close>/?)(?P<name>{_BLOCK}|{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.{0,200}?-->", re.DOTALL)
_CDATA = re.compile(r"\s*<!\[CDATA\[(?P<content>.*)\]\]>\s*", re.DOTALL)

# "<" and ">" as entities, which may be escaped again: "&amp;lt;".
_LESS = r"&(?:amp;){0,3}(?:lt|#0{0,4}60|#[xX]0{0,4}3[cC]);"
_MORE = r"&(?:amp;){0,3}(?:gt|#0{0,4}62|#[xX]0{0,4}3[eE]);"
_ESCAPED_TAG = re.compile(
    rf"{_LESS}/?(?:{_BLOCK}|{_INLINE})\b(?:(?!{_LESS}|{_MORE}).){{0,500}}{_MORE}", re.IGNORECASE
)
_ESCAPED_START = re.compile(rf"\s*{_LESS}(?:{_BLOCK}|{_INLINE}|!doctype|!--)\b", re.IGNORECASE)
_ESCAPED_BREAK = re.compile(rf"{_LESS}(?:/(?:{_BLOCK})\s*|br\s*/?\s*){_MORE}", re.IGNORECASE)
_ESCAPED_CLOSE = re.compile(rf"{_LESS}/(?:{_BLOCK}|{_INLINE})\s*{_MORE}", re.IGNORECASE)
_OPENS = re.compile(r"\s*<[A-Za-z][^<>]{0,500}>")
_CLOSES = re.compile(r"</[A-Za-z][\w:.-]{0,50}\s{0,5}>\s{0,50}\Z")
_MOST_WRAPPERS = 4
_ESCAPED_IN_JSON = re.compile(r"\\u003[cC]/(?:p|div|br|h[1-6]|li|ul)\\u003[eE]")
_FEWEST_BREAKS = 2  # in a text that does not begin with a tag; one may be what the text is about
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_ROUNDS = 3  # nobody escapes four times


def blank_cdata(body: str) -> str:
    """Return `body` with spaces in the place of a CDATA wrapper, so that nothing moves."""
    if cdata := _CDATA.fullmatch(body):
        start, end = cdata.span("content")
        return " " * start + cdata["content"] + " " * (len(body) - end)
    return body


def unescape_body(body: str) -> str | None:
    """Return `body` as HTML if it is HTML that was escaped, or None."""
    if not has_markup(body) and _ESCAPED_IN_JSON.search(body):
        with suppress(ValueError):
            return str(json.loads(f'"{body.strip()}"', strict=False))
    if "&" not in body or not _is_escaped(body):
        return None
    for _ in range(_ROUNDS):
        if not _ESCAPED_TAG.search(body):
            break
        body = html.unescape(body)
    # Where all tags are of the kind that formats words, blank lines separate the paragraphs.
    return body if is_html(body) else "<p>" + _BLANK_LINE.sub("</p><p>", body) + "</p>"


def plain_headline(headline: str) -> str:
    """Return `headline` on one line and without tags, except one never closed: it may be the subject."""
    headline = blank_cdata(headline)
    for _ in range(_ROUNDS):
        if not _ESCAPED_CLOSE.search(headline):
            break
        headline = html.unescape(headline)
    if "<" in headline:
        closed = {tag["name"].lower() for tag in _TAG.finditer(headline) if tag["close"]}
        headline = _VOID.sub(" ", _COMMENT.sub(" ", headline))
        headline = _TAG.sub(lambda tag: "" if tag["name"].lower() in closed else tag[0], headline)
    return " ".join(headline.split())


def _is_escaped(body: str) -> bool:
    """Return True if all markup inside `body` is escaped, and there is enough of it to be markup."""
    start, end = _inside_wrappers(body)
    if has_markup(body, start, end):  # as a page has near its start
        return False
    breaks = len(_ESCAPED_BREAK.findall(body))
    if not breaks and not _ESCAPED_CLOSE.search(body):
        return False
    return _ESCAPED_START.match(body, start, end) is not None or breaks >= _FEWEST_BREAKS


def _inside_wrappers(body: str) -> tuple[int, int]:
    """Return where `body` starts and ends without the few tags that it begins and ends with."""
    start, end = 0, len(body)
    for _ in range(_MOST_WRAPPERS):
        if opening := _OPENS.match(body, start, end):
            start = opening.end()
        if closing := _CLOSES.search(body, max(start, end - 110), end):
            end = closing.start()
    return start, end
