"""Articles on which the stories are measured teach nothing, nor do their copies."""

from __future__ import annotations

import gzip
import json

import pytest

from streams.training.story_vectors.articles import read_news


def words(name, count=60):
    return " ".join(f"{name}{number}" for number in range(count))


NEWS = [
    ("n:1", "Rates rise", words("rates")),
    ("n:2", "Envoys “meet” in Geneva", words("other")),
    ("n:3", "Harvest fails", words("harvest")),
    ("n:4", "Talks go on", f"{words('envoys')} {words('more', 20)}"),
    ("n:5", "", words("untitled")),
    ("n:6", "A copy of the harvest", f"{words('harvest')} {words('new', 30)}"),
    ("n:7", "Quotes the harvest", f"{words('own', 300)} {words('harvest')}"),
]


@pytest.fixture
def data(tmp_path):
    for name, rows in (
        ("news/abp_news", [{"id": id_, "title": title, "text": text} for id_, title, text in NEWS]),
        (
            "stories/dev",
            [
                {"id": "d:1", "title": "ENVOYS 'meet' in  Geneva", "text": words("envoys")},
                {"id": "d:2", "title": "", "text": "none"},
            ],
        ),
    ):
        path = tmp_path / f"{name}.jsonl.gz"
        path.parent.mkdir()
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


@pytest.fixture
def readings(tmp_path):
    path = tmp_path / "readings.jsonl"
    path.write_text(json.dumps({"stories": [["n:3", "n:unknown"]], "unsure": []}) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def allowed(data, readings):
    news = read_news(data, readings)
    assert [article.id for article in news.articles] == [id_ for id_, _, _ in NEWS]
    return {news.articles[number].id for number in news.allowed}


def test_other_news_are_allowed_also_without_a_headline(allowed):
    assert {"n:1", "n:5"} <= allowed


def test_an_article_with_a_measured_headline_is_left_out_in_whichever_quotes(allowed):
    assert "n:2" not in allowed


def test_an_article_that_people_put_into_a_story_is_left_out(allowed):
    assert "n:3" not in allowed


def test_a_copy_of_a_measured_text_is_left_out_under_another_headline(allowed):
    assert "n:4" not in allowed
    assert "n:6" not in allowed


def test_an_article_that_quotes_a_measured_text_is_allowed(allowed):
    assert "n:7" in allowed
