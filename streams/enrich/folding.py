"""Folding: what two spellings of the same words have in common, character by character."""

from __future__ import annotations

import unicodedata


class _Folding(dict[int, int]):
    """Character to folded character, one for one, filled when a character is first met."""

    def __missing__(self, code: int) -> int:
        base = unicodedata.normalize("NFKD", chr(code))[0].lower()
        folded = ord(base) if len(base) == 1 and base.isalnum() else 32
        self[code] = folded
        return folded


_FOLDING = _Folding()
_ASCII = frozenset(map(chr, range(128)))
_FEW = 16


def fold_characters(text: str) -> str:
    """Return `text` in lower case without accents, at the same length; all but letters and digits are spaces.

    Two signs in a row become two spaces, which no phrase has. So no phrase matches across a sentence's end.
    """
    if not text.isascii() and len(others := set(text) - _ASCII) <= _FEW:
        # str.translate is several times as fast on ASCII, and news has a few other signs: dashes and quotes.
        for character in others:
            text = text.replace(character, chr(_FOLDING[ord(character)]))
    return text.translate(_FOLDING)
