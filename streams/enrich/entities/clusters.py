"""Clusters: the mentions of one thing in one article, together.

"John Kerry", "Kerry" and "Mr Kerry" form one cluster, and so do "European Union" and "EU". Two people who
share a surname form two. A cluster's name is the fullest of its surface forms.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from streams.enrich.entities.forms import TITLES, Form, collect_forms
from streams.enrich.entities.person_names import resolve_people
from streams.enrich.entities.short_names import CanonicalName, ShortNames
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType


@dataclass
class Cluster:
    """One thing: its type, fullest name, mentions in text order, and the keys of its surface forms."""

    type: EntityType
    name: str
    spans: list[Span]
    keys: tuple[str, ...]


def cluster_mentions(text: str, spans: Sequence[Span], canonical_name: CanonicalName) -> list[Cluster]:
    """Group mentions by what they name, in order of first mention. `spans` must be in text order."""
    forms = collect_forms(text, spans)
    resolve_people(text, (form for form in forms if form.type is EntityType.PER))
    ShortNames(canonical_name).resolve(form for form in forms if form.type is not EntityType.PER)
    groups: dict[Form, list[tuple[Form, Span]]] = defaultdict(list)
    for form in forms:
        for span in form.spans:
            groups[form.root(span)].append((form, span))
    clusters = [_build_cluster(mentions) for mentions in groups.values()]
    return sorted(_merge_namesakes(clusters), key=lambda cluster: cluster.spans[0].start)


def _build_cluster(mentions: list[tuple[Form, Span]]) -> Cluster:
    type_ = mentions[0][0].type
    spans = sorted(span for _, span in mentions)
    surfaces = Counter(form.surface for form, _ in mentions)
    keys = tuple(dict.fromkeys(form.key for form, _ in mentions))
    return Cluster(type_, _fullest(type_, surfaces), spans, keys)


def _fullest(type_: EntityType, surfaces: Counter[str]) -> str:
    """Return the fullest surface form. Between equals, prefer one with small letters, then the most frequent.

    Peoples, events and works get the most frequent one: a longer form is seldom the better name.
    """
    if type_ is EntityType.MISC:
        return " ".join(max(surfaces, key=lambda s: (surfaces[s], not s.isupper())).split())
    names: Counter[str] = Counter()
    for surface, count in surfaces.items():
        name = _without_titles(surface) if type_ is EntityType.PER else " ".join(surface.split())
        names[name] += count
    return max(names, key=lambda name: (name.count(" "), not name.isupper(), names[name], len(name)))


def _without_titles(surface: str) -> str:
    words = surface.split()
    while len(words) > 1 and words[0].rstrip(".").casefold() in TITLES:
        words = words[1:]
    return " ".join(words)


def _merge_namesakes(clusters: list[Cluster]) -> Iterable[Cluster]:
    """Merge clusters of the same type and name, since an entity's id is made of both."""
    by_name: dict[tuple[EntityType, str], Cluster] = {}
    for cluster in clusters:
        first = by_name.setdefault((cluster.type, cluster.name), cluster)
        if first is not cluster:
            first.spans = sorted([*first.spans, *cluster.spans])
            first.keys = tuple(dict.fromkeys([*first.keys, *cluster.keys]))
    return by_name.values()
