"""JSON Schemas (2020-12) of the events, for consumers to copy from the files beside this module.

`python -m streams.schemas` rewrites the files. A test fails when they differ from the models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streams.events import EVENTS, ArticleEvent

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).parent


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each event by the name of the event, in pipeline order."""
    return {event.__name__: _schema(event) for event in EVENTS}


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of the event called `name`, such as RawArticle."""
    return schemas()[name]


def write(folder: Path = FOLDER) -> list[Path]:
    """Write one file for each event into `folder`, and return the files."""
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _schema(event: type[ArticleEvent]) -> dict[str, Any]:
    # The validation schema says which fields a writer may leave out, in a raw article or in a clean one made
    # by hand. It is right for a reader as well: on the wire every field is present.
    schema = event.model_json_schema(mode="validation")
    return {"$schema": DRAFT, "$id": f"urn:wireroom:{event.ce_type}", **_optional_ids(schema)}


def _optional_ids(schema: dict[str, Any]) -> dict[str, Any]:
    required = [field for field in schema.get("required", []) if field != "article_id"]
    return {**schema, "required": required}  # an absent article_id is derived
