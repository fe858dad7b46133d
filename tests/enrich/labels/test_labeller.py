from __future__ import annotations

import json
import math

import pytest

from streams.enrich.labels.labeller import Labeller
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.events import EnrichedArticle, Entity, TaggedArticle

PARLEY = """Foreign ministers open climate talks in Geneva

The foreign ministers of eleven states opened talks in Geneva on Monday, the first high-level meeting between
the two blocs since they recalled their ambassadors in March. Envoys said a joint statement on greenhouse gas
emissions was close.

Both sides want to restore diplomatic relations. A treaty on carbon prices, drafted by the mediators, would
bind them to net zero emissions and to a fund for islands that lose land to rising seas."""


@pytest.fixture(scope="module")
def labeller():
    """A labeller without a model: all labels go by their files."""
    return Labeller(load_taxonomy())


def tagged(text, **fields):
    return TaggedArticle(**{"text": text, "language": "en", "entities": [], **fields})


def names(enriched):
    return [label.label for label in enriched.labels]


def test_an_article_about_both_gets_both_labels_best_first(labeller):
    [enriched] = labeller.label([tagged(PARLEY, headline=PARLEY.splitlines()[0])])

    assert set(names(enriched)) >= {"climate", "diplomacy"}
    scores = [label.score for label in enriched.labels]
    assert scores == sorted(scores, reverse=True)


def test_every_piece_of_evidence_is_in_the_text_at_its_offsets(labeller):
    [enriched] = labeller.label([tagged(PARLEY)])

    for label in enriched.labels:
        assert label.evidence
        for evidence in label.evidence:
            assert PARLEY[evidence.start : evidence.end] == evidence.text


def test_a_label_brings_its_name_and_iptc_codes(labeller):
    [enriched] = labeller.label([tagged(PARLEY)])

    iptc = {label.label: (label.name, label.iptc) for label in enriched.labels}
    assert iptc["climate"] == ("Climate change", ["20000418"])
    assert iptc["diplomacy"] == ("Diplomacy", ["20000639", "20000638"])


def test_every_label_of_the_taxonomy_has_a_score_between_0_and_1(labeller):
    [enriched] = labeller.label([tagged("The bakery on the corner sold out of rye bread by nine.")])

    assert set(enriched.scores) == set(labeller.labels)
    assert all(0 <= score <= 1 for score in enriched.scores.values())
    assert enriched.labels == []


@pytest.mark.parametrize(
    "text",
    [
        "The striker was named brand ambassador of a sports drink and will tour six cities this summer.",
        "The chamber of commerce says the business climate in the valley has improved for a third year.",
        "The bus maker recalled 400 coaches because their climate control may switch off on long journeys.",
        "Teachers told the inquiry that a climate of fear ruled the school after the headmaster's outburst.",
        "Filming has begun on a spy drama in which an embassy cook turns out to be a double agent.",
        "The economic climate has hit furniture shops; the current climate favours second-hand dealers.",
        "Four climbers reached the summit in a storm and came down with frostbite.",
        "She joined the quartet of her own accord after contract talks with the orchestra had failed.",
    ],
)
def test_words_in_another_sense_give_neither_label(labeller, text):
    [enriched] = labeller.label([tagged(text)])

    assert not {"climate", "diplomacy"} & set(names(enriched))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (
            "Scientists told the congress that the greenhouse effect will raise the seas within decades.",
            "climate",
        ),
        (
            "The GREENHOUSE GASES that warm the planet reached a record, the U.N. climate panel said.",
            "climate",
        ),
        ("The two superpowers resumed arms-control talks at a summit meeting in Reykjavik.", "diplomacy"),
        ("The ministry summoned the newly arrived Danish ambassador over the seized trawler.", "diplomacy"),
        ("The republics normalised diplomatic relations and will reopen their embassies.", "diplomacy"),
        (
            "Carter and Brezhnev signed the strategic arms treaty in Vienna; the Senate must ratify it.",
            "diplomacy",
        ),
        (
            "Peking and Hanoi exchanged prisoners on the bridge and will resume border talks in May.",
            "diplomacy",
        ),
        ("Rabin and Arafat shook hands after the peace accord was signed in Washington.", "diplomacy"),
        ("The bloc's leaders tightened sanctions on Moscow at a summit in Brussels.", "diplomacy"),
        ("The Kyoto protocol binds industrial nations to cut the gases that trap the sun's heat.", "climate"),
        (
            "The frozen soil thaws and the village slides; researchers blame the warming of the planet.",
            "climate",
        ),
        ("Delegates at COP28 argued over a phase-out of fossil fuels and the 1.5 degree limit.", "climate"),
        ("The steelworks will pay a carbon price on every tonne of carbon dioxide it emits.", "climate"),
    ],
)
def test_phrases_of_any_decade_are_found_in_any_form(labeller, text, label):
    [enriched] = labeller.label([tagged(text)])

    assert label in names(enriched)


def test_an_article_in_another_language_has_null_scores_and_a_warning(labeller):
    [enriched] = labeller.label([tagged("Les ministres parlent du climat à Genève.", language="fr")])

    assert set(enriched.scores) == set(labeller.labels)
    assert set(enriched.scores.values()) == {None}
    assert enriched.labels == []
    assert enriched.warnings == ["labels_english_only"]


def test_an_article_in_no_known_language_is_read_as_english(labeller):
    [enriched] = labeller.label([tagged(PARLEY, language="und")])

    assert "climate" in names(enriched)


def test_what_earlier_stages_found_is_kept_and_the_taxonomy_is_named(labeller):
    article = tagged(
        PARLEY, publisher="The Example", url="https://example.org/a", warnings=["mojibake_repaired"]
    )

    [enriched] = labeller.label([article])

    before, after = article.model_dump(), enriched.model_dump()
    assert {key: after[key] for key in before if key != "provenance"} == {
        key: before[key] for key in before if key != "provenance"
    }
    assert enriched.provenance.taxonomy == labeller.taxonomy_hash


def test_the_same_article_gives_the_same_bytes_and_they_can_be_read_back(labeller):
    article = tagged(PARLEY)

    [first], [second] = labeller.label([article]), Labeller(load_taxonomy()).label([article])

    assert first.to_bytes() == second.to_bytes()
    assert EnrichedArticle.model_validate_json(first.to_bytes()) == first


def test_offsets_count_code_points_whatever_comes_before(labeller):
    text = "İstanbul 🌍 “straße” ﬁne…\n\n" + PARLEY

    [enriched] = labeller.label([tagged(text)])

    assert names(enriched)
    for label in enriched.labels:
        for evidence in label.evidence:
            assert text[evidence.start : evidence.end] == evidence.text


def test_a_very_long_article_is_labelled_by_its_beginning(labeller):
    [enriched] = labeller.label([tagged(PARLEY + " The talks went on." * 100_000)])

    assert "diplomacy" in names(enriched)
    assert all(math.isfinite(score) for score in enriched.scores.values())


def test_scores_and_weights_are_short_enough_to_read(labeller):
    [enriched] = labeller.label([tagged(PARLEY)])

    numbers = [
        *enriched.scores.values(),
        *(evidence.weight for label in enriched.labels for evidence in label.evidence),
    ]
    assert all(number == round(number, 4) for number in numbers)
    assert json.loads(enriched.to_bytes())["scores"] == enriched.scores


def test_evidence_and_parts_add_up_to_the_score_before_calibration(labeller):
    [enriched] = labeller.label([tagged(PARLEY)])

    for label in enriched.labels:
        total = sum(evidence.weight for evidence in label.evidence) + sum(label.parts.values())
        assert total == pytest.approx(label.raw, abs=1e-9)
        assert "similarity" in label.parts


def test_two_states_and_a_foreign_minister_speak_for_diplomacy(labeller):
    text = "Peru and Chile disagree about the border, and Ana Ruiz flew home from the meeting on Tuesday."
    entities = [
        entity("Peru", "LOC", text, iso3166="PE"),
        entity("Chile", "LOC", text, iso3166="CL"),
        entity("Ana Ruiz", "PER", text, role="Peruvian foreign minister"),
    ]

    [without], [with_entities] = (
        labeller.label([tagged(text)]),
        labeller.label([tagged(text, entities=entities)]),
    )

    assert with_entities.scores["diplomacy"] > without.scores["diplomacy"]


def entity(name, kind, text, *, role=None, **ids):
    start = text.index(name)
    mention = {"start": start, "end": start + len(name), "text": name}
    return Entity(
        id=name, type=kind, name=name, role=role, ids=ids, salience=0.5, count=1, mentions=[mention]
    )


def test_a_text_without_a_phrase_gets_no_label_even_if_it_is_similar(labeller):
    text = "The ice is going, the water comes higher each winter, and they blame the smoke of coal."
    [climate] = [
        assessment for assessment in labeller.assess(tagged(text)) if assessment.definition.label == "climate"
    ]

    assert climate.shares == []
    assert climate.parts["similarity"] > 0
    assert not climate.applies


def test_the_headline_counts_for_more_than_the_body(labeller):
    text = "Envoys meet\n\nThe talks went on and a treaty is in sight."
    [plain], [headed] = (
        labeller.label([tagged(text)]),
        labeller.label([tagged(text, headline="Envoys meet")]),
    )

    assert headed.scores["diplomacy"] > plain.scores["diplomacy"]
