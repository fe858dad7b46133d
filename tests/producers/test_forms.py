"""The format of a file is told by its name and first bytes; what is no text is refused by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.forms import Form, detect_form, is_read

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>'
ATOM = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a comment -->\n<feed xmlns="http://www.w3.org/2005/Atom"></feed>'
RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>'
XHTML = b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0" "x.dtd"><html></html>'


@pytest.mark.parametrize(
    ("start", "name", "form"),
    [
        (RSS, "news.xml", Form.FEED),
        (RSS, "news.txt", Form.FEED),
        (RSS, "news.html", Form.FEED),
        (b'<?xml-stylesheet href="a.xsl"?>' + RSS[21:], "news.rss", Form.FEED),
        (ATOM, None, Form.FEED),
        (RDF, "news.rdf", Form.FEED),
        (XHTML, "page.xml", Form.HTML),
        (XHTML, None, Form.HTML),
        (b"<p>Rates rise", "page.html.gz", Form.HTML),
        (b"Rates rise", "a.txt", Form.TEXT),
        (b'{"body": "x"}', "a.JSONL.GZ", Form.JSON_LINES),
        (b"headline,body\n", "a.csv", Form.TABLE),
        (b"headline,body\n", None, Form.TABLE),
        (b"id\tTitle\tText\n", None, Form.TABLE),
        (b"The body, the headline and the rest\n", None, Form.TEXT),
        (b"Feeding the birds", "a.txt", Form.TEXT),
        (b"headline,body,url\nStorm,The harbour was closed,", "a.txt", Form.TABLE),
        (b"Headlines, body and soul\n\nThe yoga teacher said", "a.txt", Form.TEXT),
    ],
)
def test_a_format_is_told_by_the_content_and_the_name(start, name, form):
    assert detect_form(start, Path(name) if name else None) is form


@pytest.mark.parametrize(
    ("start", "name", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a.txt", "a PDF"),
        (b"PK\x03\x04\x14\x00", "a.docx", "a ZIP archive"),
        (b"{\\rtf1\\ansi", "a.txt", "an RTF document"),
        (b"\x89PNG\r\n", "a.html", "a picture"),
        (b"BZh91AY", "a.jsonl.bz2", "compressed with bzip2"),
        (b"\x28\xb5\x2f\xfd", "a.jsonl.zst", "compressed with zstd"),
        (b"a.txt".ljust(257, b"\0") + b"ustar", "a.tar", "a tar archive"),
        (b"From: <saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;", "a.mhtml", "MHTML"),
        (b'<?xml version="1.0"?><urlset><url/></urlset>', "sitemap.xml", "<urlset>"),
        (b"<?xml version='1.0'?><!-- x --><opml version='2.0'>", "subscriptions.xml", "<opml>"),
        (b"Rates rise", "news.rss", "is not a feed"),
    ],
)
def test_what_is_no_article_is_refused_by_its_name(start, name, kind):
    with pytest.raises(ValueError, match=kind):
        detect_form(start, Path(name))


@pytest.mark.parametrize(
    ("name", "read"), [("a.rss", True), ("a.csv.gz", True), ("a.gz", False), ("a.tar.gz", False)]
)
def test_a_folder_gives_the_files_whose_names_tell_of_articles(name, read):
    assert is_read(Path(name)) is read
