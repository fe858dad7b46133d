"""A state that any test understands: it numbers the articles that it has seen, and adds up their lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import orjson

from streams.errors import EmptyArticle
from streams.events import CleanArticle
from streams.stage import Stage
from streams.stateful import StatefulStage

INPUT, OUTPUT, DEAD = "news.seen", "news.counted", "news.dead"


class CountingState:
    """The number of articles so far and their words; the result of an article has both."""

    def __init__(self) -> None:
        self.number = 0
        self.words = 0

    def apply(self, event: CleanArticle) -> CleanArticle:
        if event.text == "refuse":
            raise EmptyArticle("nothing to count")
        self.number += 1
        if event.text == "break":
            raise ZeroDivisionError("in the middle of the work")
        self.words += event.word_count
        text = event.text * 1_000 if event.text == "swell" else event.text
        return event.model_copy(update={"text": text, "byline": f"{self.number} {self.words}"})

    def restore(self, value: bytes) -> None:
        number, words = orjson.loads(value)["byline"].split()
        self.number, self.words = int(number), int(words)

    def measures(self) -> dict[str, int]:
        return {"articles": self.number, "words": self.words}


class BulkCountingState(CountingState):
    """A state that takes over many results at once, and tells how often it was asked to."""

    calls = 0

    def restore_many(self, values: Iterable[bytes], on_error: Callable[[Exception], None]) -> None:
        type(self).calls += 1
        for value in values:
            try:
                self.restore(value)
            except ValueError as error:
                on_error(error)

    def restore(self, value: bytes) -> None:
        if not value.startswith(b"{"):
            raise ValueError("not a result")
        super().restore(value)


def _elsewhere(_: Sequence[CleanArticle]) -> Sequence[CleanArticle]:
    raise AssertionError("the step of a stage with a state is not called")


STAGE = Stage("count", CleanArticle, _elsewhere, lambda _: [OUTPUT], DEAD, 1_000, has_state=True)


def counting_stage() -> StatefulStage:
    """Return the stage that counts."""
    return StatefulStage(STAGE, OUTPUT, CountingState, lambda _: 0)


class FakeHistory:
    """The results that were committed, in their order; reading them fails while `error` is set."""

    def __init__(self, sent: list[bytes] | None = None) -> None:
        self.sent: list[bytes] = [] if sent is None else sent
        self.error: Exception | None = None
        self.readings = 0

    def results(self, topic: str, partition: int, since: Callable[[bytes], int]) -> Iterator[bytes]:
        assert topic == OUTPUT
        self.readings += 1
        if self.error is not None:
            raise self.error
        yield from self.sent


def article(text: str) -> bytes:
    return CleanArticle(article_id="a", text=text).to_bytes()
