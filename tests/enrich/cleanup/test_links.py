"""Links to other stories are not part of the story."""

from __future__ import annotations

from streams.events import RawArticle
from tests.enrich.cleanup.texts import SENTENCES, page


def test_other_stories_with_their_summaries_below_the_article_are_removed(cleaner):
    others = {
        "Ferry to the islands runs again": "The ferry had been laid up since the autumn.",
        "Council votes on a new breakwater": "Engineers have proposed it for more than a decade.",
        "A winter of storms in pictures": "Readers sent us what they saw from their windows.",
    }
    related = "".join(f"<p><a href='/x'>{title}</a></p><p>{summary}</p>" for title, summary in others.items())
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)

    article = cleaner.clean(RawArticle(body=page(body=f"<article>{paragraphs}{related}</article>")))

    assert article.text.split("\n\n")[-len(SENTENCES) :] == SENTENCES
    assert not any(summary in article.text for summary in others.values())


def test_a_paragraph_that_only_leads_to_another_story_is_removed(cleaner):
    link = "<p><a href='/x'>Trawler owners win second case against the port</a></p>"
    paragraphs = [f"<p>{sentence}</p>" for sentence in SENTENCES]
    body = "".join(
        [*paragraphs[:2], link, "<p>Read more: <a href='/y'>How the quay was built</a></p>", *paragraphs[2:]]
    )

    article = cleaner.clean(
        RawArticle(body=page(body=f"<article><h1>Storm closes harbour</h1>{body}</article>"))
    )

    assert article.text == "\n\n".join(["Storm closes harbour", *SENTENCES])
    assert {stretch.kind for stretch in article.removed if "owners win" in stretch.text} == {"boilerplate"}
