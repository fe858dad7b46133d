"""What the tests of the pages share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.events import RawArticle


@pytest.fixture
def utc_now() -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def raw_article() -> RawArticle:
    return RawArticle(body="Rates rise.")
