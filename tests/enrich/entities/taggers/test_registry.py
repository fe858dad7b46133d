"""A tagger is loaded by its name; what is missing is told in words that help."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

import pytest

from streams.enrich.entities import load_tagger
from streams.enrich.entities.taggers import compact
from streams.enrich.entities.taggers.registry import load_mention_tagger
from streams.errors import UnknownTagger
from streams.events import CleanArticle


def test_an_unknown_tagger_is_refused_with_the_choice_of_names():
    with pytest.raises(UnknownTagger, match="'precise'; choose one of compact, accurate, rules, spacy:NAME"):
        load_mention_tagger("precise")


@pytest.mark.parametrize("name", ["spacy", "spacy:", ""])
def test_a_name_without_a_pipeline_is_not_a_spacy_tagger(name):
    with pytest.raises(UnknownTagger, match="no tagger is called"):
        load_mention_tagger(name)


@pytest.mark.skipif(find_spec("spacy") is not None, reason="spaCy is installed")
def test_without_spacy_its_taggers_say_how_to_get_it():
    with pytest.raises(UnknownTagger, match="pip install spacy"):
        load_mention_tagger("spacy:en_core_web_sm")


@pytest.mark.parametrize("name", ["compact", "rules"])
def test_a_tagger_names_itself_in_the_provenance(name):
    assert load_mention_tagger(name).provenance.name == name


@pytest.fixture
def missing_model(monkeypatch, tmp_path) -> Path:
    path = tmp_path / "compact.npz"
    monkeypatch.setattr(compact, "MODEL", path)
    return path


def test_rules_stand_in_for_a_missing_compact_model_and_the_log_says_so(missing_model, caplog):
    with caplog.at_level(logging.WARNING, "wireroom.entities"):
        tagger = load_mention_tagger("compact")

    (record,) = caplog.records
    assert tagger.provenance.name == "rules"
    assert (record.name, record.levelname) == ("wireroom.entities", "WARNING")
    assert f"compact model {missing_model} is missing" in record.getMessage()
    assert "the rules tagger is used" in record.getMessage()


def test_an_article_is_tagged_without_the_compact_model(missing_model):
    (tagged,) = load_tagger().tag([CleanArticle(text="Kofi Annan spoke in Accra, Ghana.", language="en")])

    assert {entity.name for entity in tagged.entities} >= {"Kofi Annan", "Ghana"}
    assert tagged.provenance.tagger is not None
    assert tagged.provenance.tagger.name == "rules"


@pytest.mark.parametrize("name", ["compact", "rules"])
def test_loading_a_tagger_whose_files_are_there_logs_nothing(name, caplog):
    load_mention_tagger(name)

    assert caplog.records == []
