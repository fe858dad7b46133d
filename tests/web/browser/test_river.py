"""The river in a browser: articles come in, are filtered and opened, and nothing is lost on the way."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.web.articles import TEXT, enriched, entity, label

HEADINGS = "#river h3 a"


def test_articles_appear_as_they_come_with_labels_and_names(page, writer, visit):
    server = page()
    view = visit(server.url)
    expect(view.locator("#pulse-text")).to_have_text("live")

    writer.enrich(enriched(headline="Ferry returns to Bergen"))

    card = view.locator("#river > li").filter(has_text="Ferry returns to Bergen")
    expect(card).to_contain_text("Harbour Post")
    expect(card.locator(".labels")).to_contain_text("Diplomacy")
    expect(card.locator(".labels b")).to_have_text("0.900")
    expect(card.locator(".names")).to_contain_text("Ada Lind")


def test_a_filter_is_in_the_url_and_a_shared_link_shows_the_same(page, writer, visit):
    writer.enrich(enriched(headline="One"), enriched(headline="Two", labels=[label("climate")]))
    server = page()
    view = visit(server.url)
    expect(view.locator(HEADINGS)).to_have_count(2)

    view.locator("select[name=label]").select_option("climate")

    expect(view.locator(HEADINGS)).to_have_text(["Two"])
    assert view.url.endswith("/?label=climate")
    shared = visit(view.url)
    expect(shared.locator(HEADINGS)).to_have_text(["Two"])
    view.get_by_role("button", name="Remove the filter label climate").click()
    expect(view.locator(HEADINGS)).to_have_count(2)


def test_a_name_in_the_river_becomes_a_filter(page, writer, visit):
    writer.enrich(enriched(headline="With Ada"), enriched(headline="Without", entities=[]))
    view = visit(page().url)

    view.locator("#river .names button").first.click()

    expect(view.locator(HEADINGS)).to_have_text(["With Ada"])
    assert "entity=Ada+Lind" in view.url


def test_an_article_shows_its_evidence_whose_sum_is_the_raw_score(page, writer, visit):
    writer.enrich(enriched())
    view = visit(page().url)

    view.locator(HEADINGS).first.click()

    reader = view.locator("#reader")
    expect(reader.locator("mark.evidence")).to_have_text(
        [re.compile("settle the dispute.*1.25"), re.compile("talks ended.*0.50"), re.compile("strike.*0.25")]
    )
    expect(reader.locator("mark.against")).to_have_count(1)
    expect(reader.locator(".sum")).to_contain_text("+1.2000 = raw score +1.2000")
    rows = reader.locator(".evidence-table tbody tr td").all_text_contents()
    assert sum(float(row.replace("−", "-")) for row in rows) == 1.2
    expect(reader.locator(".entity.PER")).to_contain_text("Ada Lind")
    assert view.evaluate("document.activeElement.id") == "reader"


def test_an_article_shows_where_all_of_it_is_from(page, writer, visit, wire):
    event = enriched()
    writer.enrich(event)
    view = visit(f"{page().url}?article={event.article_id}")
    reader = view.locator("#reader")

    links = reader.locator(".ids a")
    expect(links).to_have_text(["wikidata Q26793", "geonames 3161732"])
    assert links.first.get_attribute("href") == "https://www.wikidata.org/wiki/Q26793"
    assert "noopener" in (links.first.get_attribute("rel") or "")
    reader.get_by_text("What cleanup removed").click()
    expect(reader.locator(".removed")).to_contain_text("teaserAlso: ten ways to cook cod")
    reader.get_by_text("Its way through the topics").click()
    expect(reader.locator("table", has_text="Records of this article")).to_contain_text(wire.topics.enriched)
    reader.get_by_text("Raw JSON").click()
    expect(reader.locator("pre")).to_contain_text(f'"article_id": "{event.article_id}"')
    reader.get_by_text("Provenance", exact=True).click()
    expect(reader).to_contain_text("wireroom-cleaner")


def test_offsets_count_code_points(page, writer, visit):
    text = f"🎉🎉 {TEXT}"
    shifted = [entity("Bergen", "LOC", text.index("Bergen"))]
    event = enriched(text=text, entities=shifted, labels=[])
    writer.enrich(event)

    view = visit(f"{page().url}?article={event.article_id}")

    expect(view.locator("#reader .text .entity")).to_have_text("BergenLOC")


def test_reprints_fold_under_their_story(page, writer, visit):
    first = enriched(headline="The original", publisher="Agency")
    reprints = [enriched(headline=f"Reprint {n}", publisher=f"Paper {n}") for n in range(2)]
    writer.enrich(first, *reprints)
    writer.tell(first, "s1", articles=3)
    for reprint in reprints:
        writer.tell(reprint, "s1", duplicate_of=first.article_id, articles=3)
    view = visit(page().url)

    expect(view.locator("#river > li")).to_have_count(1)
    expect(view.locator(HEADINGS)).to_have_text(["The original"])
    view.locator("#river summary").click()
    expect(view.locator("#river .fold li")).to_have_count(2)
    expect(view.locator("#river .fold")).to_contain_text("Paper 1")


def test_a_story_that_comes_later_moves_its_article(page, writer, visit):
    first, second = enriched(headline="First"), enriched(headline="Second")
    view = visit(page().url)
    writer.enrich(first, second)
    expect(view.locator("#river > li")).to_have_count(2)

    writer.tell(first, "s1", articles=2)
    writer.tell(second, "s1", articles=2, duplicate_of=first.article_id)

    expect(view.locator("#river > li")).to_have_count(1)
    expect(view.locator(HEADINGS)).to_have_text(["First"])


def test_a_paused_page_keeps_what_comes_until_it_follows_again(page, writer, visit):
    writer.enrich(enriched(headline="Before"))
    view = visit(page().url)
    expect(view.locator(HEADINGS)).to_have_text(["Before"])
    view.get_by_role("button", name="Pause").click()

    writer.enrich(enriched(headline="While paused"))

    follow = view.get_by_role("button", name="Follow (1 new)")
    expect(follow).to_be_visible()
    expect(view.locator(HEADINGS)).to_have_text(["Before"])
    follow.click()
    expect(view.locator(HEADINGS)).to_have_text(["While paused", "Before"])


def test_the_page_catches_up_after_a_disconnect(page, writer, visit):
    writer.enrich(*(enriched(headline=f"Early {n}") for n in range(3)))
    view = visit(page().url)
    expect(view.locator(HEADINGS)).to_have_count(3)
    view.context.set_offline(True)
    view.evaluate("dispatchEvent(new Event('offline'))")
    view.route("**/events?*", lambda route: route.abort())

    view.context.set_offline(False)
    writer.enrich(*(enriched(headline=f"Late {n}") for n in range(3)))
    view.unroute("**/events?*")

    expect(view.locator(HEADINGS)).to_have_count(6)
    expect(view.locator("#tally")).to_have_text("6 articles")


def test_the_keys_lead_through_the_river(page, writer, visit):
    writer.enrich(*(enriched(headline=f"Article {n}") for n in range(3)), partition=0)
    view = visit(page().url)
    expect(view.locator(HEADINGS)).to_have_text(["Article 2", "Article 1", "Article 0"])

    for key in ("j", "j", "k", "j", "Enter"):
        view.keyboard.press(key)

    expect(view.locator("#reader h2")).to_have_text("Article 1")
    expect(view.locator("#river a[aria-current]")).to_have_text("Article 1")
    view.keyboard.press("Escape")
    expect(view.locator("#reader h2")).to_have_count(0)
    assert view.evaluate("document.activeElement.textContent") == "Article 1"
    view.keyboard.press("/")
    assert view.evaluate("document.activeElement.name") == "q"
    view.keyboard.press("Escape")


def test_the_list_stays_bounded_however_many_articles_come(page, writer, visit):
    view = visit(page().url)
    expect(view.locator("#pulse-text")).to_have_text("live")

    writer.enrich(*(enriched(headline=f"Article {n}") for n in range(1500)), partition=0)

    expect(view.locator("#tally")).to_have_text("1,500 articles")
    expect(view.locator(HEADINGS).first).to_have_text("Article 1499")
    assert view.locator("#river > li").count() <= 150
    assert view.evaluate("document.querySelectorAll('*').length") < 8000
