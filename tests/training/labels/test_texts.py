"""Decisions are joined with the texts that they are about, as far as the data folder has them."""

from __future__ import annotations

import gzip
import json

import pytest

from streams.enrich.labels.gold import LabelledArticle
from streams.events import TaggedArticle
from streams.training.labels.decisions import Decision
from streams.training.labels.texts import Texts, hold_out, join, without_copies, world_dev

PASSAGE = " ".join(f"word{number}" for number in range(40))


@pytest.fixture
def data(tmp_path):
    write(tmp_path / "entities" / "gum_news.jsonl", {"id": "GUM_news_ice", "text": "The ice is thin"})
    write(tmp_path / "entities" / "train" / "wikigold.jsonl", {"id": 7, "text": "A river in Peru"})
    news = {"id": "abp:x1", "title": "Rates rise", "text": "The bank raised its rate"}
    (tmp_path / "news").mkdir()
    with gzip.open(tmp_path / "news" / "abp_news.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(news))
    return tmp_path


def write(path, *documents):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))


def decided(*ids):
    return [Decision(id_, frozenset({"climate"}), frozenset({"trade"})) for id_ in ids]


def labelled(id_, text=PASSAGE):
    article = TaggedArticle(article_id=id_, text=text, language="en", entities=[])
    return LabelledArticle(article, frozenset(), frozenset())


def test_an_id_leads_to_the_text_and_its_labels(data):
    ids = ("gum_news:GUM_news_ice", "train/wikigold:7", "abp:x1")

    joined = join(decided(*ids), Texts(data), 100)

    assert [(one.article.article_id, one.article.text) for one in joined.articles] == [
        ("gum_news:GUM_news_ice", "The ice is thin"),
        ("train/wikigold:7", "A river in Peru"),
        ("abp:x1", "Rates rise\n\nThe bank raised its rate"),
    ]
    assert [one.article.headline for one in joined.articles] == [None, None, "Rates rise"]
    assert {(one.labels, one.ambiguous) for one in joined.articles} == {
        (frozenset({"climate"}), frozenset({"trade"}))
    }
    assert joined.missing == 0


def test_ids_that_the_folder_lacks_are_skipped_and_counted(data):
    ids = ("gum_news:GUM_news_gone", "abp:x1", "abp:x2", "no_such_file:1")

    joined = join(decided(*ids), Texts(data), 100)

    assert [one.article.article_id for one in joined.articles] == ["abp:x1"]
    assert joined.missing == 3


def test_a_text_is_cut_to_what_the_reader_saw_and_keeps_its_title(data):
    (one,) = join(decided("abp:x1"), Texts(data), 8).articles

    assert one.article.text == "Rates rise\n\nThe bank"


def test_an_id_may_name_where_the_text_begins(data):
    joined = join(decided("gum_news:GUM_news_ice#4", "abp:x1#4"), Texts(data), 100)

    assert [one.article.text for one in joined.articles] == ["ice is thin", "bank raised its rate"]
    assert [one.article.headline for one in joined.articles] == [None, None]


def test_ids_without_a_file_are_looked_up_in_the_given_one(data):
    joined = join(decided("GUM_news_ice", "7"), Texts(data), 100, within="gum_news")

    assert [one.article.article_id for one in joined.articles] == ["GUM_news_ice"]
    assert joined.missing == 1


def test_a_development_set_without_its_texts_is_an_error(data):
    write(data / "labels" / "world_dev.jsonl", {"id": "a.txt", "labels": [], "ambiguous": []})

    with pytest.raises(ValueError, match="lacks 1 texts of world_dev"):
        world_dev(data)


def test_about_a_tenth_is_held_out_and_the_order_does_not_matter():
    articles = [labelled(f"abp:{number}") for number in range(1000)]

    kept, held = hold_out(articles)
    _, held_again = hold_out(reversed(articles))

    assert len(kept) + len(held) == 1000
    assert 70 < len(held) < 130
    assert {one.article.article_id for one in held} == {one.article.article_id for one in held_again}


def test_a_passage_is_held_out_with_its_article():
    world = [labelled(f"{number}.txt") for number in range(300)]
    passages = [labelled(f"train/worldwide_train:{number}.txt#2034") for number in range(300)]

    _, held = hold_out([*world, *passages])

    ids = [one.article.article_id for one in held]
    assert {id_ for id_ in ids if "#" not in id_} == {
        id_.removeprefix("train/worldwide_train:").removesuffix("#2034") for id_ in ids if "#" in id_
    }
    assert len(ids) > 20


def test_a_text_that_shares_passages_with_a_measured_one_is_not_trained_on():
    copy, other = (
        labelled("copy", f"Reprinted: {PASSAGE}"),
        labelled("other", PASSAGE.replace("word", "term")),
    )

    kept = without_copies([copy, other], [labelled("measured")])

    assert kept == [other]
