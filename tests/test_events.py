"""The events of the wire: what is derived, what is refused, and what comes back from JSON."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from streams.events import CleanArticle, EnrichedArticle, Entity, Label, Mention, RawArticle, TaggedArticle


def test_an_article_published_twice_has_one_id():
    first = RawArticle(headline="Rates rise", body="The bank raised rates.\r\n\r\nAgain.")
    again = RawArticle(headline="Rates rise", body="The bank raised rates.\n\nAgain.", publisher="Another")

    assert first.article_id == again.article_id
    assert first.article_id != RawArticle(headline="Rates fall", body=first.body).article_id


def test_the_url_names_an_article_whatever_its_text_became():
    first, corrected = (RawArticle(url="https://example.org/rates", body=body) for body in ("Rats", "Rates"))

    assert first.article_id == corrected.article_id
    assert first.article_id != RawArticle(body="Rats").article_id
    assert RawArticle(url=" ", body="Rats").article_id == RawArticle(body="Rats").article_id


def test_an_id_that_is_given_stays():
    article = RawArticle(article_id="desk/7", url="https://example.org", body="x")

    assert (article.article_id, article.key) == ("desk/7", b"desk/7")


def test_the_error_of_a_missing_body_is_about_the_body():
    with pytest.raises(ValidationError) as raised:
        RawArticle.model_validate_json(b'{"headline": "Rates rise"}')

    assert [error["loc"] for error in raised.value.errors()] == [("body",)]


@pytest.mark.parametrize("value", [b"{}", b'{"article_id": "a1"}', b'{"text": 5}'])
def test_the_error_of_a_missing_text_is_about_the_text(value):
    with pytest.raises(ValidationError) as raised:
        CleanArticle.model_validate_json(value)

    assert [error["loc"] for error in raised.value.errors()] == [("text",)]


@pytest.mark.parametrize(
    "published_at",
    [
        *("2026-03-01T12:00:00Z", "2203-01-01T00:00:00+02:00", "2026-03-01T12:00:00"),
        *("2026-03-01", "2026-03-01 12:00", "2026-03-01T12:00:00.5-05:00"),
        datetime(2026, 3, 1, 12, tzinfo=UTC),
    ],
)
def test_a_date_is_rfc_3339_text_or_a_datetime(published_at: str | datetime):
    article = RawArticle.model_validate({"body": "x", "published_at": published_at})

    assert article.published_at is not None
    assert article.published_at.date() in {date(2026, 3, 1), date(2203, 1, 1)}


@pytest.mark.parametrize(
    "published_at",
    [
        *(1772366400, -20260301, 17.5, True, Decimal(20260301), b"20260301", "tomorrow", {}),
        *("20260301", "1772366400", "-20260301", "+20260301", " -20260301 ", "−20260301", "-0"),
        *("1772366400.5", "-1.5", "1e9", "-1e9", "1e-3", "1_772_366_400", "-2026_0301", "-inf", "nan"),
    ],
)
def test_what_is_not_a_date_is_refused(published_at: object):
    with pytest.raises(ValidationError):
        RawArticle(body="x", published_at=published_at)


def test_a_clean_article_can_be_made_by_hand_from_any_text():
    article = CleanArticle(text="Rates rise in Oslo")

    assert article.word_count == 4
    assert article.content_hash == hashlib.sha256(b"Rates rise in Oslo").hexdigest()
    assert (article.language, article.removed, article.warnings) == ("und", [], [])
    assert article.article_id == CleanArticle(text="Rates  rise in Oslo").article_id


def test_events_come_back_from_the_wire_as_they_went():
    entity = Entity(
        id="LOC:oslo", type="LOC", name="Oslo", ids={"geonames": "3143244"}, salience=0.5, count=1,
        mentions=[Mention(start=14, end=18, text="Oslo")],
    )  # fmt: skip
    article = EnrichedArticle(
        article_id="a1",
        published_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        text="Rates rise in Oslo",
        entities=[entity],
        labels=[Label(label="economy", name="Economy", score=0.75)],
        scores={"economy": 0.75, "climate": None},
    )

    back = EnrichedArticle.model_validate_json(article.to_bytes())

    assert back == article
    assert back.to_bytes() == article.to_bytes()
    assert b'"published_at":"2026-03-01T12:00:00Z"' in article.to_bytes()
    assert TaggedArticle.model_validate_json(article.to_bytes()).entities == [entity]


def test_events_cannot_be_changed():
    with pytest.raises(ValidationError):
        RawArticle(body="x").body = "y"  # type: ignore[misc]


def test_a_warning_is_given_once():
    article = CleanArticle(text="x", warnings=["a"])

    assert article.warned("a", "b").warnings == ["a", "b"]
    assert article.warned("a") is article
