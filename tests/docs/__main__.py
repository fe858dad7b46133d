"""Rewrite the generated parts of the pages: `python -m tests.docs`."""

from __future__ import annotations

from tests.docs.pages import PAGES, read, with_generated_parts

if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_generated_parts(read(page)), encoding="utf-8")
