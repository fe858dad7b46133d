"""The stage of stories makes its fingerprints and its state from what passes on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, Fingerprint
from streams.stateful import StateLost, States
from streams.stories import StoryIndex
from streams.stories.fingerprint import ENCODED_VERSION, decode
from streams.stories.vectors import WIDTH
from streams.story_stage import StoryState, fingerprint_beside, stateful_story_stage, story_since, story_stage
from streams.topics import Topics
from tests.faults.undisturbed import NoHistory

WIRE = Topics("news")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
TEXT = "The ferry between Harwick and Sund will sail again on Monday, the harbour office said. " * 3


def fingerprint(article_id: str, text: str = TEXT) -> Fingerprint:
    article = EnrichedArticle(article_id=article_id, text=text, entities=[], labels=[], scores={})
    topic, made = fingerprint_beside(WIRE)(article, NOON_MS)
    assert topic == "news.fingerprints"
    return made  # type: ignore[return-value]


def test_a_fingerprint_has_the_time_when_its_article_arrived():
    assert fingerprint("a").arrived_at == NOON


def test_an_encoder_makes_the_vectors_of_the_fingerprints():
    class Ones:
        def vector_of(self, headline: str, text: str, compact: np.ndarray) -> np.ndarray:
            return np.ones(WIDTH, dtype=np.int8)

    article = EnrichedArticle(article_id="a", text=TEXT, entities=[], labels=[], scores={})
    _, made = fingerprint_beside(WIRE, Ones())(article, NOON_MS)  # type: ignore[arg-type]

    assert isinstance(made, Fingerprint)
    assert made.version == ENCODED_VERSION
    assert decode(made).vector.tolist() == [1] * WIDTH


def test_stories_matter_from_the_days_before_the_watermark_on():
    story = StoryIndex(3).add(fingerprint("a"))

    assert story_since(3, story.to_bytes()) == NOON_MS - (3 * 24 + 1) * 3_600_000


@pytest.mark.parametrize(
    "value", [b"", b"[]", b"{}", b'{"watermark": 7}', b'{"watermark": "0001-01-01T00:00:00Z"}']
)
def test_a_record_that_is_not_a_story_tells_to_read_everything(value):
    assert story_since(3, value) == 0


def test_a_state_restored_from_its_results_decides_as_before():
    before, after = StoryState(StoryIndex(3)), StoryState(StoryIndex(3))
    told = [before.apply(fingerprint(name)) for name in "abc"]
    for story in told:
        after.restore(story.to_bytes())

    following = fingerprint("d")

    assert after.apply(following).to_bytes() == before.apply(following).to_bytes()
    assert after.measures()["articles"] == before.measures()["articles"] == 4


def test_a_fingerprint_of_an_unknown_version_changes_no_state():
    stage = stateful_story_stage(WIRE, 1_000_000, 3)
    states = States({"stories": stage}, NoHistory())
    states.prepare("stories", 0, 0)
    unknown = fingerprint("a").model_copy(update={"version": 99})

    (outcome,), measures = states.process("stories", 0, 0, [(0, (b"a", unknown.to_bytes(), 0))])

    assert isinstance(outcome, UnknownFingerprint)
    assert measures.numbers["articles"] == 0


def test_the_stage_does_no_work_outside_of_its_state():
    with pytest.raises(RuntimeError, match="state process"):
        story_stage(WIRE, 1_000).step([])
    with pytest.raises(StateLost):
        States({"stories": stateful_story_stage(WIRE, 1_000, 3)}, NoHistory()).process("stories", 0, 0, [])


def test_old_stories_are_forgotten_as_time_passes():
    state = StoryState(StoryIndex(1))
    state.apply(fingerprint("a"))

    later = fingerprint("b").model_copy(update={"arrived_at": NOON + timedelta(days=3)})

    assert state.apply(later).duplicate_of is None
