"""Words as cleanup counts them."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FINAL = re.compile(r"[.!?…。！？؟।؛][\"”’')\]»]*$")


def words(text: str) -> list[str]:
    """Lower-cased words in order; scripts without spaces between words give pairs of characters."""
    found = _WORD.findall(text.lower())
    if text.isascii() or not _UNSPACED.search(text):
        return found
    pairs: list[str] = []
    for word in found:
        if _UNSPACED.search(word):
            pairs.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            pairs.append(word)
    return pairs


def ends_sentence(text: str) -> bool:
    """Whether TEXT ends as a sentence does."""
    return _FINAL.search(text[-8:]) is not None


def fold(text: str) -> str:
    """TEXT with only what its letters and digits say, to compare by."""
    return " ".join(_WORD.findall(text.casefold()))
