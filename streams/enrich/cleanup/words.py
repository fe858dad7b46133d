"""Words as cleanup counts them, and what tells a sentence from a line."""

from __future__ import annotations

import re
from itertools import chain

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SPACES_FOR_SIGNS = "".join(c if c.isalnum() or c == "'" else " " for c in map(chr, range(128)))
# Full stops, also of Urdu, Armenian, Syriac, Hindi, Tibetan, Burmese, Ethiopic, Khmer and Mongolian.
_FINAL = ".!?…。！？؟।؛۔։܀-܂॥།༎။።፧፨។៕᠃᠉｡︒．"
_CLOSING = "\"”’')\\]»›」』】）］"
_SENTENCE_END = re.compile(rf"[{_FINAL}][{_CLOSING}]*$")
_SENTENCE_ENDS = re.compile(rf"[。！？｡]|[{_FINAL}](?=[\s{_CLOSING}]|$)")
# Scripts in which a sentence may end with a space or with nothing, and how many characters a headline lacks.
_STOPLESS = re.compile("[\u0e00-\u0eff\u0f00-\u0fff]"), 80  # Thai, Lao, Tibetan
_SELDOM_STOPPED = re.compile("[\u0600-\u06ff]"), 75  # Arabic
_SHORTEST_PROSE = 6  # words; fewer may be a title that ends in a question mark


def words(text: str) -> list[str]:
    """Return the lower-cased words in order; a script without spaces between words gives character pairs."""
    if text.isascii():
        tokens = text.lower().translate(_SPACES_FOR_SIGNS).split()  # two thirds of the time of a search
        if "'" in text:
            return list(chain.from_iterable(_WORD.findall(w) if "'" in w else (w,) for w in tokens))
        return tokens
    tokens = _WORD.findall(text.lower())
    if not _UNSPACED.search(text):
        return tokens
    pairs: list[str] = []
    for token in tokens:
        if _UNSPACED.search(token):
            pairs.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        else:
            pairs.append(token)
    return pairs


def ends_sentence(text: str) -> bool:
    """Return True if `text` ends as a sentence does, or is long and in a script without full stops."""
    end = text[-8:]
    if _SENTENCE_END.search(end) is not None:
        return True
    return not end.isascii() and any(
        len(text) >= shortest and script.search(end) for script, shortest in (_STOPLESS, _SELDOM_STOPPED)
    )


def is_stopless(text: str) -> bool:
    """Return True if `text` ends in a script that has no full stops, such as Thai."""
    return _STOPLESS[0].search(text[-8:]) is not None


def count_sentences(text: str) -> int:
    """Return how many sentences end in `text`."""
    return len(_SENTENCE_ENDS.findall(text))


def is_prose(text: str) -> bool:
    """Return True if `text` ends as a sentence does and is long enough not to be a title."""
    return ends_sentence(text) and len(words(text)) >= _SHORTEST_PROSE


def comparison_key(text: str) -> str:
    """Return the letters and digits of `text` without case. Two lines with one key say the same."""
    return " ".join(_WORD.findall(text.casefold()))
