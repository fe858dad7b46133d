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
    """An article: the id of the thing at each mention's start and end, and the right roles by person."""

    name: str
    text: str
    things: Mapping[tuple[int, int], str]
    roles: Mapping[str, tuple[str, ...]]


class BCubed(NamedTuple):
    """B-cubed sums over the mentions of an article (Bagga and Baldwin 1998)."""

    precision: float
    given: int
    recall: float
    wanted: int


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
    """A MentionTagger that returns the marked mentions of the fixture."""

    provenance = Component(name="gold", version="1")

    def __init__(self, articles: Sequence[Marked]) -> None:
        self._spans = {
            a.text: [Span(start, end, TYPES[thing[0]], 1.0) for (start, end), thing in a.things.items()]
            for a in articles
        }

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        return [self._spans[text] for text in texts]


ARTICLES = read_fixture()

FLOORS = {"gold mentions": 0.97, "compact": 0.92}


@pytest.fixture(scope="module", params=["gold mentions", "compact"])
def tagged(request: pytest.FixtureRequest) -> tuple[str, list[list[Entity]]]:
    tagger = (
        EntityTagger(GoldMentions(ARTICLES), load_tables())
        if request.param == "gold mentions"
        else load_tagger("compact")
    )
    articles = tagger.tag([CleanArticle(text=a.text, language="en") for a in ARTICLES])
    return request.param, [article.entities for article in articles]


def b_cubed(article: Marked, entities: Sequence[Entity]) -> BCubed:
    """Compare the clusters of `entities` with the marked ones. A mention that one side lacks adds 0."""
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
    return BCubed(precision, len(system), recall, len(gold))


def person_of(article: Marked, entity: Entity) -> str | None:
    """Return the id of the marked person that a mention of `entity` names, or None."""
    marked_things = (article.things.get((m.start, m.end)) for m in entity.mentions)
    thing = next((thing for thing in marked_things if thing), None)
    return thing if thing and thing[0] == "p" else None


def test_the_fixture_is_large_and_its_roles_belong_to_marked_things():
    assert len(ARTICLES) >= 40
    assert sum(len(set(a.things.values())) for a in ARTICLES) >= 300
    assert all(set(a.roles) <= set(a.things.values()) for a in ARTICLES)


def test_the_mentions_of_one_thing_are_grouped(tagged):
    kind, tags = tagged

    sums = [b_cubed(article, entities) for article, entities in zip(ARTICLES, tags, strict=True)]

    precision = sum(s.precision for s in sums) / sum(s.given for s in sums)
    recall = sum(s.recall for s in sums) / sum(s.wanted for s in sums)
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{kind}: B-cubed precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")
    assert f1 >= FLOORS[kind]


def test_roles_are_those_that_the_text_gives(tagged):
    kind, tags = tagged

    right = given = 0
    for article, entities in zip(ARTICLES, tags, strict=True):
        for entity in entities:
            person = person_of(article, entity)
            if entity.role is None or person is None:
                continue
            given += 1
            if entity.role in article.roles.get(person, ()):
                right += 1
            else:
                print(f"{article.name}: {entity.name}: {entity.role!r}, not {article.roles.get(person)}")

    wanted = sum(len(article.roles) for article in ARTICLES)
    print(f"{kind}: roles precision {right / given:.3f}, recall {right / wanted:.3f}")
    assert right / given >= 0.95
    assert right / wanted >= 0.8
