"""Who wrote the article of a page, as its metadata says or its elements show."""

from __future__ import annotations

import pytest
from lxml import html

from streams.enrich.cleanup.page_bylines import clean_name, read_byline
from streams.enrich.cleanup.sites import Sites
from streams.enrich.cleanup.vicinity import Vicinity

SITES = Sites(["Harbour Post", "harbourpost.example"])


def stated(*kinds: list[str]) -> str | None:
    """Return the byline of a page whose metadata has these names, and whose elements have none."""
    return read_byline(kinds, Vicinity(html.document_fromstring("<h1>Storm</h1>"), None), SITES)


def shown(markup: str) -> str | None:
    """Return the byline of a page without metadata that has `markup` below its headline."""
    tree = html.document_fromstring(
        f"<html><body><main><h1>Storm closes harbour</h1>{markup}"
        "<p>The harbour was closed on Monday after a storm.</p></main></body></html>"
    )
    return read_byline([], Vicinity(tree, tree.find(".//h1")), SITES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ines Falk", "Ines Falk"),
        ("By Ines Falk", "Ines Falk"),
        ("by: Ines Falk", "Ines Falk"),
        ("Written by Ines Falk", "Ines Falk"),
        ("Author: Ines Falk", "Ines Falk"),
        ("Von Ines Falk", "Ines Falk"),
        ("Ein Kommentar von Ines Falk", "Ines Falk"),
        ("Par Inès Falque", "Inès Falque"),
        ("Door Ines Valk", "Ines Valk"),
        ("Автор: Инна Фалк", "Инна Фалк"),
        ("記者：林小明", "林小明"),
        ("Ines Falk; Tom Reed", "Ines Falk, Tom Reed"),
        ("Ines Falk, admin", "Ines Falk"),
        ("ines.falk@harbourpost.example (Ines Falk)", "Ines Falk"),
        ("Ines Falk &lt;ines@harbourpost.example&gt;", "Ines Falk"),
        ("<b>Ines Falk</b>", "Ines Falk"),
        ("Ines Falk @inesfalk", "Ines Falk"),
        ("Byron Falk", "Byron Falk"),
        ("Von Ines Falk und Tom Reed", "Ines Falk, Tom Reed"),
        ("Ines Falk et Tom Reed", "Ines Falk, Tom Reed"),
        ("di Ines Falk", "Ines Falk"),
        ("José Ortega y Gasset", "José Ortega y Gasset"),
        ("Vonda Falk", "Vonda Falk"),
        ("Parker Reed", "Parker Reed"),
    ],
)
def test_a_name_is_read_without_its_label_and_its_addresses(value, expected):
    assert clean_name(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("admin", "Administrator", "site-admin", "wp_admin", "webmaster", "root", "editor2", "Super User"),
        *(
            "staff_user",
            "Admin User",
            "WordPress",
            "test",
            "guest",
            "Anonymous",
            "Anonym",
            "unknown",
            "Unbekannt",
            "null",
            "N/A",
        ),
        *(
            "undefined",
            "{{ author.name }}",
            "%author%",
            "[author]",
            "Author Name",
            "No author",
            "",
            "-",
            "123",
        ),
        *("https://harbourpost.example/staff/falk", "www.harbourpost.example", "ines@harbourpost.example"),
        (
            "Ines Falk has written about ships and harbours of the north for more than twenty years, and "
            "lives with two dogs in a lighthouse that she has restored since 2009."
        ),
    ],
)
def test_an_account_an_address_or_a_biography_is_nobodys_name(value):
    assert clean_name(value) is None


def test_the_first_kind_of_metadata_that_names_a_person_counts():
    assert stated(["admin"], ["Ines Falk", "Tom Reed"], ["Nora Lind"]) == "Ines Falk, Tom Reed"


def test_a_person_counts_more_than_the_site_or_an_account():
    assert stated(["Harbour Post"], ["ifalk"], ["Ines Falk"]) == "Ines Falk"
    assert stated(["Harbour Post"], ["ifalk"]) == "Harbour Post"


def test_names_are_given_once():
    assert stated(["Ines Falk", "By Ines Falk", "Tom Reed"]) == "Ines Falk, Tom Reed"


def test_a_page_that_names_nobody_has_no_byline():
    assert stated([], ["admin"]) is None


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p class="byline">By Ines Falk</p>', "Ines Falk"),
        ('<p class="byline">BY INES FALK</p>', "INES FALK"),
        ('<p class="byline">By Ines Falk and Tom Reed</p>', "Ines Falk, Tom Reed"),
        ('<p class="byline">By Ines Falk, Tom Reed &amp; Nora Lind</p>', "Ines Falk, Tom Reed, Nora Lind"),
        ('<p class="byline">By Ines Falk in Tromsø</p>', "Ines Falk"),
        ('<p class="byline">By Ines Falk, Shipping Correspondent</p>', "Ines Falk"),
        ('<p class="byline">By Ines Falk | Harbour Post</p>', "Ines Falk"),
        ('<p class="byline">By Ines Falk - March 3, 2021 at 9:15 am</p>', "Ines Falk"),
        ('<p class="byline">3. März 2021, von Ines Falk</p>', "Ines Falk"),
        (
            '<p class="byline">By <a href="/x">Ines Falk</a> and <a href="/y">Tom Reed</a></p>',
            "Ines Falk, Tom Reed",
        ),
        ('<div class="article-author"><span>Ines Falk</span><span>Reporter</span></div>', "Ines Falk"),
        ('<span class="author">Ines Falk<br>Shipping editor</span>', "Ines Falk"),
        ('<span class="Autor">Von Ines Falk</span>', "Ines Falk"),
        ('<span class="postAuthor">Ines de la Cruz</span>', "Ines de la Cruz"),
        ('<span class="auteur">Par Inès Falque</span>', "Inès Falque"),
        ('<a rel="author" href="/falk">Ines Falk</a>', "Ines Falk"),
        ('<a rel="author nofollow" href="/falk">Ines Falk</a>', "Ines Falk"),
        ('<span itemprop="author">Ines Falk</span>', "Ines Falk"),
        (
            '<i itemprop="author" itemtype="https://schema.org/Person"><b itemprop="name">Ines Falk</b></i>',
            "Ines Falk",
        ),
        ('<div>By <a href="/authors/ines-falk/">Ines Falk</a></div>', "Ines Falk"),
        (
            '<div><a href="/author/falk">Ines Falk</a>, <a href="/author/reed">Tom Reed</a></div>',
            "Ines Falk, Tom Reed",
        ),
        ('<p class="byline">文／林小明</p>', "林小明"),
        ('<p class="byline">Reuters</p>', "Reuters"),
        ('<p class="byline">By J. R. R. Falk</p>', "J. R. R. Falk"),
        ('<p class="byline">By Ines O’Falk-Reed</p>', "Ines O’Falk-Reed"),
        ('<p class="byline">By Ines Falk Updated March 3, 2021</p>', "Ines Falk"),
        ('<p class="byline">By Ines Falk @inesfalk</p>', "Ines Falk"),
        ('<span class="autore">di Ines Falk</span>', "Ines Falk"),
        ('<p class="byline"><b>I</b>nes Falk</p>', "Ines Falk"),
    ],
)
def test_the_elements_near_the_headline_show_who_wrote(markup, expected):
    assert shown(markup) == expected


@pytest.mark.parametrize(
    "markup",
    [
        '<p class="byline">By the time the ferry came the pier had gone.</p>',
        '<p class="byline">By Staff Reporter</p>',
        '<p class="byline">By admin</p>',
        '<p class="byline">Harbour Post</p>',
        '<p class="byline">Published: March 3, 2021</p>',
        '<p class="author-bio">Ines Falk writes about ships.</p>',
        '<span class="author-image">Ines Falk</span>',
        '<a class="author" href="/all">More from this author</a>',
        '<div class="comment"><span class="author">Ines Falk</span></div>',
        '<aside><span class="author">Ines Falk</span></aside>',
        '<div id="related"><span class="author">Ines Falk</span></div>',
        '<div itemscope itemtype="https://schema.org/Comment"><span itemprop="author">Ines Falk</span></div>',
        '<figure><span class="author">Ines Falk</span></figure>',
        '<div><a href="/authors">All authors</a></div>',
    ],
)
def test_what_is_no_name_or_belongs_to_something_else_is_no_byline(markup):
    assert shown(markup) is None


def test_of_two_authors_elements_the_one_nearer_to_the_headline_counts():
    tree = html.document_fromstring(
        '<html><body><span class="author">Tom Reed</span><article><header><h1>Storm</h1>'
        '<span class="author">Ines Falk</span></header></article></body></html>'
    )

    assert read_byline([], Vicinity(tree, tree.find(".//h1")), SITES) == "Ines Falk"


def test_an_element_names_the_author_where_the_metadata_names_the_site():
    tree = html.document_fromstring('<html><body><h1>Storm</h1><i class="author">Ines Falk</i></body></html>')

    byline = read_byline([["Harbour Post"]], Vicinity(tree, tree.find(".//h1")), SITES)

    assert byline == "Ines Falk"
