"""What the publisher says about an article."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.enrich.cleanup.texts import BODY, clean


def test_a_date_without_offset_is_utc_and_an_implausible_date_gets_a_warning(cleaner):
    naive = clean(cleaner, BODY[0], published_at="2021-03-03T09:15:00")
    far = clean(cleaner, BODY[0], published_at="2203-03-03T09:15:00Z")

    assert naive.published_at == datetime(2021, 3, 3, 9, 15, tzinfo=UTC)
    assert "naive_date" in naive.warnings
    assert "implausible_date" in far.warnings


def test_what_the_publisher_said_is_passed_on(cleaner):
    article = clean(cleaner, BODY[0], article_id="a-1", publisher="Courier", url="https://example.org/a")

    assert (article.article_id, article.publisher, article.url) == ("a-1", "Courier", "https://example.org/a")
    assert article.provenance.cleaner == cleaner.provenance
