"""Lines of promotion, sharing and navigation are removed, and sentences that look alike are kept."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean, removed


@pytest.mark.parametrize(
    "line",
    [
        "ADVERTISEMENT",
        "Story continues below advertisement",
        "Read more: How a town in the north lost its harbour",
        "Sign up for our morning newsletter to get the news in your inbox",
        "Follow us on Twitter",
        "© 2021 The Northern Courier. All rights reserved.",
        "Facebook Twitter Email Share this article",
        "Like this? Subscribe to our daily newsletter and get the best stories in your inbox.",
        "Follow Anna Berg on Twitter @annaberg",
        "This story was updated at 9:15 a.m.",
        "To support our work, click here.",
        "[Click here to read what’s moving the harbour’s markets overnight]",
        "Stay up to date with our free app!",
        "A version of this article appeared in print on March 3",
        "To contact the reporters on this story: Anna Berg at a.berg@example.org",
        "You’ve read 3 of 5 free articles this month",
        "Source: The Northern Courier and news agencies",
        "About us",
        "The post Storm closes harbour appeared first on Northern Courier.",
        "Get breaking news on your phone with our app",
        "Follow our coverage of the fishery at https://example.org/fishery",
        "Filed under: Harbours, Storms",
        "This is a developing story and will be updated.",
        "A revised version of this post is available here.",
        "Send us your questions",
        "Send letters to letters@example.org",
        "Your subscription makes our journalism possible. Thank you.",
        "This is a rush transcript. Copy may not be in its final form.",
        "Comments are closed.",
        "Courier coverage is paid for by a fund. The Courier is solely responsible for all content.",
        "Editor's note: Want to support the Courier? Become a member with the promo code FISH.",
        "Lesen Sie auch: Wie der Hafen verloren ging",
        "Mehr zum Thema",
        "Artikel teilen",
        "À lire aussi : comment le port a été perdu",
        "Publicidad",
        "Читайте также: как закрыли порт",
        "相关新闻",
    ],
)
def test_a_line_of_boilerplate_is_removed(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, "boilerplate") == [line]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell by a tenth on Monday.",
        "Subscribe to no theory, the old teacher used to tell us, before you have met its author.",
        "Follow the money, investigators say, and the rest of the case explains itself.",
        "Related parties hold a third of the shares, according to the filing.",
        "Copyrights on the songs run out next year.",
        "Watch makers in Geneva sold a fifth less this spring.",
        "Support among party members has fallen since the vote.",
        "She said that the rebels would write to the council and sign up for talks every week.",
        "The newspaper said on Facebook that its daily edition would be delivered to our readers again.",
        "This story was corrected to reflect that the harbour reopened on Tuesday.",
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
