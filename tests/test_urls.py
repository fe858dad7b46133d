"""Two URLs of one article give one id, and two articles keep two."""

from __future__ import annotations

import pytest

from streams.events import RawArticle
from streams.urls import article_url

ARTICLE = "https://post.example/2026/rates-rise?id=7"


@pytest.mark.parametrize(
    "url",
    [
        f"{ARTICLE}&utm_source=rss&utm_medium=feed",
        "https://post.example/2026/rates-rise?utm_campaign=x&id=7",
        f"{ARTICLE}&fbclid=IwAR0x",
        f"{ARTICLE}&gclid=a&mc_cid=b&mc_eid=c&igshid=d",
        f"{ARTICLE}&at_medium=RSS&at_campaign=KARANGA",
        f"{ARTICLE}&ref=homepage",
        f"{ARTICLE}#comments",
        f"{ARTICLE}#:~:text=the%20bank",
        "HTTPS://Post.Example/2026/rates-rise?id=7",
        f" {ARTICLE}\n",
    ],
)
def test_trackers_and_places_in_the_page_do_not_make_another_article(url):
    assert article_url(url) == ARTICLE
    assert RawArticle(url=url, body="x").article_id == RawArticle(url=ARTICLE, body="y").article_id
    assert RawArticle(url=url, body="x").url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://post.example/2026/rates-rise?id=8",
        "https://post.example/2026/rates-rise?uid=7",
        "https://post.example/2026/rates-rise?id=7&gallery=2",
        "https://post.example/2026/rates-rise?id=7&page=2",
        "https://post.example/2026/rates-rise?id=7&ref=12",
        "https://post.example/2026/Rates-Rise?id=7",
        "https://post.example/#!/rates-rise",
        "https://post.example/#/rates-rise",
        "urn:post:7",
        "http://[broken",
        "rates-rise",
    ],
)
def test_what_may_name_another_article_stays(url):
    assert article_url(url) == url
