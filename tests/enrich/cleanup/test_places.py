"""Most furniture of a page says by tag, attributes and names what it is for."""

from __future__ import annotations

import pytest
from lxml import html

from streams.enrich.cleanup.places import Place, place_of


@pytest.mark.parametrize(
    ("element", "place"),
    [
        ("<p>", Place.TEXT),
        ("<div class='story'>", Place.TEXT),
        ("<p hidden>", Place.HIDDEN),
        ("<em hidden>", Place.HIDDEN),
        ("<p hidden='until-found'>", Place.TEXT),
        ("<p style='color: red; DISPLAY : none'>", Place.HIDDEN),
        ("<p style='opacity: 0'>", Place.HIDDEN),
        ("<p style='opacity: 0.8'>", Place.TEXT),
        ("<p style='text-indent:-9999px'>", Place.HIDDEN),
        ("<span class='sr-only'>", Place.HIDDEN),
        ("<p class='show-for-sr'>", Place.HIDDEN),
        ("<p class='u-visually-hidden'>", Place.HIDDEN),
        ("<p class='hide'>", Place.HIDDEN),
        ("<p class='print-only'>", Place.HIDDEN),
        ("<p class='hidden-gems'>", Place.TEXT),
        ("<div class='d-none d-md-block'>", Place.TEXT),
        ("<div class='hidden md:block'>", Place.TEXT),
        ("<figcaption>", Place.CAPTION),
        ("<p class='wp-caption-text'>", Place.CAPTION),
        ("<div class='articleImageCaption'>", Place.CAPTION),
        ("<div id='caption-1'>", Place.CAPTION),
        ("<figure><table></table></figure>", Place.TEXT),
        ("<p class='byline'>", Place.BYLINE),
        ("<div class='author-bio'>", Place.PROFILE),
        ("<div class='related-stories'>", Place.AROUND),
        ("<aside>", Place.AROUND),
        ("<nav>", Place.AROUND),
        ("<div id='comments'>", Place.COMMENTS),
        ("<div class='paywall'>", Place.OFFER),
        ("<div id='onetrust-banner-sdk'>", Place.CONSENT),
        ("<article class='post-12 tag-paywall author-admin'>", Place.TEXT),
    ],
)
def test_an_element_says_what_its_text_is_for(element, place):
    assert place_of(html.fragment_fromstring(element)) is place


def test_a_line_in_small_letters_under_a_picture_is_its_caption():
    with_picture = "<p><img src='x'><br><small>The quay at noon</small></p>"
    with_text = "<p><img src='x'>The quay was empty, <em>for once</em>.</p>"

    assert place_of(html.fragment_fromstring(with_picture)) is Place.CAPTION
    assert place_of(html.fragment_fromstring(with_text)) is Place.TEXT


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (Place.PICTURE, "caption"),
        (Place.PROFILE, "byline"),
        (Place.CONSENT, "boilerplate"),
        (Place.HIDDEN, "boilerplate"),
    ],
)
def test_removed_text_has_the_kind_of_its_place(place, kind):
    assert place.kind == kind
