"""The schema files that consumers copy are those of the models."""

from __future__ import annotations

import json

import pytest

from streams.schemas import FOLDER, schemas


@pytest.mark.parametrize("name", list(schemas()))
def test_the_schema_file_is_that_of_the_model(name):
    committed = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))

    assert committed == schemas()[name], "run `python -m streams.schemas`"
    assert committed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert committed["$id"].startswith("urn:wireroom:news.article.")
