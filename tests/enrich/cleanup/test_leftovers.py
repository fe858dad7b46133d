"""Everything in the main area of a page that is not text is told, with its kind."""

from __future__ import annotations

import pytest

from streams.events import RawArticle
from tests.enrich.cleanup.texts import SENTENCES, page, removed

STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


@pytest.mark.parametrize(
    ("element", "kind", "text"),
    [
        ("<p class='byline'>By Anna Berg</p>", "byline", "By Anna Berg"),
        ("<figure><img><figcaption>The quay at noon</figcaption></figure>", "caption", "The quay at noon"),
        ("<div class='photo'><img><span class='image-caption'>The quay</span></div>", "caption", "The quay"),
        ("<aside><p>A seal was seen on the quay.</p></aside>", "boilerplate", "A seal was seen on the quay."),
        (
            "<div class='related'><a href='/1'>Seal returns to the quay of Tromsø</a></div>",
            "boilerplate",
            "Seal returns to the quay of Tromsø",
        ),
        ("<div class='share'>Share on Facebook</div>", "boilerplate", "Share on Facebook"),
        (
            "<p hidden>Nobody sees this draft of the story.</p>",
            "boilerplate",
            "Nobody sees this draft of the story.",
        ),
        (
            "<div class='author-bio'>Anna Berg lives by the sea.</div>",
            "byline",
            "Anna Berg lives by the sea.",
        ),
    ],
)
def test_what_is_beside_the_story_is_removed_with_its_kind(cleaner, element, kind, text):
    article = cleaner.clean(RawArticle(body=page(body=f"<article><h1>Storm</h1>{STORY}{element}</article>")))

    assert text in removed(article, kind)
    assert article.text == "\n\n".join(["Storm", *SENTENCES])


def test_menus_around_the_main_area_are_not_told(cleaner):
    article = cleaner.clean(RawArticle(body=page()))

    assert not any("Home" in stretch.text or "Terms" in stretch.text for stretch in article.removed)


def test_the_furniture_of_a_fragment_is_told_too(cleaner):
    body = f"{STORY}<aside>A seal was seen on the quay.</aside>"

    article = cleaner.clean(RawArticle(body=body, content_type="text/html"))

    assert removed(article, "boilerplate") == ["A seal was seen on the quay."]
