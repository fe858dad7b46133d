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

from streams.enrich.cleanup.lenient_json import read_lenient
from streams.enrich.cleanup.words import words

Node = dict[str, Any]

_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report", re.IGNORECASE)
_PAGE_TYPE = re.compile(r"\w*Page|CreativeWork|Review|Recipe|\w*Posting|\w*Episode")
_INNER = ("@graph", "mainEntity", "mainEntityOfPage")
_EXPANDED_KEY = re.compile(r'"(?:https?://(?:www\.)?schema\.org/|schema:)(?=\w+"\s*:)')
_VOCABULARY = re.compile(r"^(?:https?://(?:www\.)?schema\.org/|schema:)")
_REFERENCES = ("http", "#", "_:")
_MOST_ARTICLES = 200  # that are compared with the page
_MOST_NODES = 20_000  # that are searched for the one that another refers to
_DEEPEST = 8  # lists and names within names

_WRAPPER = re.compile(
    r"(?://|/\*)?\s*(?:<!\[CDATA\[|\]\]>|<!--|-->)\s*(?:\*/)?|</?script\b[^<>]{0,200}>|\ufeff", re.IGNORECASE
)
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
        nodes = [node for node in self.nodes if is_article(node)][:_MOST_ARTICLES]
        judged = [(node, _support(node, own, agreement)) for node in nodes]
        best = max((support for _, support in judged), default=-1.0)
        if best < 0:
            return []
        first = next(node for node, support in judged if support == best)
        return [first, *(node for node, s in judged if s >= _SAME_ADDRESS and node is not first)]

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
            node = self._by_id.get(value) if value.startswith(_REFERENCES) else None
            yield from self._names(node, depth - 1) if node and depth else [value]
        elif isinstance(value, list) and depth:
            for part in value:
                yield from self._names(part, depth - 1)
        elif isinstance(value, dict) and depth:
            node = self._follow(value)
            whole = next(
                (node[key] for key in ("name", "@value", "@list", "legalName") if node.get(key)), None
            )
            parts = [plain_text(node.get(key)) for key in ("givenName", "familyName")]
            yield from self._names(whole or " ".join(filter(None, parts)) or None, depth - 1)

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
    """Return the values in a script; of a broken one what can be read."""
    if _EXPANDED_KEY.search(text):
        text = _EXPANDED_KEY.sub('"', text)
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        text = _WRAPPER.sub(" ", text)
        return read_lenient(text if '"' in text or "'" in text else html.unescape(text))


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
            queue.extend(value[key] for key in _INNER if key in value)
            yield value


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
