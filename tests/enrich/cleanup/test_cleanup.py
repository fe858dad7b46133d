"""Cleanup of plain text: what is kept, what is removed, and as what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.enrich.cleanup import Cleaner
from streams.events import CleanArticle, RawArticle

TEASER = "Bakers of Lisbon vote for the best custard tart! the winner may surprise you"
HIGHLIGHTS = [
    (
        "Norway's fisheries minister Kari Nygaard met Icelandic trawler owners in Reykjavik to settle a "
        "quarrel over mackerel quotas, Nygaard offered a joint count of the stock"
    ),
    (
        "The talks aimed to end a dispute over quotas, landing fees and inspections, Iceland asks for a "
        "larger share"
    ),
    "Both countries will count the mackerel together, focusing on spawning grounds and warmer water",
]
BODY = [
    (
        "In an effort to settle a long quarrel between Norway and Iceland, fisheries minister Kari "
        "Nygaard has met trawler owners and officials in Reykjavik to discuss mackerel quotas, which both "
        "governments have set alone since talks broke down."
    ),
    (
        "During the second day of the talks, Nygaard offered to count the stock of mackerel jointly. She "
        "said that nobody could share fairly what nobody had counted, and that inspections at sea should "
        "be shared as well."
    ),
    (
        "Iceland acknowledged the dispute and asked for a larger share of the quota. Its negotiator "
        "pointed to warmer water, which has driven the spawning grounds west, and to landing fees that "
        "Norway raised last year."
    ),
    (
        "The two countries agreed to send one research ship each in the spring, focusing on spawning "
        "grounds. The trawler owners said that they would wait for the count before they fished above "
        "last year's quota."
    ),
]


ENGLISH = "The minister said on Monday that talks would resume next week, and that both sides want them."
FRENCH = "Le ministre a déclaré lundi que les négociations reprendraient la semaine prochaine, comme prévu."


@pytest.fixture(scope="module")
def cleaner() -> Cleaner:
    return Cleaner()


def clean(cleaner: Cleaner, body: str, **fields: object) -> CleanArticle:
    return cleaner.clean(RawArticle.model_validate({"body": body, **fields}))


def removed(article: CleanArticle, kind: str) -> list[str]:
    return [stretch.text for stretch in article.removed if stretch.kind == kind]


def test_an_unrelated_teaser_goes_and_the_highlights_are_told_from_the_body(cleaner):
    article = clean(cleaner, "\n".join([TEASER, *HIGHLIGHTS, *BODY]))

    assert removed(article, "teaser") == [TEASER]
    assert article.headline is None
    assert article.highlights == HIGHLIGHTS
    assert article.text == "\n\n".join([*HIGHLIGHTS, *BODY])
    assert article.warnings == []


def test_a_first_line_that_the_body_covers_is_the_headline(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, *BODY]))

    assert article.headline == headline
    assert article.highlights == []
    assert article.text == "\n\n".join([headline, *BODY])


def test_a_short_line_before_longer_ones_is_the_headline_even_after_a_teaser(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n".join([TEASER, headline, *HIGHLIGHTS, *BODY]))

    assert removed(article, "teaser") == [TEASER]
    assert (article.headline, article.highlights) == (headline, HIGHLIGHTS)


def test_a_label_on_the_line_of_the_first_highlight_is_cut_off(cleaner):
    article = clean(cleaner, "\n".join(["Story highlights " + HIGHLIGHTS[0], *HIGHLIGHTS[1:], *BODY]))

    assert article.highlights == HIGHLIGHTS
    assert removed(article, "boilerplate") == ["Story highlights"]


def test_highlights_with_bullets_are_highlights(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, "\n".join(f"• {line}" for line in HIGHLIGHTS), *BODY]))

    assert (article.headline, article.highlights) == (headline, HIGHLIGHTS)


@pytest.mark.parametrize(
    "headline",
    [
        "Norway and Iceland Will Count the Mackerel Together. The Trawler Owners Wait.",
        "Norway and Iceland to count mackerel together, and then report to the U.N.",
        "Will Norway and Iceland count mackerel together?",
    ],
)
def test_a_headline_may_end_as_a_sentence_does(cleaner, headline):
    assert clean(cleaner, "\n\n".join([headline, *BODY])).headline == headline


def test_a_first_sentence_is_no_headline(cleaner):
    sentence = "Norway and Iceland will count the mackerel together."

    assert clean(cleaner, "\n\n".join([sentence, *BODY])).headline is None


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
    ("line", "kept"),
    [
        ("Words: Anna Berg Mackerel count this spring: 1,214", "Mackerel count this spring: 1,214"),
        ("Mackerel count this spring: 1,214", "Mackerel count this spring: 1,214"),
        ("Trawlers: 214 Research ships: 2", "Trawlers: 214 Research ships: 2"),
        ("Minister: Kari Nygaard Quota: 40%", "Minister: Kari Nygaard Quota: 40%"),
    ],
)
def test_fields_above_the_body_are_text_and_not_a_highlight(cleaner, line, kept):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, HIGHLIGHTS[0], line, HIGHLIGHTS[1], *BODY]))

    assert (article.headline, article.highlights) == (headline, HIGHLIGHTS[:2])
    assert article.text == "\n\n".join([headline, *HIGHLIGHTS[:2], kept, *BODY])


@pytest.mark.parametrize(
    "line",
    [
        "Iceland: a larger share of the mackerel quotas",
        "Trawler owners: Norway and Iceland must count mackerel",
        "Mackerel talks in Reykjavik: 3 things that Norway wants",
        "Words: Nygaard and Iceland on mackerel quotas",
    ],
)
def test_a_highlight_may_have_a_colon(cleaner, line):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, HIGHLIGHTS[0], line, *BODY]))

    assert article.highlights == [HIGHLIGHTS[0], line]


def test_a_headline_may_look_like_a_field(cleaner):
    headline = "Mackerel count this spring: 1,214"

    assert clean(cleaner, "\n\n".join([headline, *BODY])).headline == headline


def test_an_article_may_have_no_headline(cleaner):
    article = clean(cleaner, "\n\n".join(BODY))

    assert article.headline is None
    assert article.text == "\n\n".join(BODY)


def test_a_teaser_that_ends_in_an_abbreviation_is_no_sentence_of_the_body(cleaner):
    headline, teaser = (
        "Norway and Iceland to count mackerel jointly",
        "Custard Tart Bakers Hope for a Prize in the U.S.",
    )

    article = clean(cleaner, "\n".join([headline, teaser, *BODY]))

    assert removed(article, "teaser") == [teaser]


def test_a_teaser_between_headline_and_body_goes_too(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n".join([headline, *HIGHLIGHTS, TEASER, *BODY]))

    assert removed(article, "teaser") == [TEASER]
    assert article.headline == headline
    assert article.highlights == HIGHLIGHTS


def test_a_given_headline_stands_first_and_only_once(cleaner):
    headline = "Norway and Iceland to count mackerel together"

    article = clean(cleaner, "\n\n".join([headline, *BODY]), headline=headline)

    assert article.text == "\n\n".join([headline, *BODY])
    assert removed(article, "duplicate") == [headline]


def test_lines_broken_by_a_wrapping_editor_are_joined(cleaner):
    words, lines = BODY[0].split(), [""]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > 60:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()

    article = clean(cleaner, "\n".join(lines))

    assert len(lines) > 3
    assert article.text == BODY[0]


def test_the_items_of_a_list_stay_on_lines_of_their_own(cleaner):
    items = ["- cod from the Barents Sea", "- haddock", "- mackerel from the west"]

    article = clean(cleaner, "\n\n".join([*BODY, "\n".join(items)]))

    assert article.text.endswith("\n\n" + "\n".join(items))


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


def test_a_paragraph_printed_twice_is_kept_once(cleaner):
    article = clean(cleaner, "\n\n".join([*BODY, BODY[1]]))

    assert article.text == "\n\n".join(BODY)
    assert removed(article, "duplicate") == [BODY[1]]


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("The cafÃ© said â€œnoâ€\x9d on Monday", "The café said “no” on Monday"),
        ("Marks &amp;amp; Spencer &#8212; a shop", "Marks & Spencer — a shop"),
        ("write &lt;b&gt; in HTML", "write <b> in HTML"),
        ("co\u00adope\u00adra\u200btion\ufeff of\x00 two", "cooperation of two"),
        ("Cafe\u0301 of\u00a0two \t words", "Caf\u00e9 of two words"),
    ],
)
def test_broken_characters_are_repaired(cleaner, broken, text):
    assert clean(cleaner, broken).text == text


def test_tags_that_set_words_apart_are_taken_out_of_plain_text(cleaner):
    article = clean(cleaner, "\n\n".join([BODY[0].replace("mackerel", "<i>mackerel</i>"), *BODY[1:]]))

    assert article.text == "\n\n".join(BODY)
    assert removed(article, "markup") == ["<i>", "</i>"]


def test_paragraphs_stay_apart_where_the_only_tags_are_in_their_lines(cleaner):
    link = '<a href="https://example.org/quota">quota</a>'

    article = clean(
        cleaner, "\n\n".join([f"<b>{BODY[0]}</b>", *(text.replace("quota", link) for text in BODY[1:])])
    )

    assert article.text == "\n\n".join(BODY)


def test_a_word_that_a_wrap_cut_in_two_is_whole_again_where_the_text_has_it(cleaner):
    lines = [
        "The ministers of both countries said that inspections would begin in the",
        "spring. Boats that are found with undersized fish will lose their inspec-",
        "tions certificate, and inspections at sea will be shared by the north-",
        "western harbours of both countries from the first of May of next year on",
    ]

    article = clean(cleaner, "\n".join(lines))

    assert "lose their inspections certificate" in article.text
    assert "the north-western harbours" in article.text


@pytest.mark.parametrize(
    "text",
    [
        "قال الوزير إن المحادثات ستستأنف الأسبوع المقبل\u200f، وفقا لبيان رسمي.",
        "وزیر خارجه گفت که مذاکرات هفته آینده از سر گرفته می\u200cشود.",
        "השר אמר כי השיחות יתחדשו בשבוע הבא, על פי הודעה רשמית.",
        "It’s “done”, she said – “finally” …",
        "部长说，谈判将于下周恢复。",
    ],
)
def test_text_that_is_not_broken_is_left_as_it_is(cleaner, text):
    article = clean(cleaner, text)

    assert article.text == text
    assert not any(span.repaired for span in article.source)


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (BODY[0], "en"),
        ("Der Minister sagte am Montag, dass die Gespräche in der kommenden Woche fortgesetzt werden.", "de"),
        ("Le ministre a déclaré lundi que les négociations reprendraient la semaine prochaine.", "fr"),
        ("وزير الخارجية يقول إن المحادثات ستستأنف الأسبوع المقبل في العاصمة.", "ar"),
        ("部长星期一表示，谈判将于下周恢复，双方都希望达成协议。", "zh"),
        ("Oui", "und"),
        (f"{ENGLISH} {FRENCH}", "und"),
        (f"{ENGLISH} " * 6 + f"{FRENCH} " * 6, "und"),
        (f"{ENGLISH} " * 20 + FRENCH, "en"),
    ],
)
def test_the_language_is_told_and_short_text_is_undetermined(cleaner, body, language):
    assert clean(cleaner, body).language == language


def test_the_language_of_a_few_words_is_what_the_publisher_says(cleaner):
    article = clean(cleaner, "Oui", language="fr-FR")

    assert article.language == "fr"
    assert "language_undetermined" in article.warnings


def test_a_wrong_language_hint_is_overruled_with_a_warning(cleaner):
    article = clean(cleaner, BODY[0], language="fr")

    assert article.language == "en"
    assert "language_conflict" in article.warnings


def test_a_date_without_offset_is_utc_and_one_of_another_age_is_doubted(cleaner):
    naive = clean(cleaner, BODY[0], published_at="2021-03-03T09:15:00")
    far = clean(cleaner, BODY[0], published_at="2203-03-03T09:15:00Z")

    assert naive.published_at == datetime(2021, 3, 3, 9, 15, tzinfo=UTC)
    assert "naive_date" in naive.warnings
    assert "implausible_date" in far.warnings


def test_what_the_publisher_said_is_passed_on(cleaner):
    article = clean(cleaner, BODY[0], article_id="a-1", publisher="Courier", url="https://example.org/a")

    assert (article.article_id, article.publisher, article.url) == ("a-1", "Courier", "https://example.org/a")
    assert article.provenance.cleaner == cleaner.provenance


def test_a_line_on_another_subject_that_shares_a_few_words_is_doubted_and_kept(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    article = clean(cleaner, "\n".join([line, *BODY]))

    assert "doubtful_teaser" in article.warnings
    assert line in article.text


def test_a_doubtful_line_above_highlights_is_a_teaser(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    article = clean(cleaner, "\n".join([line, *HIGHLIGHTS, *BODY]))

    assert removed(article, "teaser") == [line]
    assert article.highlights == HIGHLIGHTS


def test_a_vague_line_between_highlights_is_one_of_them(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    article = clean(cleaner, "\n".join([HIGHLIGHTS[0], line, *HIGHLIGHTS[1:], *BODY]))

    assert article.highlights == [HIGHLIGHTS[0], line, *HIGHLIGHTS[1:]]
    assert article.removed == []
    assert article.warnings == ["doubtful_teaser"]


def test_the_address_that_a_text_begins_with_is_not_read_on(cleaner):
    address = "https://example.org/2021/03/mackerel-quotas.html"

    article = clean(cleaner, "\n\n".join([address, *BODY, address]))

    assert removed(article, "boilerplate") == [address]
    assert article.text == "\n\n".join([*BODY, address])


def test_a_doubtful_line_stays_where_it_stood(cleaner):
    line = "A ship comes home after a summer of research in the ice"

    above = ["Norway and Iceland to count mackerel jointly", "What is new?", line]
    article = clean(cleaner, "\n".join([*above, *BODY]))

    assert article.text.split("\n\n") == [*above, *BODY]
    assert article.warnings == ["doubtful_teaser"]


def test_a_first_line_is_never_a_teaser_where_there_is_too_little_to_tell(cleaner):
    article = clean(cleaner, f"{TEASER}\n\nThe harbour of Tromsø closed on Monday after a storm.")

    assert article.removed == []
    assert TEASER in article.text


def test_a_paragraph_that_repeats_another_but_for_a_word_is_kept_once(cleaner):
    repeated = BODY[1].replace("mackerel jointly", "mackerel together")

    article = clean(cleaner, "\n\n".join([*BODY, repeated]))

    assert article.text == "\n\n".join(BODY)
    assert removed(article, "duplicate") == [repeated]


def test_paragraphs_that_differ_in_a_figure_are_both_kept(cleaner):
    first = (
        "The northern fleet of the company landed 412 tons of cod in January, less than in any month before."
    )
    second = first.replace("412", "398")

    article = clean(cleaner, "\n\n".join([*BODY, first, second]))

    assert article.text == "\n\n".join([*BODY, first, second])


def test_the_questions_of_an_interview_may_be_repeated(cleaner):
    question = "Where were you when the storm began that night?"

    article = clean(cleaner, "\n\n".join(f"{answer}\n\n{question}" for answer in BODY))

    assert article.text.count(question) == len(BODY)
