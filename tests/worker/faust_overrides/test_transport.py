"""Which offsets a poll stands for: what the delivery tells a gap by."""

from __future__ import annotations

import asyncio

from faust.types import TP

from streams.app import build_app
from streams.settings import Settings
from streams.worker.faust_overrides.transport import Coverage

A, B = TP("news.raw", 0), TP("news.raw", 1)


def test_a_poll_covers_the_offsets_between_its_positions() -> None:
    coverage = Coverage()

    assert coverage.of_poll({A: 0, B: 5}, {A: 4, B: 5}, {A}) == {A: (0, 4)}
    assert coverage.of_poll({A: 4, B: 5}, {A: 9, B: 7}, {A, B}) == {A: (4, 9), B: (5, 7)}


def test_what_was_passed_without_a_record_belongs_to_the_next_that_brings_one() -> None:
    coverage = Coverage()

    assert coverage.of_poll({A: 4}, {A: 9}, {}) == {}
    assert coverage.of_poll({A: 9}, {A: 11}, {}) == {}
    assert coverage.of_poll({A: 11}, {A: 12}, {A}) == {A: (4, 12)}
    assert coverage.of_poll({A: 12}, {A: 13}, {A}) == {A: (12, 13)}


def test_after_a_seek_nothing_before_it_is_covered() -> None:
    coverage = Coverage()
    coverage.of_poll({A: 4}, {A: 9}, {})

    assert coverage.of_poll({A: 32}, {A: 40}, {A}) == {A: (32, 40)}
    assert coverage.of_poll({A: 8}, {A: 32}, {A}) == {A: (8, 32)}


def test_a_partition_whose_position_is_not_known_yet_covers_nothing() -> None:
    coverage = Coverage()

    assert coverage.of_poll({}, {A: 7}, {}) == {}
    assert coverage.of_poll({A: 7}, {A: 9}, {A}) == {A: (7, 9)}


def test_the_offsets_between_fetches_are_not_kept() -> None:
    """Faust would, until it acknowledges what came before them: never, so that they would pile up."""

    async def gaps() -> int:
        app = build_app(Settings(), ["cleanup"], build_stages=dict)
        app.stage_process.stop()
        for offset in range(0, 4000, 400):
            await app.consumer._add_gap(A, offset + 1, offset + 400)
        return len(app.consumer._gap[A])

    assert asyncio.run(gaps()) == 0
