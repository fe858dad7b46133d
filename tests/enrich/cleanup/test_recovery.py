"""Parts of a story that an extractor leaves behind are found in the outline of the page."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.markup import parse_html
from streams.enrich.cleanup.outline import Outline
from streams.enrich.cleanup.recovery import read_story
from streams.events import RawArticle
from tests.enrich.cleanup.texts import SENTENCES, page

HEADLINE = "<h1>Storm closes harbour</h1>"
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
REST = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[1:])
TEASERS = "".join(
    f"<div class='teaser'><h3><a href='/{n}'>Story number {n} about the town</a></h3><p>In brief.</p></div>"
    for n in range(25)
)
NOTICE = (
    "<div><h2>Before you read</h2><p>We and our 214 partners store and read information on your device, such "
    "as cookies, in order to show advertisements and to measure how they are seen.</p><p>You can accept all "
    "cookies or manage your choices at any time. Some partners rely on a legitimate interest.</p></div>"
)


@pytest.mark.parametrize(
    "body",
    [
        f"{HEADLINE}<ul>{STORY.replace('<p>', '<li>').replace('</p>', '</li>')}</ul>",
        f"{HEADLINE}<div><span>{'<br><br>'.join(SENTENCES)}</span></div>",
        f"{HEADLINE}<blockquote>{STORY}</blockquote>",
        f"<aside role='main'>{HEADLINE}{STORY}</aside>",
        f"<form>{HEADLINE}{STORY}</form>",
        f"<footer class='entry'>{HEADLINE}{STORY}</footer>",
        f"<story-page>{HEADLINE}<story-text>{STORY}</story-text></story-page>",
        f"{NOTICE}<aside>{HEADLINE}{STORY}</aside>",
        f"<section>{NOTICE}{NOTICE}</section><div>{HEADLINE}{STORY}</div>",
        f"<div>{HEADLINE}{STORY}</div>{NOTICE}",
        f"<div>{TEASERS}</div><div>{HEADLINE}<div>{STORY}</div></div><div>{TEASERS}</div>",
        f"<div>{HEADLINE}<p class='lead'>{SENTENCES[0]}</p></div><div><img></div><div>{REST}</div>",
    ],
)
def test_a_story_in_an_unusual_place_comes_out_whole_and_alone(cleaner, body):
    article = cleaner.clean(RawArticle(body=page(body=body)))

    assert [sentence for sentence in SENTENCES if sentence not in article.text] == []
    assert "partners" not in article.text
    assert "In brief" not in article.text
    assert "not_an_article" not in article.warnings


def test_a_heading_and_a_list_between_paragraphs_belong_to_the_story(cleaner):
    inserted = "<h2>What was lost</h2><ul><li>two trawlers</li><li>a crane</li></ul>"
    first, second, *rest = (f"<p>{sentence}</p>" for sentence in SENTENCES)

    article = cleaner.clean(
        RawArticle(body=page(body=f"<div>{HEADLINE}{first}{second}{inserted}{''.join(rest)}</div>"))
    )

    assert "What was lost\n\ntwo trawlers\na crane" in article.text


def test_a_story_is_found_in_elements_that_were_dropped_from_the_page():
    halves = (f"<section>{part}</section>" for part in (STORY[: len(STORY) // 2], STORY[len(STORY) // 2 :]))
    tree = parse_html(page(body="".join(halves)))
    outline = Outline(tree)
    for section in tree.xpath("//section"):
        outline.drop(section)

    story = read_story(outline)

    assert " ".join(block.text for block in story).startswith(SENTENCES[0])
