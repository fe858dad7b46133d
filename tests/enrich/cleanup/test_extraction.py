"""The whole story of a page is found, whatever its containers."""

from __future__ import annotations

from streams.events import RawArticle
from tests.enrich.cleanup.texts import SENTENCES, page


def test_an_article_that_was_cut_for_advertisements_is_put_together_again(cleaner):
    losses = [
        "boathouse",
        "smokehouse",
        "crane",
        "kiosk",
        "ferry",
        "ice plant",
        "net loft",
        "slipway",
        "lighthouse",
    ]
    sentences = [
        f"The {loss} near the quay was lost in the storm, and the council has no money for it."
        for loss in losses
    ]
    pieces = [
        "".join(f"<p>{sentence}</p>" for sentence in sentences[start : start + 3]) for start in (0, 3, 6)
    ]
    advertisement = (
        "<div class='ad'><p>More than two thousand other stories wait for our subscribers.</p></div>"
    )
    body = advertisement.join(f"<div class='article-body'>{piece}</div>" for piece in pieces)

    article = cleaner.clean(RawArticle(body=page(body=f"<main><h1>Losses</h1>{body}</main>")))

    assert [loss for loss in losses if loss in article.text] == losses
    assert "our subscribers" not in article.text


def test_a_page_whose_blocks_run_together_gives_its_sentences(cleaner):
    menu = "".join(f"<div><span>Council {n} </span><span>Archive {n} </span></div>" for n in range(150))
    story = "".join(f"<div><div><span>{sentence}</span></div></div>" for sentence in SENTENCES)

    article = cleaner.clean(RawArticle(body=f"<html><body><div>{menu}{story}</div></body></html>"))

    assert article.text.split("\n\n") == SENTENCES
