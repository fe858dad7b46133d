"""For everybody: screen readers, dark rooms, small screens, forced colours, and no movement."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.articles import enriched
from tests.web.test_server import dead_letter

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWS = ["river", "trends", "pipeline", "dead", "try"]


def violations(view: Page) -> list[str]:
    """Return what axe finds, each with the elements that are concerned."""
    results = Axe().run(
        view, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    )
    return [
        f"{found['id']}: {found['help']}: {[node['html'][:200] for node in found['nodes'][:3]]}"
        for found in results.response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(page, writer, visit, wire, scheme):
    event = enriched(highlights=["Ministers agree"])
    reprint = enriched(headline="A reprint")
    writer.enrich(event, reprint)
    writer.tell(event, "s1", articles=2)
    writer.tell(reprint, "s1", duplicate_of=event.article_id, articles=2)
    dead_letter(writer, wire, b"k", b"x")
    writer.enrich(enriched())
    server = page(may_replay=True)
    server.wait_for(lambda state: state["pipeline"] and state["articles"] == 3, "the server has read all")
    view = visit(server.url, color_scheme=scheme, reduced_motion="reduce")
    expect(view.locator("#river > li")).to_have_count(2)
    view.locator("#river summary").first.click()

    found = {"list": violations(view)}
    view.goto(f"{server.url}?label=diplomacy&article={event.article_id}")
    expect(view.locator("#reader .sum")).to_be_visible()
    view.evaluate("document.querySelectorAll('#reader details').forEach(each => (each.open = true))")
    expect(view.locator("#reader table", has_text="Records of this article")).to_be_visible()
    found["article"] = violations(view)
    view.keyboard.press("?")
    found["keys"] = violations(view)
    for name in VIEWS[1:]:
        view.goto(f"{server.url}?view={name}")
        if name != "try":
            expect(view.locator(f"#view-{name} table").first).to_be_visible()
        found[name] = violations(view)

    assert {name: each for name, each in found.items() if each} == {}


def test_a_phone_shows_each_view_without_scrolling_sideways(page, writer, visit, wire):
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    event = enriched(publisher=long, url=f"https://example.org/{long}")
    writer.enrich(event)
    dead_letter(writer, wire, b"k", long.encode() * 20)
    server = page()
    server.wait_for(lambda state: state["pipeline"] and state["articles"], "the server has read all")
    view = visit(server.url, viewport={"width": 400, "height": 800})
    widths = {}

    for name in VIEWS:
        view.goto(f"{server.url}?view={name}&article={event.article_id}")
        expect(
            view.locator("#reader .sum") if name == "river" else view.locator(f"#view-{name}")
        ).to_be_visible()
        widths[name] = view.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in widths.items() if width > 400} == {}


def test_on_a_phone_an_article_takes_the_place_of_the_river(page, writer, visit):
    writer.enrich(enriched())
    view = visit(page().url, viewport={"width": 400, "height": 800})

    view.locator("#river h3 a").click()

    expect(view.locator("#reader h2")).to_be_visible()
    expect(view.locator("#river")).to_be_hidden()
    view.get_by_role("button", name="Close").click()
    expect(view.locator("#river h3 a")).to_be_focused()


def test_in_forced_colours_what_colour_says_is_said_otherwise_too(page, writer, visit):
    event = enriched()
    writer.enrich(event)
    view = visit(f"{page().url}?article={event.article_id}", forced_colors="active")

    mention = view.locator("#reader .text .entity").first
    expect(mention).to_have_css("border-bottom-style", "dotted")
    expect(mention.locator(".type")).to_have_text("PER")
    expect(view.locator("#reader mark.against")).to_have_css("text-decoration-style", "dashed")


def test_who_wants_no_movement_sees_none(page, writer, visit):
    view = visit(page().url, reduced_motion="reduce")
    writer.enrich(enriched())

    expect(view.locator("#river > li")).to_have_css("animation-name", "none")
    expect(view.locator(".dot")).to_have_css("animation-name", "none")


def test_single_keys_can_be_switched_off(page, writer, visit):
    writer.enrich(enriched())
    view = visit(page().url)
    expect(view.locator("#river > li")).to_have_count(1)
    view.keyboard.press("?")
    view.get_by_label("Single keys work on this page").uncheck()
    view.get_by_role("button", name="Close").click()

    view.keyboard.press("p")

    expect(view.get_by_role("button", name="Pause")).to_be_visible()
