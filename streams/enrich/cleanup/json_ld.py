"""JSON-LD: the nodes of schema.org in the scripts of a page, and which of them are about its article.

Content systems print nodes of other stories beside the page's own, refer from one node to another, and break
the syntax in one of a few ways.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from streams.enrich.cleanup.words import words

Node = dict[str, Any]

_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report")
_PAGE_TYPE = re.compile(r"\w*Page|CreativeWork|Review|Recipe|\w*Posting|\w*Episode")
_INNER = ("@graph", "mainEntity", "mainEntityOfPage")
_VOCABULARY = re.compile(r"^(?:https?://(?:www\.)?schema\.org/|schema:)")
_MOST_NODES = 20_000  # that are searched for the one that another refers to
_DEEPEST = 8  # lists and names within names

_WRAPPER = re.compile(
    r"(?://|/\*)?\s*(?:<!\[CDATA\[|\]\]>|<!--|-->)\s*(?:\*/)?|</?script\b[^<>]{0,200}>|\ufeff", re.IGNORECASE
)
_STRING = r'"(?:[^"\\]|\\.)*+"'
_NOT_JSON = re.compile(rf"(?s)({_STRING})|/\*.*?\*/|//[^\n]*|,(?=\s*+[}}\],])")
_BAD_ESCAPE = re.compile(r"(?s)(\\(?:[\"\\/bfnrt]|u[0-9A-Fa-f]{4}))|\\(.)")
_QUOTE = re.compile(r'(?s)\\.|"')
_AFTER_STRING = re.compile(r"""\s*+(?:[:}\]]|,\s*+(?:["{\[}\]\d/-]|true|false|null)|\Z)""")
_BETWEEN_VALUES = re.compile(r"[\s,;]*")

_INDEX = re.compile(r"(?:/(?:index|default)\.\w{2,5}|/amp|\.amp|\.html?|/)+$")
_TRACKER = re.compile(r"(?:utm_\w+|fbclid|gclid|amp|ref|outputType)\b")

_SAME_ADDRESS, _SAME_HEADLINE = 2.0, 3.0
_ANOTHER_HEADLINE = 0.15  # share of words; two headlines of one story have more in common
_FEWEST_WORDS = 4  # of a headline; a shorter one may be the name of a section, or a default


class JsonLd:
    """The nodes of a page."""

    def __init__(self, tree: Any) -> None:
        values = [
            value
            for script in tree.iter("script")
            if "ld+json" in (script.get("type") or "").lower() and script.text
            for value in read_json(script.text)
        ]
        self.nodes = list(_nodes(values))

    def articles(self, urls: Sequence[str], agreement: Callable[[str], float]) -> list[Node]:
        """Return the nodes about the article of the page, the best first.

        A node is about another story if its address is not one of `urls`, those of the page, and its headline
        has little in common with the page's titles: `agreement` returns how much, from 0 to 1.
        """
        own = {address for url in urls if (address := _address(url))}
        nodes = [(node, _support(node, own, agreement)) for node in self.nodes if is_article(node)]
        best = max((support for _, support in nodes), default=-1.0)
        if best < 0:
            return []
        first = next(node for node, support in nodes if support == best)
        return [first, *(node for node, s in nodes if s >= _SAME_ADDRESS and node is not first)]

    def pages(self) -> list[Node]:
        """Return the nodes about the page itself."""
        return [node for node in self.nodes if _is_of(_PAGE_TYPE, node)]

    def of_type(self, name: str) -> list[Node]:
        """Return the nodes of this very type."""
        return [node for node in self.nodes if name in _types(node)]

    def names(self, value: Any) -> list[str]:
        """Return the names of the people or organizations that `value` is, lists, or refers to."""
        return list(self._names(value, _DEEPEST))

    def _names(self, value: Any, depth: int) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list) and depth:
            for part in value:
                yield from self._names(part, depth - 1)
        elif isinstance(value, dict) and depth:
            node = self._follow(value)
            whole = next(
                (node[key] for key in ("name", "@value", "@list", "legalName") if node.get(key)), None
            )
            parts = (plain_text(node.get(key)) for key in ("givenName", "familyName"))
            yield from self._names(whole or " ".join(part for part in parts if part), depth - 1)

    def _follow(self, node: Node) -> Node:
        """Return the node that `node` refers to, or `node` itself if it is not a reference."""
        key = node.get("@id")
        return self._by_id.get(key, node) if isinstance(key, str) and not node.get("name") else node

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        queue: list[Any] = list(self.nodes)
        for value in queue:  # the list grows on the way
            if isinstance(value, dict):
                key = value.get("@id")
                if isinstance(key, str) and value.get("name"):
                    found.setdefault(key, value)
            if isinstance(value, dict | list) and len(queue) < _MOST_NODES:
                queue.extend(value.values() if isinstance(value, dict) else value)
        return found


def read_json(text: str) -> list[Any]:
    """Return the values in a script; of a broken one those that can be read after the usual repairs."""
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        pass
    text = _WRAPPER.sub(" ", text)
    if '"' not in text:
        text = html.unescape(text)
    for mend in (_drop_comments, _escape_quotes):
        text = mend(text)
        if values := _decode_all(text):
            return values
    return []


def is_article(node: Node) -> bool:
    """Return True if a node is of one of the types that articles have."""
    return _is_of(_ARTICLE_TYPE, node)


def plain_text(value: Any) -> str:
    """Return a value of JSON-LD that is a text, or the first of several, or ""."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = next((part for part in value if part), None)
        elif isinstance(value, dict):
            value = value.get("@value")
    return value if isinstance(value, str) else ""


def _nodes(values: list[Any]) -> Iterator[Node]:
    """Yield the nodes that stand for themselves rather than as a property of another, from the top down."""
    queue = list(values)
    for value in queue:  # the list grows on the way
        if isinstance(value, list):
            queue.extend(value)
        elif isinstance(value, dict):
            node = {_VOCABULARY.sub("", key): inner for key, inner in value.items()}
            queue.extend(node[key] for key in _INNER if key in node)
            yield node


def _types(node: Node) -> list[str]:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [_VOCABULARY.sub("", name) for name in kinds if isinstance(name, str)]


def _is_of(pattern: re.Pattern[str], node: Node) -> bool:
    return any(pattern.fullmatch(name) for name in _types(node))


def _support(node: Node, own: set[str], agreement: Callable[[str], float]) -> float:
    """Return how much speaks for the node; less than 0 means that it is about another story."""
    addresses = {address for url in _urls(node) if (address := _address(url))}
    headline = plain_text(node.get("headline")) or plain_text(node.get("name"))
    common = agreement(headline) if headline else 0.0
    support = _SAME_HEADLINE * common
    if own and addresses:
        return support + (-_SAME_ADDRESS if own.isdisjoint(addresses) else _SAME_ADDRESS)
    if common < _ANOTHER_HEADLINE and len(words(headline)) >= _FEWEST_WORDS:
        return -1.0
    return support


def _urls(node: Node) -> Iterator[str]:
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value


def _address(url: str) -> str:
    """Return what tells the page of `url` from others on its site, or "" for the front page.

    The host is left out: many a site has one for phones, and one for its partners.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    path = _INDEX.sub("", unquote(parts.path)).lower()
    query = "&".join(part for part in parts.query.split("&") if part and not _TRACKER.match(part))
    is_page = parts.scheme in {"", "http", "https"} and (query or path.strip("/"))
    return f"{path}?{query}" if is_page else ""


def _decode_all(text: str) -> list[Any]:
    """Return the values in `text`, which stand one after another, up to the first that cannot be read."""
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    position = _skip(text, 0)
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        values.append(value)
        position = _skip(text, position)
    return [value for value in values if isinstance(value, dict | list)]


def _skip(text: str, position: int) -> int:
    match = _BETWEEN_VALUES.match(text, position)
    return match.end() if match else position


def _drop_comments(text: str) -> str:
    """Return `text` without comments, commas before a bracket, and escapes that JSON does not have."""
    text = _NOT_JSON.sub(lambda found: found[1] or "", text)
    return _BAD_ESCAPE.sub(lambda found: found[1] or found[2], text)


def _escape_quotes(text: str) -> str:
    """Return `text` with the quotes inside strings escaped: those that no string can end with."""
    pieces: list[str] = []
    position, is_inside = 0, False
    for found in _QUOTE.finditer(text):
        if found[0] != '"':
            continue
        if is_inside and not _AFTER_STRING.match(text, found.end()):
            pieces += [text[position : found.start()], "\\"]
            position = found.start()
        else:
            is_inside = not is_inside
    return _drop_comments("".join([*pieces, text[position:]]))
