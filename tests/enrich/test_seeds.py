"""The sample articles under seeds/, which the demo shows: each of them must show what it is there for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.sources import ArticleReader, find_sources
from streams.enrich import load_enricher
from streams.events import EnrichedArticle
from streams.stories import StoryIndex

SEEDS = Path(__file__).parents[2] / "seeds"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)

LABELS = {
    "brasilia-climate-envoy.txt": {"climate", "diplomacy"},
    "suva-ocean-summit.html": {"climate", "diplomacy"},
    "continental-wire.jsonl:1": {"climate", "diplomacy"},  # a carbon levy that two governments talk about
    "ocean-heat-record.txt": {"climate"},
    "alpine-glacier-survey.html": {"climate"},
    "continental-wire.jsonl:2": {"climate"},  # a court and a refinery's emissions
    "asmara-embassy-reopens.txt": {"diplomacy"},
    "geneva-ceasefire-talks.html": {"diplomacy"},
    "continental-wire.jsonl:3": {"diplomacy"},  # an envoy who resigns
    "brand-ambassador.txt": set(),
    "business-climate-index.html": set(),
    "spy-film-review.txt": set(),  # an embassy, in a film
    "car-climate-control.html": set(),
    "cup-final-penalties.txt": set(),
    "library-night-shift.txt": set(),
    "continental-wire.jsonl:4": set(),  # a central bank
    "continental-wire.jsonl:5": set(),  # a political climate, a climate of fear, a diplomat in a game
    "continental-wire.jsonl:6": set(),  # an earthquake
    "other-papers.jsonl:1": set(),  # the library, reprinted with another headline and a cut
    "other-papers.jsonl:2": set(),  # the cup final, in other words
}


@pytest.fixture(scope="module")
def enriched() -> dict[str, EnrichedArticle]:
    """Every seed enriched, by its file and line."""
    problems: list[object] = []
    reader = ArticleReader(problems.append, problems.append, 8_000_000)
    sources = find_sources([SEEDS], problems.append, problems.append)
    sourced = list(reader.read(sources))
    assert problems == []
    articles = load_enricher().enrich(each.article for each in sourced)
    return {
        each.where.removeprefix(f"{SEEDS}/"): article for each, article in zip(sourced, articles, strict=True)
    }


@pytest.mark.parametrize(("where", "labels"), LABELS.items(), ids=LABELS)
def test_a_seed_carries_the_labels_that_a_reader_would_give_it(enriched, where, labels):
    given = {label.label for label in enriched[where].labels}

    assert given & {"climate", "diplomacy"} == labels


def test_the_teaser_of_another_story_is_removed(enriched):
    article = enriched["brasilia-climate-envoy.txt"]

    assert [(part.kind, part.text[:16]) for part in article.removed] == [("teaser", "Late-night trams")]
    assert "Chennai" not in article.text
    assert [line.split()[0] for line in article.highlights] == ["Norwegian", "The", "Brazil"]


def test_broken_encoding_is_repaired(enriched):
    article = enriched["ocean-heat-record.txt"]

    assert "said Amélie Fournier" in article.text
    assert "â€" not in article.text


def test_a_paragraph_that_comes_twice_is_kept_once(enriched):
    article = enriched["spy-film-review.txt"]

    assert article.text.count("puts his ear to the wall") == 1
    assert "duplicate" in {part.kind for part in article.removed}


def test_a_page_is_read_without_the_furniture_around_the_article(enriched):
    article = enriched["suva-ocean-summit.html"]

    assert article.headline == "Pacific leaders win pledge on rising seas at Suva summit"
    assert article.byline == "Losa Tuimaleali"
    assert "rainwater storage" in article.text
    for around in ("cookies", "Share on Facebook", "Tuna prices", "newsletter", "All rights reserved"):
        assert around not in article.text


def test_the_byline_and_the_mileage_of_a_long_term_test_are_not_a_highlight(enriched):
    article = enriched["car-climate-control.html"]

    assert article.highlights == []
    assert [part.text for part in article.removed if part.kind == "byline"] == ["Words: Gareth Lomax"]
    assert article.text.split("\n\n")[1] == "Mileage this month: 1,214"


def test_a_spanish_article_is_recognised_as_spanish(enriched):
    assert enriched["cumbre-glaciares-quito.txt"].language == "es"


def test_a_reprint_and_a_second_version_share_the_story_of_their_article(enriched):
    index = StoryIndex()
    stories = {where: index.add(article, NOON) for where, article in enriched.items()}

    library, cup = stories["library-night-shift.txt"], stories["cup-final-penalties.txt"]
    reprint, retold = stories["other-papers.jsonl:1"], stories["other-papers.jsonl:2"]
    assert (reprint.duplicate_of, reprint.story_id) == (library.article_id, library.story_id)
    assert (retold.duplicate_of, retold.story_id) == (None, cup.story_id)
    shared = [library, cup, reprint, retold]
    assert {story.articles for story in stories.values() if story not in shared} == {1}
