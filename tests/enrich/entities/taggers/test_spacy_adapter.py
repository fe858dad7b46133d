"""A spaCy pipeline's entities become mentions of our types. The pipeline is a fake."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from streams.enrich.entities.taggers import spacy_adapter
from streams.enrich.entities.taggers.spacy_adapter import SpacyTagger


class Pipeline:
    """A pipeline that finds the given names, each with its label, wherever they stand first."""

    meta = {"lang": "en", "name": "news_sm", "version": "3.8.0", "spacy_version": ">=3.8,<4"}  # noqa: RUF012

    def __init__(self, **names: str) -> None:
        self.names = {name.replace("_", " "): label for name, label in names.items()}
        self.longest = 0

    def __call__(self, text: str) -> SimpleNamespace:
        self.longest = max(self.longest, len(text))
        found = [(text.find(name), name, label) for name, label in self.names.items() if name in text]
        return SimpleNamespace(
            ents=[
                SimpleNamespace(start_char=at, text=name, label_=label) for at, name, label in sorted(found)
            ]
        )


@pytest.mark.parametrize(
    ("label", "kind"),
    [("PERSON", "PER"), ("GPE", "LOC"), ("FAC", "LOC"), ("NORP", "MISC"), ("ORG", "ORG")],
)
def test_each_label_has_one_of_our_types(label, kind):
    (spans,) = SpacyTagger(Pipeline(Feld=label)).mentions(["It was Feld."])

    assert [(span.start, span.end, span.type) for span in spans] == [(7, 11, kind)]


def test_dates_and_amounts_are_left_out():
    assert SpacyTagger(Pipeline(Monday="DATE")).mentions(["On Monday."]) == [[]]


def test_a_mention_loses_its_article_and_genitive():
    text = "He saw the White House's lawn."

    (spans,) = SpacyTagger(Pipeline(**{"the_White_House's": "ORG"})).mentions([text])

    assert [text[span.start : span.end] for span in spans] == ["White House"]


def test_a_long_text_is_read_in_parts_and_its_offsets_are_those_of_the_whole(monkeypatch):
    monkeypatch.setattr(spacy_adapter, "MAX_CHARACTERS", 10)
    pipeline = Pipeline(Feld="PERSON")
    text = "x" * 13 + "Feld"

    (spans,) = SpacyTagger(pipeline).mentions([text])

    assert [text[span.start : span.end] for span in spans] == ["Feld"]
    assert pipeline.longest == 10


def test_the_provenance_names_the_pipeline_and_its_version():
    provenance = SpacyTagger(Pipeline()).provenance

    assert (provenance.name, provenance.model) == ("spacy:en_news_sm", "3.8.0")
