"""Any record of a topic gives one result or one dead letter, and never a bug of ours."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.dead import DeadLetter, original_headers
from streams.enrich import Enricher
from streams.settings import Settings
from streams.stage import Stage
from streams.topology import stages
from tests.benchmarks.noop import NoCleaner, NoLabeller, NoTagger
from tests.fakes.records import Copied
from tests.hostile.oddities import ANY_BYTES, HEADERS, TEXTS

STAGES = stages(Enricher(NoCleaner(), NoTagger(), NoLabeller()), Settings().topics, 24_000_000)  # type: ignore[arg-type]

KEYS = st.none() | st.binary(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("article_id", "body", "text", "url", "headline", "published_at", "language", "entities", "removed")
EVENT = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6)


def check(stage: Stage, record: Copied) -> None:
    (made,) = stage.work([record])

    if made.dead is None:
        assert made.topic != stage.dead
        assert made.value is not None
        assert dict(made.headers)["ce_type"]
    else:
        letter = DeadLetter(0, 0, 0, made.key, made.value, made.headers)
        assert (made.topic, made.key, made.value) == (stage.dead, record.key, record.value)
        assert list(original_headers(made.headers)) == list(original_headers(record.headers))
        assert letter.reason != "Unexpected", letter.message
        assert letter.topic == record.topic
        assert letter.origin == (record.partition, record.offset)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
@given(key=KEYS, value=st.none() | ANY_BYTES, headers=HEADERS, timestamp=st.integers(-1, 253_402_300_799_999))
def test_any_bytes_give_a_result_or_a_dead_letter(stage, key, value, headers, timestamp):
    check(stage, Copied("news.any", 3, 41, timestamp, key, value, headers))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
@given(event=EVENT, key=KEYS)
@example(event={"headline": 1.5, "body": "x"}, key=None)
def test_any_json_gives_a_result_or_a_dead_letter(stage, event, key):
    value = json.dumps(event).encode()

    check(stage, Copied("news.any", 3, 41, 0, key, value, []))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_each_oddity_gives_a_result_or_a_dead_letter(stage):
    for value in TEXTS:
        check(stage, Copied("news.any", 3, 41, 0, b"a", value, []))


def test_a_timestamp_beyond_the_year_9999_is_a_dead_letter():
    (made,) = STAGES[0].work(
        [Copied("news.raw", 0, 0, 10**18, b"a", b'{"article_id": "a", "body": "x"}', [])]
    )

    assert made.topic == STAGES[0].dead
