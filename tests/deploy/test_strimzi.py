"""The Strimzi resources: the topics are those of the wire, and all are what Strimzi accepts."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tests.deploy import custom_kinds
from tests.deploy.places import STRIMZI, read_documents
from tests.deploy.strimzi import TOPICS, topics_yaml

DOCUMENTS = [document for path in sorted(STRIMZI.glob("*.yaml")) for document in read_documents(path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["metadata"]["name"])
def test_a_resource_is_as_its_kind_describes(document: dict[str, Any]):
    custom_kinds.validate(document)


def test_a_resource_with_an_unknown_field_is_refused():
    topic = next(document for document in DOCUMENTS if document["kind"] == "KafkaTopic")

    with pytest.raises(jsonschema.ValidationError, match="partition'"):
        custom_kinds.validate({**topic, "spec": {**topic["spec"], "partition": 4}})


def test_the_topics_are_those_of_the_wire():
    written = TOPICS.read_text(encoding="utf-8")

    assert written == topics_yaml(), "run `python -m tests.deploy`"


def test_every_name_of_a_resource_is_used_once():
    names = [(document["kind"], document["metadata"]["name"]) for document in DOCUMENTS]

    assert len(set(names)) == len(names)
