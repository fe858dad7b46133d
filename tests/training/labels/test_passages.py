"""Passages cover the world news, name where they begin, and spare the articles that were held out."""

from __future__ import annotations

import gzip
import json

import pytest

from streams.enrich.labels.gold import LabelledArticle
from streams.events import TaggedArticle
from streams.training.labels.passages import LEAD_CHARACTERS, PASSAGE_CHARACTERS, cut, unlabelled_passages
from streams.training.labels.texts import TRAIN_NEWS_CHARACTERS, Texts

LONG = " ".join(f"word{number}" for number in range(400))


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "entities" / "train"
    folder.mkdir(parents=True)
    rows = [{"id": id_, "text": LONG} for id_ in ("fiji.txt", "peru.txt")]
    (folder / "worldwide_train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "news").mkdir()
    with gzip.open(tmp_path / "news" / "abp_news.jsonl.gz", "wt", encoding="utf-8") as file:
        for number in range(60):
            file.write(json.dumps({"id": f"abp:{number}", "title": "Rates rise", "text": LONG}) + "\n")
    return tmp_path


def held(id_):
    article = TaggedArticle(article_id=id_, text=LONG, language="en", entities=[])
    return LabelledArticle(article, frozenset(), frozenset())


def test_the_passages_of_a_text_follow_each_other_and_end_between_words():
    passages = [*cut(LONG)]

    assert "".join(passage for _, passage in passages) == LONG
    assert [LONG[start : start + len(passage)] for start, passage in passages] == [
        passage for _, passage in passages
    ]
    assert {passage[-1] for _, passage in passages[:-1]} == {" "}
    assert max(len(passage) for _, passage in passages) <= PASSAGE_CHARACTERS


def test_a_text_without_spaces_is_cut_as_well():
    assert [start for start, _ in cut("x" * (2 * PASSAGE_CHARACTERS + 1))] == [
        0,
        PASSAGE_CHARACTERS,
        2 * PASSAGE_CHARACTERS,
    ]


def test_the_id_of_a_passage_leads_to_its_text(data):
    passages = unlabelled_passages(data, [], ["climate"])

    texts = Texts(data)
    world = [one.article for one in passages if "worldwide" in one.article.article_id]
    assert world
    for article in world:
        source = texts.find(article.article_id)
        assert source is not None
        assert source[1].startswith(article.text)


def test_of_some_us_articles_there_are_the_lead_and_the_passage_after_what_readers_saw(data):
    passages = unlabelled_passages(data, [], ["climate"])

    news = [one.article for one in passages if one.article.article_id.startswith("abp:")]
    leads = [article for article in news if article.headline]
    assert 0 < len(leads) < 40
    assert {article.text for article in leads} == {leads[0].text}
    assert leads[0].text.startswith("Rates rise\n\nword0")
    assert len(leads[0].text) <= len("Rates rise\n\n") + LEAD_CHARACTERS
    later = [article for article in news if not article.headline]
    assert {article.text for article in later} == {
        LONG[TRAIN_NEWS_CHARACTERS : TRAIN_NEWS_CHARACTERS + len(later[0].text)]
    }


def test_an_article_that_was_held_out_gives_no_passage(data):
    passages = unlabelled_passages(data, [held("fiji.txt"), held("abp:0")], ["climate"])

    ids = [one.article.article_id for one in passages]
    assert [id_ for id_ in ids if "fiji" in id_ or id_.startswith("abp:0#")] == []
    assert [id_ for id_ in ids if "peru" in id_]


def test_nobody_has_decided_on_a_passage(data):
    passages = unlabelled_passages(data, [], ["climate", "trade"])

    assert {(one.labels, one.ambiguous) for one in passages} == {
        (frozenset(), frozenset({"climate", "trade"}))
    }
