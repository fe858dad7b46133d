"""Folding: what two spellings of the same words have in common."""

from __future__ import annotations

import unicodedata


class _Folding(dict[int, int]):
    """Character to folded character, one for one, worked out when it is first met."""

    def __missing__(self, code: int) -> int:
        base = unicodedata.normalize("NFKD", chr(code))[0].lower()
        folded = ord(base) if len(base) == 1 and base.isalnum() else 32
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold_characters(text: str) -> str:
    """TEXT in lower case without accents, everything but letters and digits as spaces; the same length.

    Two marks in a row become two spaces, which no phrase has: nothing matches across the end of a sentence.
    """
    return text.translate(_FOLDING)
