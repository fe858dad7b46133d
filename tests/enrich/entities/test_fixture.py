"""Clusters and roles on articles that we marked by hand: fixtures/entities.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from streams.enrich.entities import EntityTagger, load_tagger
from streams.enrich.entities.linking.tables import load_tables
from streams.enrich.entities.taggers.base import Span
from streams.events import CleanArticle, Component, Entity, EntityType

TYPES = {"p": EntityType.PER, "o": EntityType.ORG, "l": EntityType.LOC, "m": EntityType.MISC}
MARKED = re.compile(r"\[([^]|]+)\|([a-z]\d+)\]")


@dataclass(frozen=True)
class Marked:
    """A marked article: its text, what each mention names, and the roles that are right for a person."""

    name: str
    text: str
    things: Mapping[tuple[int, int], str]
    roles: Mapping[str, tuple[str, ...]]


class Found(NamedTuple):
    right: float
    given: float
    wanted: float

    @property
    def precision(self) -> float:
        return self.right / self.given

    @property
    def recall(self) -> float:
        return self.right / self.wanted

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def read_fixture() -> list[Marked]:
    path = Path(__file__).with_name("fixtures") / "entities.toml"
    return [marked(table) for table in tomllib.loads(path.read_text(encoding="utf-8"))["article"]]


def marked(table: dict) -> Marked:
    text, things, position = "", {}, 0
    source = table["text"].strip()
    for match in MARKED.finditer(source):
        text += source[position : match.start()]
        things[len(text), len(text) + len(match[1])] = match[2]
        text += match[1]
        position = match.end()
    roles = {thing: (r,) if isinstance(r, str) else tuple(r) for thing, r in table.get("roles", {}).items()}
    return Marked(table["name"], text + source[position:], things, roles)


class GoldMentions:
    """A MentionTagger that knows the marked mentions of the fixture."""

    provenance = Component(name="gold", version="1")

    def __init__(self, articles: Sequence[Marked]) -> None:
        self._spans = {
            a.text: [Span(start, end, TYPES[thing[0]], 1.0) for (start, end), thing in a.things.items()]
            for a in articles
        }

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        return [self._spans[text] for text in texts]


ARTICLES = read_fixture()


@pytest.fixture(scope="module", params=["gold mentions", "compact"])
def tagged(request: pytest.FixtureRequest) -> tuple[str, list[list[Entity]]]:
    tagger = (
        EntityTagger(GoldMentions(ARTICLES), load_tables())
        if request.param == "gold mentions"
        else load_tagger("compact")
    )
    articles = tagger.tag([CleanArticle(text=a.text, language="en") for a in ARTICLES])
    return request.param, [article.entities for article in articles]


def b_cubed(article: Marked, entities: Sequence[Entity]) -> Found:
    """Sums over mentions; a mention that only one side has counts as nothing found for that side."""
    gold = {
        place: {p for p, t in article.things.items() if t == thing} for place, thing in article.things.items()
    }
    system = {}
    for entity in entities:
        places = {(m.start, m.end) for m in entity.mentions}
        system.update(dict.fromkeys(places, places))
    both = gold.keys() & system.keys()
    precision = sum(len(gold[m] & system[m]) / len(system[m]) for m in both)
    recall = sum(len(gold[m] & system[m]) / len(gold[m]) for m in both)
    return Found(precision, len(system), 0), Found(recall, 0, len(gold))


def test_the_fixture_is_large_and_its_marks_are_in_order():
    assert len(ARTICLES) >= 40
    assert sum(len(set(a.things.values())) for a in ARTICLES) >= 300
    assert all(set(a.roles) <= set(a.things.values()) for a in ARTICLES)


def test_mentions_of_one_thing_are_together(tagged):
    kind, tags = tagged
    pairs = [b_cubed(article, entities) for article, entities in zip(ARTICLES, tags, strict=True)]

    precision = sum(p.right for p, _ in pairs) / sum(p.given for p, _ in pairs)
    recall = sum(r.right for _, r in pairs) / sum(r.wanted for _, r in pairs)
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{kind}: B-cubed precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")
    assert f1 >= FLOORS[kind]


def test_roles_are_those_of_the_text(tagged):
    kind, tags = tagged
    right = given = wanted = 0
    for article, entities in zip(ARTICLES, tags, strict=True):
        wanted += len(article.roles)
        for entity in entities:
            things = {article.things.get((m.start, m.end)) for m in entity.mentions} - {None}
            if entity.role is None or not things or things.pop()[0] != "p":
                continue
            thing = next(t for m in entity.mentions if (t := article.things.get((m.start, m.end))))
            given += 1
            if entity.role in article.roles.get(thing, ()):
                right += 1
            else:
                print(f"{article.name}: {entity.name}: {entity.role!r}, not {article.roles.get(thing)}")

    print(f"{kind}: roles precision {right / given:.3f}, recall {right / wanted:.3f}")
    assert right / given >= 0.95
    assert right / wanted >= 0.8


FLOORS = {"gold mentions": 0.97, "compact": 0.92}
