"""JSON Schemas (2020-12) of the events; the files beside this module are what consumers may copy.

`python -m streams.schemas` writes the files anew; a test fails when they differ from the models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streams.events import EVENTS, ArticleEvent

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).parent


def schemas() -> dict[str, dict[str, Any]]:
    """Every event's schema by the event's name, in pipeline order."""
    return {event.__name__: _schema(event) for event in EVENTS}


def schema_of(name: str) -> dict[str, Any]:
    """The schema of the event called NAME, such as RawArticle."""
    return schemas()[name]


def write(folder: Path = FOLDER) -> list[Path]:
    """Write one file an event into FOLDER; returns the files."""
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _schema(event: type[ArticleEvent]) -> dict[str, Any]:
    # Readers see what is on the wire, where every field is present; writers of raw articles and of clean
    # ones made by hand see which fields may be left out: hence the validation schema for all.
    schema = event.model_json_schema(mode="validation")
    return {"$schema": DRAFT, "$id": f"urn:wireroom:{event.ce_type}", **_optional_ids(schema)}


def _optional_ids(schema: dict[str, Any]) -> dict[str, Any]:
    required = [field for field in schema.get("required", []) if field != "article_id"]
    return {**schema, "required": required}  # article_id is derived when absent
