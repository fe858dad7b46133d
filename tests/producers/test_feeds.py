"""Entries of a feed are articles, in every kind of RSS and Atom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from producers.feeds import read_entries

MORNING = datetime(2026, 2, 3, 5, tzinfo=UTC)

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Harbour Post</title><link>https://post.example/</link><language>en-gb</language>
<item>
  <title>Rates rise &amp;amp; banks cheer</title>
  <link>/rates?utm_source=rss</link>
  <guid isPermaLink="false">post-77</guid>
  <pubDate>Tue, 03 Feb 2026 06:00:00 CET</pubDate>
  <description>Rates rise …</description>
  <content:encoded><![CDATA[<p>Rates rise, the bank said.</p><iframe src="https://video.example"></iframe>]]></content:encoded>
</item>
<item><title>Rates fall</title><guid isPermaLink="false">post-78</guid><description>Rates fell.</description>
<source url="https://wire.example/rss">The Wire</source></item>
<item><title>A title alone</title><link>https://post.example/alone</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://post.example/">
<title>Harbour Post</title>
<entry><title type="html">Rates &lt;em&gt;rise&lt;/em&gt;</title><id>tag:post.example,2026:77</id>
<link rel="alternate" href="https://post.example/rates"/><updated>2026-02-03T06:00:00+01:00</updated>
<summary>Rates rise …</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Rates rise, the bank said.</p></div>
</content>
</entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://post.example/"><title>Harbour Post</title></channel>
<item rdf:about="https://post.example/rates"><title>Rates rise</title><link>https://post.example/rates</link>
<description>Rates rise, the bank said.</description><dc:date>2026-02-03T05:00:00Z</dc:date></item>
</rdf:RDF>"""


def test_an_item_of_rss_is_an_article():
    full, short, empty = read_entries(RSS)

    assert full == {
        "url": "https://post.example/rates?utm_source=rss",
        "published_at": MORNING,
        "headline": "Rates rise &amp; banks cheer",
        "body": '<p>Rates rise, the bank said.</p><iframe src="https://video.example"></iframe>',
        "content_type": "text/html",
        "language": "en-gb",
        "feed": "Harbour Post",
    }
    assert (short["body"], short["publisher"]) == ("Rates fell.", "The Wire")
    assert "body" not in empty


def test_an_entry_without_a_link_is_the_same_article_when_its_text_changes():
    (_, before, _), (_, after, _) = (
        read_entries(RSS),
        read_entries(RSS.replace("Rates fell.", "Rates fell again.")),
    )

    assert before["body"] != after["body"]
    assert before["article_id"] == after["article_id"]


def test_an_id_that_is_no_address_is_not_the_url():
    (entry,) = read_entries(ATOM.replace('<link rel="alternate" href="https://post.example/rates"/>', ""))

    assert "url" not in entry
    assert len(entry["article_id"]) == 32


@pytest.mark.parametrize("feed", [ATOM, RDF], ids=["atom", "rss 1.0"])
def test_an_entry_of_other_kinds_of_feeds_is_an_article(feed):
    (entry,) = read_entries(feed)

    assert entry["url"] == "https://post.example/rates"
    assert abs(entry["published_at"] - MORNING) < timedelta(seconds=1)
    assert "Rates rise, the bank said." in entry["body"]
    assert entry["feed"] == "Harbour Post"


def test_a_feed_that_is_cut_off_gives_the_entries_before_the_cut():
    first, *_ = read_entries(RSS[: RSS.index("post-78")])

    assert "Rates rise, the bank said." in first["body"]


@pytest.mark.parametrize(
    ("feed", "problem"),
    [
        ('<rss version="2.0"><channel><title>Empty</title></channel></rss>', "is a feed without entries"),
        ('<rss version="2.0"><channel><title>Broken', "is a broken feed: .*no element found"),
    ],
)
def test_a_feed_without_entries_is_refused(feed, problem):
    with pytest.raises(ValueError, match=problem):
        list(read_entries(feed))
