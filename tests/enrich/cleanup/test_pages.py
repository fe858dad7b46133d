"""A page or a fragment of HTML gives its article."""

from __future__ import annotations

import json

import pytest

from streams.events import RawArticle
from tests.enrich.cleanup.texts import SENTENCES, page


def test_a_page_gives_its_article_and_nothing_around_it(cleaner):
    article = cleaner.clean(RawArticle(body=page()))

    assert article.text == "\n\n".join(["Storm closes harbour", *SENTENCES])
    assert article.headline == "Storm closes harbour"
    assert article.language == "en"
    assert article.source == []


def test_a_page_that_scripts_draw_gives_the_text_in_its_json_ld(cleaner):
    article = {"@type": "NewsArticle", "headline": "Storm", "articleBody": "\n\n".join(SENTENCES)}
    head = f'<script type="application/ld+json">{json.dumps(article)}</script>'

    cleaned = cleaner.clean(RawArticle(body=page(head, "<div id='app'><p>Please wait.</p></div>")))

    assert cleaned.text == "\n\n".join(["Storm", *SENTENCES])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Rates rise</p>", "Rates rise"),
        ("<p>Rates rise</p><p>Banks fall</p>", "Rates rise\n\nBanks fall"),
        ("<p>Marks &amp; Spencer <b>re</b>opens</p>", "Marks & Spencer reopens"),
        ("<p>write &lt;b&gt; in HTML</p>", "write <b> in HTML"),
        ("one<br>two<br/>three", "one\n\ntwo\n\nthree"),
        ("<p>kept</p><script>gone()</script><style>p {}</style><!-- gone -->", "kept"),
        ('<?xml version="1.0" encoding="latin-1"?><p>Tromsø</p>', "Tromsø"),
    ],
)
def test_a_fragment_keeps_its_words_and_drops_its_markup(cleaner, body, text):
    assert cleaner.clean(RawArticle(body=body, content_type="text/html")).text == text


def test_captions_are_separated_from_the_text(cleaner):
    body = f"<p>{SENTENCES[0]}</p><figure><img><figcaption>The quay at noon</figcaption></figure>"

    article = cleaner.clean(RawArticle(body=body))

    assert article.text == SENTENCES[0]
    assert [(stretch.kind, stretch.text) for stretch in article.removed] == [("caption", "The quay at noon")]


@pytest.mark.parametrize(
    ("head", "body", "warning"),
    [
        (
            "",
            "<ul>"
            + "".join(f"<li><a href='/{n}'>Story number {n} about the town</a></li>" for n in range(60))
            + "</ul>",
            "index_page",
        ),
        (
            '<meta property="og:type" content="video.other">',
            "<h1>Storm seen from the quay</h1><p>Watch the waves.</p>",
            "video_page",
        ),
        (
            '<script type="application/ld+json">{"@type":"Article", "isAccessibleForFree":"False"}</script>',
            f"<article><h1>Storm closes harbour</h1><p>{SENTENCES[0]}</p></article>",
            "paywall_stub",
        ),
    ],
)
def test_a_page_that_tells_no_story_says_what_it_is(cleaner, head, body, warning):
    article = cleaner.clean(RawArticle(body=page(head, body)))

    assert {"not_an_article", warning} <= set(article.warnings)


def test_a_page_keeps_its_headings_and_the_items_of_its_lists(cleaner):
    items = "<ul><li>The fish market</li><li>The quay</li></ul>"
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    damage = f"<h2>What was damaged</h2>{items}<p>All were insured.</p>"
    body = f"<article><h1>Storm</h1>{paragraphs}{damage}</article>"

    article = cleaner.clean(RawArticle(body=page(body=body)))

    assert "\n\nWhat was damaged\n\nThe fish market\nThe quay\n\n" in article.text


@pytest.mark.parametrize(
    ("language", "paragraphs"),
    [
        (
            "th",
            [
                "สถานีรถไฟเก่าในลำปางเปิดเป็นพิพิธภัณฑ์รถไฟเมื่อวันจันทร์ ผู้อำนวยการกล่าว",
                "ห้องจัดแสดงมีโคมไฟ ตั๋ว และนาฬิกาที่หยุดเดินในปี 1941 นักเรียนเข้าชมฟรี",
                "การซ่อมหลังคาใช้เวลาสองปี พนักงานรถไฟช่วยกันรวบรวมเงิน และเทศบาลจ่ายค่าไฟ",
            ],
        ),
        (
            "hy",
            [
                "Հին փոստատունը երկուշաբթի օրը բացվեց որպես մանկական գրադարան, հայտնեց քաղաքապետարանը։",
                "Տանիքի և պատուհանների նորոգումը տևեց երկու տարի, իսկ ծախսը հոգացին քաղաքացիները։",
                "Մոտակա բնակիչներն ասացին, որ շենքը հինգ տարի փակ էր, և նրանք սպասում էին այս օրվան։",
            ],
        ),
    ],
)
def test_a_short_story_with_few_long_words_or_no_full_stops_is_an_article(cleaner, language, paragraphs):
    story = "".join(f"<p>{text}</p>" for text in paragraphs)
    body = page(body=f"<article><h1>{paragraphs[0][:20]}</h1>{story}</article>")

    article = cleaner.clean(RawArticle(body=body))

    assert article.language == language
    assert "not_an_article" not in article.warnings


def test_an_index_in_thai_is_no_article(cleaner):
    links = [f"สถานีรถไฟเก่าในลำปางเปิดเป็นพิพิธภัณฑ์รถไฟ เมื่อวันจันทร์ที่ {number} ผู้อำนวยการกล่าว" for number in range(9)]
    body = "".join(f"<h2><a href='/{number}'>{text}</a></h2>" for number, text in enumerate(links))

    assert "not_an_article" in cleaner.clean(RawArticle(body=page(body=f"<main>{body}</main>"))).warnings
