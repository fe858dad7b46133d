"""Surface forms: the different ways in which an article writes its names, each with all its mentions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

TITLES = word_list("titles")
GENERATIONS = word_list("generations")

MAX_NAMESAKES = 100
"""Forms that are compared because they share a part. An article has fewer; this bounds the work on others."""


@dataclass(eq=False)
class Form:
    """One surface form of one type. The parent of a short form is the form that it is short for."""

    type: EntityType
    key: str
    surface: str
    tokens: tuple[str, ...]
    """The words that are compared with those of other forms."""
    generation: str = ""
    """The generation at the end of a person's name: jr, iii."""
    spans: list[Span] = field(default_factory=list)
    parent: Form | None = None
    mention_parents: dict[int, Form] = field(default_factory=dict)
    """The parent of each mention, by its start, where the mentions are short for different forms."""

    def root(self, span: Span) -> Form:
        """Return the fullest form of what the mention `span` names."""
        form = self.mention_parents.get(span.start, self)
        while form.parent is not None:
            form = form.parent
        return form


def collect_forms(text: str, spans: Iterable[Span]) -> list[Form]:
    """Return the surface forms of the mentions `spans`, in order of first mention."""
    forms: dict[tuple[EntityType, str], Form] = {}
    for span in spans:
        surface = text[span.start : span.end]
        key = key_of(surface)
        form = forms.get((span.type, key))
        if form is None:
            tokens = _person_tokens(key) if span.type is EntityType.PER else tuple(key.split())
            form = forms[span.type, key] = Form(span.type, key, surface, tokens, _generation(span.type, key))
        form.spans.append(span)
    return list(forms.values())


def _generation(type_: EntityType, key: str) -> str:
    last = key.rpartition(" ")[2]
    return last if type_ is EntityType.PER and last in GENERATIONS and last != key else ""


def _person_tokens(key: str) -> tuple[str, ...]:
    """Return the parts of a person's name without titles, generations and initials in the middle."""
    tokens = key.replace(",", " ").split()
    while len(tokens) > 1 and tokens[0] in TITLES:
        tokens = tokens[1:]
    while len(tokens) > 1 and tokens[-1] in GENERATIONS:
        tokens = tokens[:-1]
    if len(tokens) > 2:
        tokens = [tokens[0], *(token for token in tokens[1:-1] if len(token) > 1), tokens[-1]]
    return tuple(tokens)
