"""Bylines of pages: who wrote the article, as the metadata says, or else the elements near its headline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.line_patterns import word_set
from streams.enrich.cleanup.markup import strip_inline_tags, text_of
from streams.enrich.cleanup.moments import without_dates
from streams.enrich.cleanup.sites import Sites
from streams.enrich.cleanup.vicinity import Vicinity, is_in_scope

_LONGEST = 150  # characters of what the metadata says; more is about the author
_LONGEST_ELEMENT = 250
_MOST_ELEMENTS = 200  # that are looked at
_MOST_STATED = 50
_MOST_NAMES = 8

_BY = re.compile(
    r"""(?xi)
    (?:(?:written|posted|reported|published|story|text|words|article|report|analysis|review)\s+)?
      by(?:\s*:\s*|\s+|$)
    | (?:author|autor(?:en|in|es)?|auteur|autore|autora|автор|text|texte|texto|words|writer|journalist
      |作者|記者|记者|文|撰文)s? \s*(?:[:\uff1a/\uff0f]\s*|$)
    | (?:(?:eine?|\w*(?:mitteilung|artikel|text|analyse|kommentar|interview|beitrag|bericht|kolumne))\s+){0,2}
      (?-i:von)(?:\s+(?=\S+\s+\S)|$)
    | (?-i:Von|VON|Par|PAR|Por|POR|Door|DOOR|Di|Af|AF|Av|AV)(?:\s+(?=\S+\s+\S)|$)
    | (?-i:par|por|door|di|af|av)\s+(?=(?-i:[^\W\d_a-z])\S+\s+\S)
    """
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<!\w)@\w+")
_BRACKETS = re.compile(r"[(\[<]\s*(?:mailto:)?\s*([^()\[\]<>]*?)\s*[)\]>]")
_ADDRESS = re.compile(r"https?:|www\.|\w\.(?:com|org|net|co\.uk)\b", re.IGNORECASE)
_COMMA = re.compile(r"\s*[,;]\s*")
_AND = re.compile(r"\s+(?:und|et|y|och|og)\s+")  # the "and" of other languages than English
_EDGES = " \t,;:|/·•-–—"
_LETTER = re.compile(r"[^\W\d_]")

# Accounts of content systems, and what they write where they know no author.
_NOBODY = re.compile(
    r"""(?xi)
    (?:the\s)?(?:(?:web[\s_-]?)?site|wp|web|super|blog|cms|content|main|default)?[\s_-]*
      (?:admin(?:istrator|istrador|istrateur)?|webmaster|user|root|editor|author|autor|manager)s?[\s_-]?\d*
    | word\s?press | test(?:er|user)? | guest | gast | demo | default | system | importer? | bot
    | (?:admin|staff|site|web|cms)[\s_-]user\d*
    | anon(?:ym(?:ous|e|us|o)?)? | an[oó]nimo | unknown | unbekannt | inconnu | desconocido
    | none | nil | null | undefined | nan | n/?a | false | true | no\s(?:author|byline|name)
    | not\s(?:available|set)
    | (?:author|your|first|last)\s?name(?:\slast\s?name)? | support | info | .*[{}<>%].* | \[.*\]
    """
)

_AUTHOR_WORDS = word_set(
    """
    author authors byline bylines autor autoren autorin autores autora auteur auteurs autore autori writer
    writers reporter reporters journalist journalists redakteur redakteurin verfasser contributor contributors
    """
)
# An element with such a word is about the author, or about somebody else.
_BESIDE_WORDS = word_set(
    """
    note notes bio biography about box image images img photo picture avatar thumb thumbnail icon comment
    quote social twitter facebook follow related more posts count description desc caption credit email mail
    job title role position bottom footer sidebar widget list archive
    """
)
_TO_AUTHOR = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|autori|writers?|reporters?|journalists?|contributors?|redacteurs?"
    r"|redakteure?|columnists?|staff|byline)/[^/?#]",
    re.IGNORECASE,
)
_SCOPES = ("Comment", "Image", "Review", "Person")  # what an author in them has made is not the article

_PARTICLES = word_set(
    """
    de da do dos das del della di du la le van von der den ter ten te el al bin ibn af av y e i zu zum zur dem
    """
)
_JOINED = re.compile(r"\s*(?:[,;&+|]|\s/\s|\b(?:and|und|et|y|og|och|en|with|mit|e)\b)\s*", re.IGNORECASE)
_CUT = re.compile(
    r"\s(?i:updated|published|posted|last\s(?:updated|modified))\b"
    r"|\s[|/•·–—-]\s|[|•·]|\d|\s[–—]|[–—]\s|:\s|\s\(|(?<=\w\w\w)\.\s|\s(?:in|for|from|at|für|aus|bei|en|à)\s"
)
_NOT_NAMES = re.compile(
    r"""(?xi)\b(?:\w*(?:correspondent|editor|reporter|writer|journalist|columnist|redakt|korrespond|giornalist
      |periodist|rédact|redact|autor|mitarbeit|author|photograph|fotograf)\w*|critic|analyst|contribut\w+|producer|bureau
      |chief|desk|staff|director|professor|lecturer|fellow|team|news|service|agenc\w+|ressort\w*|blogger|host
      |president|senior|freelance|special|für|for|in|aus|bei|at|the|this|more|view|read|follow|share|subscribe
      |profile|artikel\w*|posts?|articles?|updated?|published|posted|aktualisiert|actualizado|publicado|publié|comments?|home
      |kommentare?|mehr|alle|all)\b"""
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]+")
_LONGEST_UNSPACED = 12


def read_byline(stated: Iterable[Sequence[str]], vicinity: Vicinity, sites: Sites) -> str | None:
    """Return the names of the authors, joined by commas, or None.

    `stated` has the names that each kind of metadata gives, the most trusted first. Where no kind names a
    person, the elements near the headline do. The name of the site, or of an account, is the last resort.
    """
    last_resort: list[str] = []
    for values in stated:
        names = list(dict.fromkeys(name for value in values if (name := clean_name(value))))
        if people := [name for name in names if not (sites.is_name(name) or _is_account(name))]:
            return ", ".join(people[:_MOST_STATED])
        last_resort = last_resort or names
    return ", ".join(_marked_names(vicinity, sites) or last_resort[:_MOST_STATED]) or None


def clean_name(value: str) -> str | None:
    """Return the name or names in `value`; None for an address, or an account that is nobody's name."""
    text = _without_addresses(strip_inline_tags(repair(" ".join(value.split()))))
    text = _without_label(text).strip(_EDGES)
    if not _LETTER.search(text) or len(text) > _LONGEST or _ADDRESS.search(text):
        return None
    parts = [part for part in _COMMA.split(text) if not _NOBODY.fullmatch(part)]
    return ", ".join(name for part in parts for name in _people_of(part)) or None


def _people_of(part: str) -> list[str]:
    """Return the people whom "und" and the like join in `part`, or `part`: "Ortega y Gasset" is one."""
    people = _AND.split(part)
    return people if len(people) > 1 and all(map(_is_person, people)) else [part]


def _is_account(name: str) -> bool:
    """Return True if `name` is one that people log in with."""
    return " " not in name and name.isascii() and name.islower()


def _without_addresses(text: str) -> str:
    """Return `text` without addresses and handles; a name in brackets after an address is kept."""
    if "@" not in text:
        return text
    text = _HANDLE.sub("", _EMAIL.sub("", text)).strip()
    bracketed = _BRACKETS.fullmatch(text)
    return (
        bracketed[1] if bracketed else _BRACKETS.sub(lambda found: found[0] if found[1] else "", text).strip()
    )


def _without_label(text: str) -> str:
    label = _BY.match(text)
    return text[label.end() :] if label else text


def _marked_names(vicinity: Vicinity, sites: Sites) -> list[str]:
    """Return the names in the first element near the headline that the markup calls the author's."""
    marked = islice((e for e, names in vicinity.marked if _is_author(e, names)), _MOST_ELEMENTS)
    linked = islice(filter(_leads_to_author, vicinity.links), _MOST_ELEMENTS)
    return _first_names(vicinity.nearest(marked), sites) or _first_names(vicinity.nearest(linked), sites)


def _first_names(near: Sequence[Any], sites: Sites) -> list[str]:
    """Return the names in the first of the elements that has any, and in those beside it."""
    for element in near:
        if names := _names_in(element, sites):
            for other in near:
                if other is not element and _are_siblings(other, element):
                    names += _names_in(other, sites)
            return list(dict.fromkeys(names))[:_MOST_NAMES]
    return []


def _are_siblings(a: Any, b: Any) -> bool:
    """Return True if two elements are in one container, or of one kind in small containers side by side."""
    over_a, over_b = a.getparent(), b.getparent()
    if over_a is over_b or over_a is None or over_b is None:
        return over_a is over_b
    return (
        (a.tag, a.get("class"), over_a.tag) == (b.tag, b.get("class"), over_b.tag)
        and over_a.getparent() is over_b.getparent()
        and max(len(text_of(over_a)), len(text_of(over_b))) <= _LONGEST
    )


def _leads_to_author(link: Any) -> bool:
    return _TO_AUTHOR.search(link.get("href") or "") is not None and len(text_of(link)) <= _LONGEST


def _is_author(element: Any, names: frozenset[str]) -> bool:
    """Return True if an element, whose classes have these `names`, is marked as the author's."""
    if (
        _AUTHOR_WORDS.isdisjoint(names)
        and element.get("itemprop") not in {"author", "creator"}
        and "author" not in (element.get("rel") or "").split()
    ):
        return False
    return (
        _BESIDE_WORDS.isdisjoint(names)
        and element.tag not in {"meta", "link", "body", "html"}
        and not is_in_scope(element, _SCOPES)
        and len(text_of(element)) <= _LONGEST_ELEMENT
    )


def _names_in(element: Any, sites: Sites) -> list[str]:
    """Return the people who are named in an element, up to the first words that are not a name."""
    names: list[str] = []
    for text in map(without_dates, _texts(element)):
        text = _HANDLE.sub("", text).strip(_EDGES)
        for part in _JOINED.split(_CUT.split(_without_label(text), maxsplit=1)[0]):
            part = part.strip(_EDGES + "()")
            if _is_person(part) and not sites.is_name(part):
                names.append(part)
            elif part and names:
                return names
    if not names:
        whole = _without_label(" ".join(_texts(element))).strip(_EDGES)
        if " " not in whole and whole[:1].isupper() and _LETTER.search(whole) and not _is_nobody(whole):
            return [whole]  # an agency, or a blogger
    return names


def _texts(element: Any) -> list[str]:
    """Return the texts in an element; tags separate them, unless they are within a word."""
    texts: list[str] = []
    for text in element.itertext():
        if texts and text[:1].islower() and texts[-1][-1:].isalpha():
            texts[-1] += text
        else:
            texts.append(text)
    return [collapsed for text in texts if (collapsed := repair(" ".join(text.split())))]


def _is_nobody(name: str) -> bool:
    return bool(_NOBODY.fullmatch(name) or _NOT_NAMES.search(name) or _BY.fullmatch(name))


def _is_person(name: str) -> bool:
    """Return True if `name` is written as the full name of a person."""
    if _UNSPACED.fullmatch(name):
        return 2 <= len(name) <= _LONGEST_UNSPACED
    parts = name.split()
    if not 2 <= len(parts) <= 5 or _is_nobody(name):
        return False
    return all(_LETTER.match(p) and (not p[0].islower() or p.lower() in _PARTICLES) for p in parts)
