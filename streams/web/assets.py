"""The files of the page, as they are in the package: read once, served with an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import NamedTuple

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
INDEX = "index.html"


class Asset(NamedTuple):
    """A file of the page."""

    content: bytes
    content_type: str
    etag: str


def load_assets() -> Mapping[str, Asset]:
    """Return the files of the page by name."""
    assets = {}
    for file in (resources.files("streams.web") / "static").iterdir():
        suffix = file.name[file.name.rfind(".") :]
        if suffix in TYPES:
            content = file.read_bytes()
            assets[file.name] = Asset(content, TYPES[suffix], hashlib.sha256(content).hexdigest()[:20])
    return assets
