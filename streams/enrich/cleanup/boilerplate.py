"""Boilerplate: lines of promotion, subscription, sharing, copyright and navigation around an article.

There are four kinds of rule: how a line opens, in English or another language; what it contains; words of a
page's controls and nothing else; and calls to the reader on two subjects in a short line. The patterns and
the words are in boilerplate.toml. Every rule looks at lines of limited length only.
"""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick, Implementation

from streams.enrich.cleanup.line_patterns import TABLES, alternatives, pattern, word_set

_LONGEST = 800  # characters; a longer line has a story in it
_LONGEST_CALL = 350
_LONGEST_FOREIGN = 200
_LONGEST_CONTROL = 120
_MOST_SIGNS = 9  # around a line, neither letter nor digit; more are a rule, or an attack on the patterns

_OPENINGS = re.compile(rf"[\W_]{{0,9}}(?:{alternatives(TABLES['openings'])})[\W_]{{0,9}}")


def _foreign_openings() -> str:
    tables = dict(TABLES["foreign"])
    labels = alternatives(tables.pop("other_stories"))
    return rf"(?:{labels})(?:\s?[:\uff1a»›>|].{{0,200}})?|{alternatives(tables)}"


_FOREIGN_OPENINGS = re.compile(rf"[\W_]{{0,3}}(?:{_foreign_openings()})[\W_]{{0,9}}")

_CONTENTS = [
    re.compile(rf".{{0,200}}(?:{pattern(rule['pattern'])}).{{0,300}}") for rule in TABLES["contents"].values()
]
_CALLS = TABLES["calls"]
_STRONG_CALLS = [re.compile(pattern(call)) for call in _CALLS["strong"].values()]
_WEAK_CALLS = [re.compile(pattern(call)) for call in _CALLS["weak"].values()]
_ENOUGH_CALLS = 2

# One pass over a line finds the words of all rules: first those of _CONTENTS, in order, then those of calls.
_WORDS = AhoCorasick(
    [*(rule["word"] for rule in TABLES["contents"].values()), *_CALLS["words"]],
    implementation=Implementation.DFA,
)

_STANDALONE_CONTROLS = word_set(TABLES["control_words"]["standalone"])
_SITES = word_set(TABLES["control_words"]["sites"])
_CONTROLS = _STANDALONE_CONTROLS | _SITES | word_set(TABLES["control_words"]["others"])

# How a line opens that speaks to the reader.
_TO_THE_READER = re.compile(
    r"""(?x)
    [\W_]{0,3}(?:editor['’]?s['’]?\ note:\ )?(?:
      for|get|sign|subscribe|follow|click|download|join|listen|donate|watch|check|visit|read|see|want
          |find|support
    | like\ (?:this|what|us)|become|stay|tune|catch|try|start|help|please|if\ you|interested|don['’]t\ miss
        |have|love
    | keep\ up|make\ sure|add|enter|enjoy|never
    | to\ (?:get|receive|read|subscribe|learn|see|find|listen|watch|join|support|continue|view|access|sign)
    )\b
    """
)
_REPORTS = re.compile(r"\b(?:said|says|told|asked|wrote)\b")  # what somebody said is part of the story
_OUR_OR_YOUR = re.compile(r"\b(?:y?our|us)\b")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)


def is_boilerplate(line: str) -> bool:
    """Return True if `line` is boilerplate, and not part of the story."""
    if len(line) > _LONGEST:
        return False
    lower = line.lower()
    return (
        _OPENINGS.fullmatch(lower, 0, end_of_words(lower)) is not None
        or (
            len(lower) <= _LONGEST_FOREIGN
            and " the " not in lower
            and _FOREIGN_OPENINGS.fullmatch(lower) is not None
        )
        or _is_control(lower)
        or _contains_boilerplate(lower)
    )


def is_address(line: str) -> bool:
    """Return True if `line` is an address on the web, and nothing else."""
    return _ADDRESS.fullmatch(line) is not None


def end_of_words(line: str) -> int:
    """Return where `line` ends, without the signs that trail far behind its last letter or digit."""
    end = len(line)
    while end and not line[end - 1].isalnum():
        end -= 1
    return end + _MOST_SIGNS


def _is_control(lower: str) -> bool:
    if len(lower) > _LONGEST_CONTROL:
        return False
    tokens = [token for token in re.findall(r"[^\W_]+", lower) if not token.isdigit()]
    if not tokens:  # a rule between sections: ___ or * * *
        return "__" in lower
    if not _CONTROLS.issuperset(tokens):
        return False
    return not _STANDALONE_CONTROLS.isdisjoint(tokens) or len(_SITES.intersection(tokens)) > 1


def _contains_boilerplate(lower: str) -> bool:
    found = {index for index, _, _ in _WORDS.find_matches_as_indexes(lower, overlapping=True)}
    if not found or _REPORTS.search(lower):
        return False
    if any(_CONTENTS[index].fullmatch(lower) for index in found if index < len(_CONTENTS)):
        return True
    return max(found) >= len(_CONTENTS) and _calls_the_reader(lower)


def _calls_the_reader(lower: str) -> bool:
    if len(lower) > _LONGEST_CALL or lower[0] in "\"“‘'":
        return False
    if not (_OUR_OR_YOUR.search(lower) or _TO_THE_READER.match(lower)):
        return False
    strong = sum(call.search(lower) is not None for call in _STRONG_CALLS)
    weak = sum(call.search(lower) is not None for call in _WEAK_CALLS)
    return strong > 0 and strong + weak >= _ENOUGH_CALLS
