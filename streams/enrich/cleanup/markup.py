"""Markup: telling HTML from text, parsing it, and taking tags out."""

from __future__ import annotations

import re
import sys
from typing import Any

from lxml import etree
from lxml import html as lxml_html

_BLOCK_TAG = (
    r"p|div|h[1-6]|li|ul|ol|article|section|body|html|head|table|tr|td|blockquote|main|header|footer|title"
    r"|script|style"
)
_INLINE_TAG = r"b|i|em|strong|u|s|span|a|font|small|sup|sub|mark|cite|q|abbr"
_OPENS_HTML = re.compile(rf"\s*<(?:!doctype|\?xml|!--|(?:{_BLOCK_TAG}|br|img|figure)\b)", re.IGNORECASE)
_CLOSES_HTML = re.compile(rf"</(?:{_BLOCK_TAG})\s*>|<br\s*/?>[^<]*<br\s*/?>", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|body|head|!doctype)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![^<>]*>")
_BLOCK = re.compile(rf"</?(?:{_BLOCK_TAG}|br)\b[^<>]*>", re.IGNORECASE)
_UNREAD = re.compile(r"<(?:script|style)\b[^<>]*>[^<]*(?:</(?:script|style)\s*>)?", re.IGNORECASE)
_INLINE = re.compile(rf"</?(?:{_INLINE_TAG})(?:\s[^<>]*)?>", re.IGNORECASE)
_INLINE_END = re.compile(rf"</(?:{_INLINE_TAG})\s*>", re.IGNORECASE)

# Characters that lxml takes in from a page, and that make it raise when it has to move them.
_BREAKS = b"\x0b\x0c"
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"} - {*_BREAKS})
_SPACES_FOR_BREAKS = bytes.maketrans(_BREAKS, b"  ")
_NO_CHARACTERS = "\ufffe", "\uffff"
_REFERENCES = re.compile(
    "&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    "|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
# One class for all elements, set in C: lxml.html's own choice is a call to Python for every element and costs
# a tenth of the time of a page.
_ELEMENTS = etree.ElementDefaultClassLookup(element=lxml_html.HtmlElement)

text_of = etree.XPath("string()")
"""Return all text in an element."""


def is_html(body: str) -> bool:
    """Return True if `body` is HTML: it begins with a tag, or closes a tag that separates paragraphs."""
    return _OPENS_HTML.match(body) is not None or _CLOSES_HTML.search(body) is not None


def is_page(body: str) -> bool:
    """Return True if `body`, which is HTML, is a whole page rather than a fragment."""
    return _PAGE.search(body) is not None


def has_markup(body: str, start: int = 0, end: int = sys.maxsize) -> bool:
    """Return True if `body` has any tag at all from `start` to `end`."""
    return body.find("<", start, end) >= 0 and _TAG.search(body, start, end) is not None


def inline_tags(body: str) -> list[str]:
    """Return the tags in plain text that format words, or [] if none of them is closed."""
    return _INLINE.findall(body) if _INLINE_END.search(body) else []


def strip_inline_tags(line: str) -> str:
    """Return `line` without the tags that format words."""
    return _INLINE.sub("", line)


def strip_all_tags(body: str) -> list[str]:
    """Return the text of `body` without tags, a string for each block."""
    return _TAG.sub(" ", _BLOCK.sub("\n", _UNREAD.sub("\n", body))).split("\n")


def parse_html(body: str) -> Any:
    """Return the tree of `body`, or None if the parser gives up, as it does on tags nested too deeply."""
    # Bytes, because lxml refuses text that declares an encoding. The declaration does not hold: this is text.
    encoded = _as_xml(body)
    # Without huge_tree the parser gives up below 256 elements; the extractors recurse and would fail later.
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        tree = lxml_html.document_fromstring(encoded, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return None if any(error.level == etree.ErrorLevels.FATAL for error in parser.error_log) else tree


def _as_xml(body: str) -> bytes:
    """Return `body` in UTF-8 without the characters that no tree may have; breaks become spaces."""
    if "&#" in body:
        body = _REFERENCES.sub("", body)
    for character in _NO_CHARACTERS:
        if character in body:  # a search with a pattern takes thirty times as long
            body = body.replace(character, "")
    return body.encode("utf-8", "replace").translate(_SPACES_FOR_BREAKS, _CONTROLS)
