"""Hostile text in every field is text: nothing runs, nothing is hidden, nothing leaves its place."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.web.articles import enriched, label
from tests.web.test_server import dead_letter

SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
OVERRIDE = "\u202egnp.exe\u202c safe"
ZERO_WIDTH = "pay\u200bpal\u00ad \ufeffnews"
NASTY = f"{SCRIPT}{OVERRIDE}{ZERO_WIDTH}"


def hostile(**fields: Any):
    """Return an article with hostile text in every field."""
    text = f"{NASTY}\n\nThe second paragraph. {NASTY}"
    mention = {"start": 0, "end": len(NASTY), "text": NASTY}
    name = {"id": NASTY, "type": "PER", "name": NASTY, "role": NASTY, "salience": 1, "count": 1}
    ids = {
        "wikidata": f"javascript:{NASTY}",
        NASTY: "javascript:alert(1)",
        "geonames": '"><script>alert(1)</script>',
    }
    evidence = [{"start": 0, "end": len(NASTY), "text": NASTY, "weight": 1.0}]
    return enriched(
        **{
            "headline": NASTY,
            "publisher": NASTY,
            "byline": NASTY,
            "dateline": NASTY,
            "url": "javascript:document.title='owned'",
            "language": "x-<b>",
            "highlights": [NASTY],
            "text": text,
            "entities": [{**name, "ids": ids, "mentions": [mention]}],
            "labels": [
                label(NASTY, name=NASTY, iptc=[NASTY], evidence=evidence, parts={NASTY: 0.5}, raw=1.5)
            ],
            "scores": {NASTY: 0.9},
            "removed": [{"kind": "teaser", "text": NASTY}],
            "warnings": [NASTY],
            "provenance": {"cleaner": {"name": NASTY, "version": NASTY, "model": NASTY}, "taxonomy": NASTY},
            **fields,
        }
    )


def test_hostile_text_is_shown_and_never_runs(page, writer, visit):
    event = hostile(article_id="<img src=x onerror=alert(1)>/../..")
    writer.enrich(event)
    writer.tell(event, NASTY, headline=NASTY)
    view = visit(page().url)
    expect(view.locator("#river h3 a")).to_contain_text("<script>document.title='owned'</script>")

    view.locator("#river h3 a").click()

    reader = view.locator("#reader")
    expect(reader.locator("h2")).to_contain_text("<script>")
    view.evaluate("document.querySelectorAll('#reader details').forEach(each => (each.open = true))")
    expect(reader.locator(".provenance, table", has_text="The parts that made this article")).to_contain_text(
        "owned"
    )
    assert (
        view.evaluate(
            "document.querySelectorAll('#river script, #reader script, #reader img, #river img').length"
        )
        == 0
    )
    assert reader.locator("a[href^='javascript' i]").count() == 0
    assert view.title() == "Wireroom"


def test_unseen_characters_are_shown_and_cannot_turn_the_text_around(page, writer, visit):
    writer.enrich(hostile())
    view = visit(page().url)

    heading = view.locator("#river h3 a")
    expect(heading.locator(".unseen-character")).to_have_text(["202E", "202C", "200B", "00AD", "FEFF"])
    text = heading.evaluate("each => each.textContent")
    assert not set(text) & set("\u202e\u202c\u200b\u00ad\ufeff")
    assert heading.evaluate("each => getComputedStyle(each.querySelector('bdi')).unicodeBidi") == "isolate"


def test_joiners_that_a_word_needs_stay(page, writer, visit):
    words = "👩‍🚀 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    writer.enrich(enriched(headline=words))
    view = visit(page().url)

    expect(view.locator("#river h3 a .unseen-character")).to_have_count(0)
    assert view.locator("#river h3 a").evaluate("each => each.textContent") == words


def test_five_megabytes_of_text_leave_the_page_usable(page, writer, visit):
    long = "long words " * 450_000
    event = enriched(
        article_id="long",
        headline=long[:2_000_000],
        publisher=long[:500_000],
        text=long,
        entities=[],
        labels=[],
    )
    writer.enrich(event, enriched(headline="After it"))
    view = visit(page().url)
    expect(view.locator("#river h3 a")).to_have_count(2)
    assert len(view.locator("#river").inner_text()) < 10_000

    view.locator("#river h3 a", has_text="long words").click()

    expect(view.locator("#reader .text")).to_contain_text("Show all 4,950,000 characters")
    view.locator("#river h3 a", has_text="After it").click()
    expect(view.locator("#reader h2")).to_have_text("After it")


def test_a_hostile_dead_letter_is_shown_as_text(page, writer, visit, wire):
    dead_letter(writer, wire, NASTY.encode(), NASTY.encode())
    writer.enrich(enriched())
    view = visit(f"{page().url}?view=dead")

    view.get_by_role("button", name="Show letter 0-0").click()

    expect(view.locator("#letter pre")).to_contain_text("<script>document.title")
    assert view.title() == "Wireroom"
    assert view.locator("#letters script, #letters img").count() == 0


def test_a_hostile_link_is_only_a_filter(page, writer, visit):
    writer.enrich(enriched())
    view = visit(f"{page().url}?q=%3Cscript%3Ealert(1)%3C/script%3E&view=%22%3E&label=%00&article=%3Cb%3E")

    expect(view.locator("#chosen")).to_contain_text("<script>alert(1)</script>")
    expect(view.locator("#reader .alarm")).to_contain_text("no enriched article")


def test_the_policy_stops_what_a_hole_would_let_in(page, browser):
    context = browser.new_context()
    view = context.new_page()
    blocked: list[str] = []
    view.on("console", lambda message: blocked.append(message.text) if "Policy" in message.text else None)
    view.goto(page().url)

    view.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.owned = true";
            const image = document.createElement("img");
            image.src = "https://example.org/tracker.png";
            const button = document.createElement("div");
            button.innerHTML = "<b onclick='window.owned = true'>x</b>";
            document.body.append(script, image, button);
            button.firstChild.click();
        }"""
    )

    view.wait_for_function("() => document.querySelector('img').complete")
    assert view.evaluate("window.owned") is None
    assert len(blocked) >= 3
    context.close()
