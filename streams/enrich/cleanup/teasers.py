"""Teasers: lines above an article that belong to another one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from streams.enrich.cleanup.words import words

_STEM = 6  # letters: enough to know a word by, few enough to see through its endings


class Verdict(Enum):
    """What a line above the body is to the body."""

    OWN = "own"
    DOUBTFUL = "doubtful"
    TEASER = "teaser"


def _stems(text: str) -> list[str]:
    return [word[:_STEM] for word in words(text) if len(word) > 3 or not word.isascii() or word.isdigit()]


class TeaserJudge:
    """Judges lines against one article's body."""

    def __init__(self, body: Sequence[str]) -> None:
        self._stems = {stem for paragraph in body for stem in _stems(paragraph)}

    def coverage(self, line: str) -> float:
        """How much of LINE the body also says, 0 to 1."""
        stems = set(_stems(line))
        return len(stems & self._stems) / len(stems) if stems else 1.0

    def judge(self, line: str) -> Verdict:
        """Whether LINE belongs to another article."""
        stems = set(_stems(line))
        if len(stems) < 4 or len(self._stems) < 40:
            return Verdict.OWN
        coverage = self.coverage(line)
        if coverage <= 0.15:
            return Verdict.TEASER
        return Verdict.DOUBTFUL if coverage <= 0.3 else Verdict.OWN
