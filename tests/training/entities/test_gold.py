"""Gold text becomes tokens and tags, and text that the development files share is left out."""

from __future__ import annotations

import json

import pytest

from streams.enrich.entities.taggers.bioes import TAGS
from streams.training.entities import gold
from streams.training.entities.gold import read_gold, training_documents

TEXT = "Angela Merkel met leaders of NATO in Berlin"


def write(path, *documents):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))


def entity(name, label, text=TEXT, more=0):
    start = text.index(name)
    return {"start": start, "end": start + len(name) + more, "label": label}


def tagged(document):
    return [(form, TAGS[tag]) for form, tag in zip(document.tokens.forms, document.tags, strict=True) if tag]


def test_the_names_of_a_document_become_tags(tmp_path):
    entities = [entity("Angela Merkel", "PER"), entity("NATO", "ORG"), entity("Berlin", "LOC")]
    write(tmp_path / "news.jsonl", {"text": TEXT, "entities": entities})

    (document,) = read_gold(tmp_path / "news.jsonl", has_misc=False)

    assert tagged(document) == [
        *(("Angela", "B-PER"), ("Merkel", "E-PER")),
        *(("NATO", "S-ORG"), ("Berlin", "S-LOC")),
    ]
    assert (document.source, document.has_misc) == ("news", False)


def test_other_labels_are_left_out_and_a_part_of_a_token_becomes_the_token(tmp_path):
    entities = [entity("leaders", "TITLE"), entity("Berlin", "LOC", more=-2)]
    write(tmp_path / "news.jsonl", {"text": TEXT, "entities": entities})

    (document,) = read_gold(tmp_path / "news.jsonl")

    assert tagged(document) == [("Berlin", "S-LOC")]


@pytest.mark.parametrize(("copied", "kept"), [(True, 3), (False, 4)])
def test_a_training_document_that_a_development_file_contains_is_left_out(tmp_path, copied, kept):
    words = [f"word{number}" for number in range(40)]
    for number, name in enumerate(gold.TRAINING):
        text = " ".join(f"{word}x{number}" for word in words)
        write(tmp_path / "entities" / "train" / f"{name}.jsonl", {"text": text, "entities": []})
    for name in gold.DEVELOPMENT:
        text = " ".join(f"{word}x{0 if copied else name}" for word in words)
        write(tmp_path / "entities" / f"{name}.jsonl", {"text": text, "entities": []})

    documents = training_documents(tmp_path)

    assert len(documents) == kept
    assert ("worldwide_train" in [document.source for document in documents]) is not copied
