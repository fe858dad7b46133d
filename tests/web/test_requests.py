"""What people send to the page."""

from __future__ import annotations

import orjson
import pytest

from streams.web.requests import BadRequest, read_count, read_selection, read_trial

PAGE = b"<!doctype html><meta charset=iso-8859-1><p>Caf\xe9 in the port of Bergen</p>"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "application/x-www-form-urlencoded"]
)
def test_a_text_is_an_article_whatever_it_is_sent_as(content_type):
    article = read_trial(content_type, None, "Ministers met in Bergen — at dawn".encode())

    assert article.body == "Ministers met in Bergen — at dawn"


def test_a_page_is_read_in_the_charset_that_it_declares():
    article = read_trial("text/html", None, PAGE)

    assert "Café" in article.body
    assert article.content_type == "text/html"


def test_a_charset_that_does_not_hold_is_not_believed():
    assert read_trial("text/plain", "ascii", "Brasília".encode()).body == "Brasília"
    assert read_trial("text/plain", "no-such-charset", b"Oslo").body == "Oslo"


@pytest.mark.parametrize("field", ["body", "text"])
def test_json_has_the_fields_of_an_article(field):
    article = read_trial(
        "application/json", None, orjson.dumps({field: "Talks in Oslo", "headline": "Talks"})
    )

    assert (article.body, article.headline) == ("Talks in Oslo", "Talks")


def test_json_is_found_without_its_content_type():
    article = read_trial("application/x-www-form-urlencoded", None, b'{"body": "Talks", "publisher": "Post"}')

    assert article.publisher == "Post"


def test_a_text_may_begin_with_a_brace():
    assert read_trial("text/plain", None, b"{sic} they said").body == "{sic} they said"
    assert read_trial("application/octet-stream", None, b"{sic} they said").body == "{sic} they said"


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b"{}", 422), (b'{"body": 7}', 422), (b"\xff", 400)]
)
def test_json_that_is_no_article_is_refused_with_the_reason(body, status):
    with pytest.raises(BadRequest) as refused:
        read_trial("application/json", "utf-8", body)

    assert refused.value.status == status
    assert str(refused.value)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(BadRequest) as refused:
        read_trial("text/plain", None, bytes(100))

    assert refused.value.status == 422


def test_a_selection_is_a_dry_run_unless_it_says_otherwise():
    assert read_selection(b'{"ids": ["0-1"]}')[1] is True
    selection, dry_run = read_selection(b'{"reason": "EmptyArticle", "dry_run": false}')
    assert (selection.reason, selection.ids, dry_run) == ("EmptyArticle", frozenset(), False)


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"ids": []}', b'{"ids": ["0-1"], "reason": "x"}', b'{"ids": [1]}', b'{"ids": "0-1"}',
     b'{"ids": ["0-1"], "dry_run": "no"}', b'{"reason": 7}', b"[]", b"nonsense"],
)  # fmt: skip
def test_a_selection_that_is_not_clear_replays_nothing(body):
    with pytest.raises(BadRequest):
        read_selection(body)


@pytest.mark.parametrize(("text", "count"), [(None, None), ("", None), ("0", 0), ("7", 7), ("999999", 100)])
def test_a_viewer_says_how_many_articles_it_wants_at_first(text, count):
    assert read_count(text, 100) == count


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "٣", "9" * 30])
def test_a_number_of_articles_that_is_none_is_refused(text):
    with pytest.raises(BadRequest):
        read_count(text, 100)


@pytest.mark.parametrize(
    "body", [b"text=Talks+in+Oslo&publisher=Post", b"publisher=Post&body=Talks%20in%20Oslo"]
)
def test_a_form_is_an_article(body):
    article = read_trial("application/x-www-form-urlencoded", None, body)

    assert (article.body, article.publisher) == ("Talks in Oslo", "Post")


def test_a_page_may_come_as_a_file_of_a_form():
    lines = [
        "--frontier",
        'Content-Disposition: form-data; name="file"; filename="page.html"',
        "Content-Type: text/html; charset=utf-8",
        "",
        "<p>Café in Bergen</p>",
        "--frontier--",
        "",
    ]

    article = read_trial("multipart/form-data", None, "\r\n".join(lines).encode(), "frontier")

    assert (article.body.strip(), article.content_type) == ("<p>Café in Bergen</p>", "text/html")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"--frontier\r\n\r\n\r\n--frontier--\r\n"])
def test_a_form_without_a_text_is_refused(body):
    with pytest.raises(BadRequest):
        read_trial("multipart/form-data", None, body, "frontier")


@pytest.mark.parametrize("field", ["html", "page"])
def test_json_may_have_a_page(field):
    article = read_trial("application/json", None, orjson.dumps({field: "<p>Talks</p>"}))

    assert (article.body, article.content_type) == ("<p>Talks</p>", "text/html")
