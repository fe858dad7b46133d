"""Trends, pipeline, dead letters and try-it in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.web.articles import enriched
from tests.web.test_server import dead_letter


def test_each_chart_has_a_table_of_its_numbers(page, writer, visit):
    writer.enrich(*(enriched(headline=f"Article {n}") for n in range(4)))
    view = visit(f"{page().url}?view=trends")

    row = view.locator("table", has_text="Articles in each ten minutes").locator("tr", has_text="diplomacy")
    expect(row.locator("td").last).to_have_text("4")
    expect(view.locator("svg.bars[role=img]").first).to_have_attribute(
        "aria-label", re.compile("4 in the last hour")
    )
    entities = view.locator("table", has_text="Entities in the last hour")
    expect(entities.locator("tr", has_text="Ada Lind").locator("td").first).to_have_text("4")
    entities.get_by_role("button", name="Ada Lind").click()
    expect(view.locator("#river h3 a")).to_have_count(4)


def test_the_pipeline_tells_what_waits_and_that_all_adds_up(page, writer, visit, wire):
    server = page()
    server.wait_for(lambda state: state["pipeline"], "the first measurement")
    for number in range(3):
        writer.send(wire.topics.raw, b"%d" % number, b"{}")
    view = visit(f"{server.url}?view=pipeline")

    expect(view.locator("#balance")).to_contain_text("in 3 = out 0 + dead 0 + waiting 3")
    expect(view.locator(".flow .stage").first).to_contain_text("3 wait")
    cells = (
        view.locator("table", has_text="The stages in numbers")
        .locator("tr", has_text="cleanup")
        .locator("td")
    )
    expect(cells.nth(2)).to_have_text("3")


def test_dead_letters_are_replayed_after_a_dry_run(page, writer, visit, wire, read_all):
    for number in range(3):
        dead_letter(writer, wire, b"k%d" % number, b"<b>not markup</b>")
    writer.enrich(enriched())
    view = visit(f"{page(may_replay=True).url}?view=dead")
    expect(view.get_by_role("button", name="EmptyArticle 3")).to_be_visible()
    view.get_by_role("button", name="Show letter 0-1").click()
    expect(view.locator("#letter pre")).to_have_text("<b>not markup</b>")
    expect(view.locator("#letter a")).to_have_attribute("href", "/dead/0-1/bytes")

    view.get_by_label("0-0", exact=True).check()
    view.get_by_role("button", name="Replay 1 selected").click()

    expect(view.locator("#plan h2")).to_have_text("Dry run: nothing was sent")
    expect(view.locator("#plan")).to_contain_text(f"1 to {wire.topics.raw}")
    assert read_all(wire.topics.raw) == []
    view.get_by_role("button", name="Replay 1 letter").click()
    expect(view.locator("#plan h2")).to_have_text("Replayed")
    assert [record.key for record in read_all(wire.topics.raw)] == [b"k0"]
    view.get_by_role("button", name="Close").click()
    expect(view.get_by_role("button", name="EmptyArticle 2")).to_be_visible()


def test_without_replay_the_page_offers_none(page, writer, visit, wire):
    dead_letter(writer, wire, b"k", b"x")
    writer.enrich(enriched())
    view = visit(f"{page().url}?view=dead")

    expect(view.locator("#letters")).to_contain_text("Replay is off here")
    expect(view.locator("#letters input")).to_have_count(0)


def test_a_pasted_text_is_enriched(page, visit):
    view = visit(f"{page().url}?view=try")

    view.get_by_label("Text or HTML").fill(
        "Norway's climate envoy met Brazil's foreign minister in Oslo to negotiate a treaty on emissions."
    )
    view.get_by_role("button", name="Enrich").click()

    result = view.locator("#try-result")
    expect(result.locator(".text .entity", has_text="Oslo")).to_have_text("OsloLOC", timeout=60_000)
    sums = result.locator(".sum")
    expect(sums).to_contain_text("= raw score")
    view.get_by_label("Text or HTML").fill("   \n")
    view.get_by_role("button", name="Enrich").click()
    expect(view.locator("#try-status")).to_contain_text("no text")


def test_the_page_says_when_its_server_is_away(page, visit):
    server = page()
    view = visit(server.url)
    expect(view.locator("#pulse-text")).to_have_text("live")

    server.stop()

    expect(view.locator("#pulse-text")).to_have_text("disconnected")
    expect(view.locator("#alarm")).to_contain_text("away")
