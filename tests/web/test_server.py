"""The server of the page, over a real broker, as programs ask it."""

from __future__ import annotations

import re

import orjson
import pytest

from streams.dead import dead_letter_headers
from streams.errors import EmptyArticle
from streams.events import EnrichedArticle
from tests.broker.wire import Wire
from tests.web.articles import enriched, label
from tests.web.pages import WireWriter

REPLAY = {"X-Wireroom": "replay"}


def test_an_article_comes_out_on_the_stream_and_in_full(page, writer):
    server, event = page(), enriched()
    with server.watch() as viewer:
        writer.enrich(event)

        (came,) = viewer.read(1)

    assert came.data["article_id"] == event.article_id
    assert came.data["labels"][0]["label"] == "diplomacy"
    answer = server.ask(f"/articles/{event.article_id}")
    assert answer.status == 200
    assert EnrichedArticle.model_validate_json(answer.body) == event


def test_what_the_topic_holds_is_the_history_and_a_filter_holds_for_it(page, writer):
    events = [enriched(labels=[label("climate" if number % 3 else "trade")]) for number in range(30)]
    writer.enrich(*events)
    server = page()

    with server.watch() as everything, server.watch("label=trade") as trade, server.watch("last=4") as last:
        assert {event.data["article_id"] for event in everything.read(30)} == {e.article_id for e in events}
        assert {event.data["article_id"] for event in trade.read(10)} == {e.article_id for e in events[::3]}
        assert len(last.read(4)) == 4


def test_a_viewer_resumes_without_a_gap_or_a_repeat_even_on_a_new_server(page, writer):
    events = [enriched() for _ in range(60)]
    writer.enrich(*events[:30])
    first = page()
    with first.watch() as viewer:
        came = viewer.read(20)
    writer.enrich(*events[30:40])
    first.stop()

    second = page()
    with second.watch(last_id=came[-1].id) as viewer:
        missed = viewer.read(20)
        writer.enrich(*events[40:])
        new = viewer.read(20)

    ids = [event.data["article_id"] for event in [*came, *missed, *new]]
    assert sorted(ids) == sorted(event.article_id for event in events)


def test_a_resumed_viewer_may_be_interrupted_again(page, writer):
    events = [enriched() for _ in range(40)]
    writer.enrich(*events)
    server = page()
    ids, last_id = [], None

    for _ in range(8):
        with server.watch(last_id=last_id) as viewer:
            came = viewer.read(5)
        ids += [event.data["article_id"] for event in came]
        last_id = came[-1].id

    assert sorted(ids) == sorted(event.article_id for event in events)


def test_stories_fold_under_their_articles(page, writer):
    first, second = enriched(), enriched()
    server = page()
    with server.watch() as viewer:
        writer.enrich(first)
        (came,) = viewer.read(1)
        writer.tell(first, "s1")
        (told,) = viewer.read(1)
        writer.enrich(second)
        writer.tell(second, "s1", duplicate_of=first.article_id)
        (reprint,) = viewer.read(1)

    assert came.data["story_id"] is None
    assert (told.kind, told.data["article_id"], told.data["story_id"]) == ("story", first.article_id, "s1")
    assert (reprint.kind, reprint.data["duplicate_of"]) == ("message", first.article_id)
    with server.watch("story=s1") as viewer:
        assert len(viewer.read(2)) == 2


def test_an_id_with_any_characters_is_found(page, writer):
    event = enriched(article_id="a/b ?%#é/trace")
    writer.enrich(event)
    server = page()

    found = server.ask("/articles/a%2Fb%20%3F%25%23%C3%A9%2Ftrace")

    assert found.json["article_id"] == event.article_id


@pytest.mark.parametrize(
    "path", ["/articles/unknown", "/traces/unknown", "/dead/0-99", "/nothing", "/static/x"]
)
def test_what_is_not_there_is_told_as_json(page, path):
    answer = page().ask(path)

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json["message"]


@pytest.mark.parametrize(
    ("path", "status"), [("/events?last=x", 400), ("/dead/nonsense", 400), ("/try", 405)]
)
def test_a_wrong_request_is_told_as_json(page, path, status):
    answer = page().ask(path)

    assert answer.status == status
    assert answer.json["message"]


def test_the_way_of_an_article_is_shown(page, writer, wire: Wire):
    event = enriched()
    writer.enrich(event)

    steps = page().ask(f"/traces/{event.article_id}").json["steps"]

    assert [step["topic"] for step in steps] == [wire.topics.enriched]


def test_the_page_allows_no_script_but_its_own(page):
    server = page()

    index = server.ask("/")

    policy = index.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    names = re.findall(rb'/static/([\w.]+)"', index.body)
    total = len(index.body)
    for name in {name.decode() for name in names}:
        total += len(server.ask(f"/static/{name}").body)
    assert total < 150_000
    assert not re.search(rb"<script(?![^>]+src=)|<style|\son\w+=|https?://", index.body)


def test_a_file_that_the_browser_has_is_not_sent_again(page):
    server = page()
    tag = server.ask("/static/page.css").headers["ETag"]

    assert server.ask("/static/page.css", headers={"If-None-Match": tag}).status == 304


def dead_letter(writer: WireWriter, wire: Wire, key: bytes, value: bytes) -> None:
    headers = dead_letter_headers(
        [("ce_id", b"7")],
        error=EmptyArticle("no text"),
        topic=wire.topics.raw,
        partition=0,
        offset=7,
        stage="cleanup",
        at="2026-03-01T12:00:00.000Z",
        replays=0,
    )
    writer.send(wire.topics.dead, key, value, headers, partition=0)


def test_dead_letters_are_listed_shown_and_replayed_after_a_dry_run(page, writer, wire: Wire, read_all):
    for number in range(3):
        dead_letter(writer, wire, b"k%d" % number, b"\xff<script>")
    writer.enrich(enriched())
    server = page(may_replay=True)

    listed = server.ask("/dead").json
    assert listed["reasons"] == [{"reason": "EmptyArticle", "count": 3}]
    shown = server.ask("/dead/0-1").json
    assert (shown["reason"], shown["is_text"], shown["is_open"]) == ("EmptyArticle", False, True)
    assert server.ask("/dead/0-1/bytes").body == b"\xff<script>"
    dry = server.post("/dead/replay", {"ids": ["0-0", "0-1", "0-9"]}, REPLAY).json
    assert ([letter["id"] for letter in dry["letters"]], dry["missing"]) == (["0-0", "0-1"], ["0-9"])
    assert read_all(wire.topics.raw) == []

    done = server.post("/dead/replay", {"ids": ["0-0", "0-1"], "dry_run": False}, REPLAY).json

    assert done["topics"] == {wire.topics.raw: 2}
    assert sorted(record.key for record in read_all(wire.topics.raw)) == [b"k0", b"k1"]
    assert server.ask("/dead").json["open"] == 1
    assert server.ask("/dead/0-0").json["is_open"] is False


def test_replay_is_off_unless_it_is_switched_on(page):
    answer = page().post("/dead/replay", {"reason": "x"}, REPLAY)

    assert answer.status == 403
    assert "WIREROOM_WEB_REPLAY" in answer.json["message"]


def test_a_replay_needs_the_header_of_our_page(page):
    answer = page(may_replay=True).post("/dead/replay", {"reason": "x"})

    assert answer.status == 403


def test_a_text_is_enriched_as_on_the_wire(page):
    server = page()
    text = "Norway's climate envoy met Brazil's foreign minister in Oslo to negotiate a treaty on emissions."

    answer = server.ask("/try", "POST", text.encode(), {"Content-Type": "text/plain"})

    article = EnrichedArticle.model_validate_json(answer.body)
    assert answer.status == 200
    assert "Oslo" in {each.name for each in article.entities}
    assert article.provenance.taxonomy
    empty = server.ask("/try", "POST", b" ", {"Content-Type": "text/plain"})
    assert (empty.status, empty.json["error"]) == (422, "EmptyArticle")


def test_a_text_over_the_limit_is_refused(page):
    answer = page().ask("/try", "POST", b"x" * 2_000_001, {"Content-Type": "text/plain"})

    assert answer.status == 413
    assert "2,000,000" in answer.json["message"]


def test_the_pipeline_adds_up(page, writer, wire: Wire):
    server = page()
    server.wait_for(lambda state: state["pipeline"], "the first measurement")
    for number in range(5):
        writer.send(wire.topics.raw, b"%d" % number, orjson.dumps({"body": "x"}))
    writer.enrich(enriched())

    state = server.wait_for(
        lambda state: state["pipeline"]["balance"]["in"] == 5, "five articles have come in"
    )

    assert state["pipeline"]["balance"]["waiting"] == 5
    assert state["pipeline"]["stages"][0]["lag"] == 5
    assert state["broker"]["problem"] is None
    assert state["latency"]["count"] == 1


def test_records_that_are_no_articles_are_counted_and_passed_over(page, writer, wire: Wire):
    writer.send(wire.topics.enriched, b"x", b"not JSON")
    writer.send(wire.topics.enriched, b"gone", None)
    event = enriched()
    writer.enrich(event)
    server = page()

    with server.watch() as viewer:
        assert viewer.read(1)[0].data["article_id"] == event.article_id
    assert server.ask("/state").json["invalid"] == 1
