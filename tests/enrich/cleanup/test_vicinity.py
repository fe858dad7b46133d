"""Which elements of a page stand near its headline."""

from __future__ import annotations

from lxml import html

from streams.enrich.cleanup.vicinity import Vicinity, class_words, is_in_scope

PAGE = """
<html><body>
  <div class="sidebar"><i class="author" id="sidebar">x</i></div>
  <main>
    <i class="author" id="main">x</i>
    <article>
      <header><h1>Storm</h1><i class="author" id="header">x</i></header>
      <i class="author" id="article">x</i>
      <aside><i class="author" id="aside">x</i></aside>
      <div id="comments"><i class="author" id="comment">x</i></div>
    </article>
    <article><i class="author" id="other">x</i></article>
  </main>
</body></html>
"""


def ids(elements):
    return [element.get("id") for element in elements]


def test_elements_are_nearer_the_more_they_share_with_the_headline():
    tree = html.document_fromstring(PAGE)
    elements = tree.findall(".//i")
    vicinity = Vicinity(tree, tree.find(".//h1"))

    near = [element for element in elements if vicinity.depth(element) is not None]

    assert ids(near) == ["main", "header", "article"]
    assert ids(vicinity.nearest(elements)) == ["header"]
    assert ids(vicinity.nearest(e for e in elements if e.get("id") != "header")) == ["article"]


def test_without_a_headline_only_the_parts_for_other_things_are_left_out():
    tree = html.document_fromstring(PAGE)

    assert ids(Vicinity(tree, None).nearest(tree.findall(".//i"))) == ["main", "header", "article", "other"]


def test_marked_elements_are_found_in_the_order_of_the_page():
    markup = (
        '<p>a</p><i itemprop="author">b</i><p class="c-Byline__name">c</p><p class="lead">d</p><time>e</time>'
    )
    tree = html.document_fromstring(f"<html><body>{markup}</body></html>")

    assert [element.text for element, _ in Vicinity(tree, None).marked] == ["b", "c", "e"]


def test_the_words_of_a_class_are_told_apart_by_signs_and_capitals():
    element = html.fragment_fromstring('<p class="articleHeader__author-name x2 SEO"></p>')

    assert class_words(element) == {"article", "header", "author", "name", "x", "seo"}


def test_microdata_about_a_comment_is_in_its_scope():
    tree = html.fragment_fromstring('<div itemtype="https://schema.org/Comment"><p><i>x</i></p></div>')

    assert is_in_scope(tree.find(".//i"), ["Comment"])
    assert not is_in_scope(tree.find(".//i"), ["Person"])
