"""What a publisher puts around a story is removed as what it is, and stories are kept."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, HIGHLIGHTS, clean, removed


def test_a_label_on_the_line_of_the_first_highlight_is_cut_off(cleaner):
    article = clean(cleaner, "\n".join(["Story highlights " + HIGHLIGHTS[0], *HIGHLIGHTS[1:], *BODY]))

    assert article.highlights == HIGHLIGHTS
    assert removed(article, "boilerplate") == ["Story highlights"]


def test_names_below_a_headline_are_a_byline(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, "Anna Berg and Jón Jónsson", *BODY]))

    assert article.byline == "Anna Berg and Jón Jónsson"
    assert article.text == "\n\n".join([headline, *BODY])


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Words: Anna Berg", "Anna Berg"),
        ("Words: Anna Berg and Jón Jónsson", "Anna Berg and Jón Jónsson"),
        ("Author: Anna van der Berg", "Anna van der Berg"),
        ("Texte : Anna Berg", "Anna Berg"),
    ],
)
def test_names_after_a_credit_are_a_byline(cleaner, line, names):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([line, *BODY]), headline=headline)

    assert (article.byline, removed(article, "byline")) == (names, [line])
    assert article.text == "\n\n".join([headline, *BODY])


@pytest.mark.parametrize(
    ("rest", "kind"),
    [("Photos: Jón Jónsson", "caption"), ("Photography: Jón Jónsson", "caption")],
)
def test_credits_on_one_line_are_removed_as_what_they_are(cleaner, rest, kind):
    article = clean(cleaner, "\n\n".join([f"Words: Anna Berg  {rest}", *BODY]), headline="Mackerel quotas")

    assert (article.byline, removed(article, "byline")) == ("Anna Berg", ["Words: Anna Berg"])
    assert removed(article, kind) == [rest]
    assert article.highlights == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ADVERTISEMENT", "boilerplate"),
        ("Story continues below advertisement", "boilerplate"),
        ("Read more: How a town in the north lost its harbour", "boilerplate"),
        ("Sign up for our morning newsletter to get the news in your inbox", "boilerplate"),
        ("Follow us on Twitter", "boilerplate"),
        ("© 2021 The Northern Courier. All rights reserved.", "boilerplate"),
        ("Published March 3, 2021 at 9:15 a.m. ET", "boilerplate"),
        ("Photo: Anna Berg/Northern Pictures", "caption"),
        ("FILE PHOTO: Trawlers in the harbour of Reykjavik, June 2, 2020", "caption"),
        ("By Anna Berg and Jón Jónsson, Northern Courier", "byline"),
        ("Jón Jónsson contributed to this report.", "byline"),
        ("Enlarge this image toggle caption Anna Berg/Northern Pictures", "caption"),
        ("Facebook Twitter Email Share this article", "boilerplate"),
        (
            "Like this? Subscribe to our daily newsletter and get the best stories in your inbox.",
            "boilerplate",
        ),
        ("Follow Anna Berg on Twitter @annaberg", "boilerplate"),
        ("This story was updated at 9:15 a.m.", "boilerplate"),
        ("To support our work, click here.", "boilerplate"),
        ("[Click here to read what’s moving the harbour’s markets overnight]", "boilerplate"),
        ("Stay up to date with our free app!", "boilerplate"),
        ("A version of this article appeared in print on March 3", "boilerplate"),
        ("To contact the reporters on this story: Anna Berg at a.berg@example.org", "boilerplate"),
        ("You’ve read 3 of 5 free articles this month", "boilerplate"),
        ("Source: The Northern Courier and news agencies", "boilerplate"),
        ("About us", "boilerplate"),
        ("The post Storm closes harbour appeared first on Northern Courier.", "boilerplate"),
        ("Get breaking news on your phone with our app", "boilerplate"),
        ("Follow our coverage of the fishery at https://example.org/fishery", "boilerplate"),
        ("Filed under: Harbours, Storms", "boilerplate"),
        ("This is a developing story and will be updated.", "boilerplate"),
        ("A revised version of this post is available here.", "boilerplate"),
        ("Send us your questions", "boilerplate"),
        ("Send letters to letters@example.org", "boilerplate"),
        ("Your subscription makes our journalism possible. Thank you.", "boilerplate"),
        ("This is a rush transcript. Copy may not be in its final form.", "boilerplate"),
        ("Comments are closed.", "boilerplate"),
        (
            "Courier coverage is paid for by a fund. The Courier is solely responsible for all content.",
            "boilerplate",
        ),
        (
            "Editor's note: Want to support the Courier? Become a member with the promo code FISH.",
            "boilerplate",
        ),
        ("Trawlers lie in the harbour of Reykjavik in June. Hide Caption", "caption"),
        ("With Courier wires", "byline"),
        ("Lesen Sie auch: Wie der Hafen verloren ging", "boilerplate"),
        ("Mehr zum Thema", "boilerplate"),
        ("Artikel teilen", "boilerplate"),
        ("À lire aussi : comment le port a été perdu", "boilerplate"),
        ("Publicidad", "boilerplate"),
        ("Читайте также: как закрыли порт", "boilerplate"),
        ("相关新闻", "boilerplate"),
        ("Bild: Anna Berg", "caption"),
        ("AFP/Anna Berg", "caption"),
        ("Reuters", "byline"),
    ],
)
def test_what_a_publisher_puts_around_a_story_is_removed_as_what_it_is(cleaner, line, kind):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, kind) == [line]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell by a tenth on Monday.",
        "Subscribe to no theory, the old teacher used to tell us, before you have met its author.",
        "Follow the money, investigators say, and the rest of the case explains itself.",
        "By Monday the harbour was empty.",
        "Related parties hold a third of the shares, according to the filing.",
        "Copyrights on the songs run out next year.",
        "Watch makers in Geneva sold a fifth less this spring.",
        "Support among party members has fallen since the vote.",
        "She said that the rebels would write to the council and sign up for talks every week.",
        "The newspaper said on Facebook that its daily edition would be delivered to our readers again.",
        "Updated rules for the fishery will be published in May.",
        "This story was corrected to reflect that the harbour reopened on Tuesday.",
        "The errors could have contributed to the sinking of the ship, investigators said.",
        "Views expressed by voters in the poll were mixed.",
        "Stay informed, the mayor told the town, and nobody will be surprised by the flood.",
        "Sources said the ministry had known of the leak for a year.",
        "Invited by our readers, the party said on Facebook that guests could donate to the harbour fund.",
        "Facebook",
        "The post office in the harbour closed first on Monday.",
        "Your support, she told the crowd, has made this harbour.",
        "A developing story of neglect is how the council describes the harbour.",
        "He asked readers of the paper to click here and there until the page would open.",
        "Lesen Sie auch das Kleingedruckte, riet die Ministerin den Fischern.",
        "Le même sujet revient chaque année devant le conseil du port.",
        "This is a breaking story, said the mayor, about a breaking pier.",
        "Also in the harbour that night: two trawlers from the north.",
        "Four ships left daily, and warnings went out by email alerts until the storm had passed.",
        "Here are the council’s revised community guidelines in full:",
    ],
)
def test_a_sentence_that_begins_like_boilerplate_is_kept(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert line in article.text.split("\n\n")


def test_byline_and_dateline_become_fields(cleaner):
    article = clean(cleaner, "\n\n".join(["By Anna Berg", f"REYKJAVIK, Iceland (AP) — {BODY[0]}", *BODY[1:]]))

    assert (article.byline, article.dateline) == ("Anna Berg", "REYKJAVIK, Iceland (AP)")
    assert removed(article, "dateline") == ["REYKJAVIK, Iceland (AP) —"]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize("opening", ["BREAKING - ", "NASA – the American agency – said so. ", "WHO: "])
def test_capitals_before_a_dash_are_not_always_a_dateline(cleaner, opening):
    article = clean(cleaner, "\n\n".join([opening + BODY[0], *BODY[1:]]))

    assert article.dateline is None
    assert article.text.startswith(opening)


def test_an_address_at_the_beginning_of_a_text_is_removed(cleaner):
    address = "https://example.org/2021/03/mackerel-quotas.html"

    article = clean(cleaner, "\n\n".join([address, *BODY, address]))

    assert removed(article, "boilerplate") == [address]
    assert article.text == "\n\n".join([*BODY, address])
