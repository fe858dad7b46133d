"""The number of words of a text, also in scripts that have no spaces between words."""

from __future__ import annotations

import re

# Chinese and Japanese; Thai, Lao, Burmese and Khmer: with the characters of an average word.
_UNSPACED = (
    (re.compile("[\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+"), 2),
    (re.compile("[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]+"), 5),
)
_LONGEST_WORD = 10  # characters on average, with the space; texts in such scripts have longer ones
_SIGNS = re.compile("[\u3000-\u3004\u3008-\u3040\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+")


def count_words(text: str) -> int:
    """Return the number of words, which is estimated where a script has no spaces between them."""
    spaced = len(text.split())
    if text.isascii() or len(text) <= _LONGEST_WORD * spaced:
        return spaced
    unspaced = 0
    for script, length in _UNSPACED:
        unspaced += sum(-(-len(run) // length) for run in script.findall(text))
        text = script.sub(" ", text)
    return unspaced + len(_SIGNS.sub(" ", text).split()) if unspaced else spaced
