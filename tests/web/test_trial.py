"""The try-it box: limits of time, and an article that ends the process costs nobody else theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streams.errors import StageCrashed, StageTimedOut, WireroomError
from streams.events import CleanArticle, RawArticle
from streams.web.trial import WAITING, Busy, Trial
from tests.web.stages import broken, obedient

pytestmark = pytest.mark.slow  # each starts a process


def with_trial(use: Callable[[Trial], Awaitable[None]], *, build=obedient, seconds: float = 60.0) -> None:
    """Run `use` with a trial, and end its process."""

    async def run() -> None:
        trial = Trial(build, seconds=seconds, memory=2**31, max_bytes=1_000_000)
        try:
            await use(trial)
        finally:
            trial.close()

    asyncio.run(run())


async def text_of(trial: Trial, text: str) -> str:
    return CleanArticle.model_validate_json(await trial.enrich(RawArticle(body=text))).text


def test_an_article_that_hangs_or_crashes_is_told_and_the_next_one_works():
    async def use(trial: Trial) -> None:
        assert await text_of(trial, "one") == "one"
        with pytest.raises(StageTimedOut):
            await text_of(trial, "hang")
        assert await text_of(trial, "two") == "two"
        with pytest.raises(StageCrashed):
            await text_of(trial, "crash")
        assert await text_of(trial, "three") == "three"

    with_trial(use, seconds=5.0)


def test_models_that_cannot_be_loaded_are_told_each_time():
    async def use(trial: Trial) -> None:
        for _ in range(2):
            with pytest.raises(WireroomError, match="the model is missing"):
                await text_of(trial, "one")

    with_trial(use, build=broken)


def test_too_many_at_once_are_refused_and_the_others_come_one_after_another():
    async def use(trial: Trial) -> None:
        waiting = [asyncio.create_task(text_of(trial, f"text {number}")) for number in range(WAITING)]
        await asyncio.sleep(0)

        with pytest.raises(Busy):
            await text_of(trial, "one too many")

        assert await asyncio.gather(*waiting) == [f"text {number}" for number in range(WAITING)]

    with_trial(use)
