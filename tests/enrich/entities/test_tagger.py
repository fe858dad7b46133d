from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.entities import EntityTagger, load_tagger
from streams.events import CleanArticle, Entity, EntityType, TaggedArticle

RULES = load_tagger("rules")

STORY = """US climate envoy Anna Feld meets Brazil's top negotiator

US climate envoy Anna Feld met Brazil's top negotiator, Paulo Prado, in Brasília on Monday.

Feld said the United States would keep its word. Prado, who speaks for Brazil, thanked Ms Feld. "The U.S. is
back," he said. The European Union (EU) was not at the table; the EU will meet Brazilian officials in June.
"""


@pytest.fixture(scope="module", params=["rules", "compact"])
def tagger(request: pytest.FixtureRequest) -> EntityTagger:
    return load_tagger(request.param)


def tag(tagger: EntityTagger, text: str, **fields: str) -> TaggedArticle:
    (tagged,) = tagger.tag([CleanArticle.model_validate({"text": text, "language": "en", **fields})])
    return tagged


def entity(tagged: TaggedArticle, name: str) -> Entity:
    (found,) = (e for e in tagged.entities if e.name == name)
    return found


def surfaces(e: Entity) -> set[str]:
    return {mention.text for mention in e.mentions}


def test_all_mentions_of_one_thing_form_one_entity(tagger):
    tagged = tag(tagger, STORY)

    assert surfaces(entity(tagged, "Anna Feld")) == {"Anna Feld", "Feld"}
    assert surfaces(entity(tagged, "United States")) == {"US", "United States", "U.S."}
    assert surfaces(entity(tagged, "European Union")) == {"European Union", "EU"}


def test_people_have_the_role_that_the_text_gives_before_or_after_the_name(tagger):
    tagged = tag(tagger, STORY)

    assert entity(tagged, "Anna Feld").role == "US climate envoy"
    assert entity(tagged, "Paulo Prado").role == "Brazil's top negotiator"


def test_countries_and_their_demonyms_have_the_ids_of_the_country(tagger):
    tagged = tag(tagger, STORY)

    assert entity(tagged, "Brazil").ids["iso3166"] == "BR"
    assert entity(tagged, "Brazilian").type is EntityType.MISC
    assert entity(tagged, "Brazilian").ids == entity(tagged, "Brazil").ids
    assert entity(tagged, "United States").ids["wikidata"] == "Q30"
    assert entity(tagged, "European Union").ids == {"wikidata": "Q458"}


def test_the_entities_of_the_headline_come_first(tagger):
    tagged = tag(tagger, STORY, headline=STORY.split("\n", 1)[0])

    saliences = [e.salience for e in tagged.entities]
    assert saliences == sorted(saliences, reverse=True)
    assert {e.name for e in tagged.entities[:3]} == {"Anna Feld", "Brazil", "United States"}


def test_an_entity_has_the_same_id_in_every_article(tagger):
    sentence = tag(tagger, "Reporters asked Anna Feld about Brazil.")
    story = tag(tagger, STORY)

    assert entity(sentence, "Brazil").id == entity(story, "Brazil").id
    assert len({e.id for e in story.entities}) == len(story.entities)


def test_a_tagged_article_survives_the_wire_unchanged(tagger):
    tagged = tag(tagger, STORY, url="https://example.org/1", published_at="2026-03-01T12:00:00Z")

    assert TaggedArticle.model_validate_json(tagged.to_bytes()).to_bytes() == tagged.to_bytes()
    assert tagged.provenance.tagger == tagger.provenance


def test_an_article_in_another_language_is_tagged_with_a_warning(tagger):
    tagged = tag(tagger, "Der Gipfel in Berlin mit Emmanuel Macron endete ohne Ergebnis.", language="de")

    assert tagged.warnings == ["entities_english_only"]


SWAHILI = (
    "Daraja jipya la Mwanza litafunguliwa mwezi Juni, alisema mkuu wa mkoa huo. "
    "Madereva walisubiri kwa miaka mitatu. "
    "Samia Hassan na Wavuvi wa ziwa hilo wanaogopa kelele za magari mapya."
)


@pytest.mark.parametrize("language", ["und", "", "sw"])
def test_what_is_not_english_is_not_tagged_as_english(tagger, language):
    tagged = tag(tagger, SWAHILI, language=language)

    assert {e.name for e in tagged.entities} <= {"Mwanza", "Juni", "Samia Hassan"}
    assert tagged.warnings == ["entities_english_only"]


@pytest.mark.parametrize("language", ["en-GB", "EN", "und"])
def test_english_is_tagged_however_its_code_is_written(tagger, language):
    tagged = tag(tagger, STORY, language=language)

    assert entity(tagged, "Anna Feld").role == "US climate envoy"
    assert tagged.warnings == []


def test_of_a_quotation_in_another_language_only_names_are_tagged_that_the_article_has(tagger):
    quotation = "„Das werden wir nicht hinnehmen“, rief Feld den Abgeordneten zu. „Das ist ein Skandal.“"

    tagged = tag(tagger, f"{STORY}\n\n{quotation}")

    mentions = {m.text for e in tagged.entities for m in e.mentions if m.start >= len(STORY)}
    assert mentions <= {"Feld"}


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "\x00",
        "A" * 1_000_000,
        "A." * 300_000,
        "👍🏽 Berlin 🇩🇪 👩‍👩‍👧‍👦",
        "قال الرئيس عبد الفتاح السيسي في القاهرة",
        "ANGELA MERKEL VISITS PARIS\n\nangela merkel visits paris",
        "'s ’s the The. U.S. . - — Mr",
        "İstanbul İSTANBUL ıstanbul ﬃ Ǆ",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_no_text_is_too_strange_to_tag(tagger, text):
    tagged = tag(tagger, text)

    assert all(text[m.start : m.end] == m.text for e in tagged.entities for m in e.mentions)


@pytest.mark.slow
def test_only_the_first_500_000_characters_of_an_article_are_read_and_a_warning_says_so():
    text = "Kofi Annan spoke in Accra. " * 40_000
    tagged = tag(RULES, text)

    assert tagged.text == text
    assert "entities_partial" in tagged.warnings
    assert 499_900 < entity(tagged, "Kofi Annan").mentions[-1].end <= 500_000
    assert "entities_partial" not in tag(RULES, text[:500_000]).warnings


PIECES = """the The US U.S. EU (EU) Mr Kerry
John Kerry's Berlin, Germany German Germans said. President of and — “ ”
É. İ 👍 Ltd. Bank China's top diplomat, Wang Yi , . ' ’s 2024 A. al-Sisi envoy"""
NEWS_WORDS = st.sampled_from([*PIECES.split(), "\n\n"])


@given(st.one_of(st.text(max_size=200), st.lists(NEWS_WORDS, max_size=60).map(" ".join)))
def test_every_offset_points_to_its_mention(text):
    text = text or "x"
    (tagged,) = RULES.tag([CleanArticle(text=text)])

    mentions = sorted((m.start, m.end) for e in tagged.entities for m in e.mentions)
    assert all(text[m.start : m.end] == m.text for e in tagged.entities for m in e.mentions)
    assert all(end <= start for (_, end), (start, _) in pairwise(mentions))
    assert all(e.count == len(e.mentions) and 0 <= e.salience <= 1 for e in tagged.entities)
    assert len({e.id for e in tagged.entities}) == len(tagged.entities)
