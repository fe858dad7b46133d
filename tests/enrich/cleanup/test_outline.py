"""The outline of a page knows the place of each block, and when a name is wrong about what it names."""

from __future__ import annotations

from streams.enrich.cleanup.markup import parse_html
from streams.enrich.cleanup.outline import Outline
from streams.enrich.cleanup.places import Place
from tests.enrich.cleanup.texts import SENTENCES, page

STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def outline(body: str, head: str = "") -> Outline:
    return Outline(parse_html(page(head, body)))


def places(body: str) -> dict[str, Place]:
    found = outline(body)
    return {block.text: place for block, place in zip(found.blocks, found.places, strict=True)}


def test_an_aside_that_has_the_story_is_its_place_and_another_is_not():
    whole = places(f"<aside><h1>Storm closes harbour</h1>{STORY}</aside>")
    beside = places(f"<article>{STORY}<aside><p>A seal was seen on the quay at noon.</p></aside></article>")

    assert whole[SENTENCES[0]] is Place.TEXT
    assert beside[SENTENCES[0]] is Place.TEXT
    assert beside["A seal was seen on the quay at noon."] is Place.AROUND


def test_text_that_a_script_shows_is_the_story_although_it_is_hidden():
    shown = places(f"<div style='visibility:hidden'>{STORY}</div>")
    hidden = places(f"<div>{STORY}<p hidden>A draft that nobody sees is in the page.</p></div>")

    assert shown[SENTENCES[0]] is Place.TEXT
    assert hidden["A draft that nobody sees is in the page."] is Place.HIDDEN


def test_the_box_around_a_request_for_consent_is_a_notice():
    request = "We and our 214 partners store and read information on your device."
    terms = "The choice holds for a year."

    found = places(f"<div><div><p>{request}</p><p>{terms}</p></div></div><div>{STORY}</div>")

    assert found[request] is found[terms] is Place.CONSENT
    assert found[SENTENCES[0]] is Place.TEXT


def test_an_offer_takes_its_terms_with_it():
    offer, terms = "Subscribe to continue reading.", "4 pounds a month, cancel any time"

    found = outline(f"<article>{STORY}<div><p>{offer}</p><p>{terms}</p></div></article>")

    assert found.has_offer
    assert [b.text for b, p in zip(found.blocks, found.places, strict=True) if p is Place.OFFER] == [
        offer,
        terms,
    ]
    assert not outline(STORY).has_offer


def test_the_headline_is_the_heading_that_the_page_is_called_by():
    found = outline(
        "<h1>Courier</h1><h2>Storm closes harbour of Tromsø</h2>" + STORY,
        "<meta property='og:title' content='Storm closes harbour of Tromsø'>",
    )

    title = found.title_before(len(found.blocks))

    assert title is not None
    assert found.blocks[title].text == "Storm closes harbour of Tromsø"
