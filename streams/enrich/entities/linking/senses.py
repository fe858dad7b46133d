"""In which sense the name of a place stands in a text: for the place, its team, or its language."""

from __future__ import annotations

import re

from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

# Words of sports reports; a text is one when it has one of them, and one more for every SPORT_WORDS words.
SPORT = re.compile(
    r"\b(?:goals?|midfielder|striker|goalkeeper|scored|(?:quarter|semi)-?finals?|championships?|league"
    r"|tournament|coach|captain|skipper|wickets?|innings|bat(?:sman|ter|ting)|bowl(?:er|ed|ing)|half-?time"
    r"|playoffs?|touchdowns?|World Cup|matches|teammates?|squad|Grand Prix|seeded|qualifiers?|Olympics?"
    r"|medals?|cricket(?:er)?|rugby|football(?:er)?|soccer|tennis|hockey|basketball|baseball|doubles|beat"
    r"|defeated|Tour de France|world (?:titles?|champions?)|gymnast(?:s|ics?)?|athletics|volleyball|handball"
    r"|netball|judo|golfers?|skiers?|skaters?|FIFA|UEFA|Champions Cup|national team|lineups?)\b"
)
# Words that sport shares with other news count half.
SPORTING = re.compile(
    r"\b(?:games?|players?|fans|stadium|season|substitutes?|referees?|penalt(?:y|ies)|trophy|champions?|victory"
    r"|win over|loss to|kick-?off|injury time|clash)\b"
)
SPORT_WORDS = 80
TEAM_AFTER = re.compile(
    r"(?:['’]s)?\s+(?:national\s+)?(?:\w+\s+)?(?:captain|coach|skipper|striker|goalkeeper|midfielder"
    r"|defender|winger|batsman|bowler|opener|fly-half|fullback|squad|footballers?|cricketers?)\b"
)

# A game has two sides wherever it is told of.
OPPONENT_BEFORE = re.compile(
    r"\b(?:vs\.?|versus|(?:game|match|friendly|qualifier|fixture|draw)\s+(?:against|with))\s+$",
    re.IGNORECASE,
)
OPPONENT_AFTER = re.compile(r"\s+(?:vs\.?|versus)\s|\s+(?:leading|trailing)\b|\s+scores?\b")

LANGUAGE_AFTER = re.compile(
    r"[\s-]*(?:language|speaking|word|translation)|\s+(?:is|was)\s+(?:\w+\s+){1,4}language\b", re.IGNORECASE
)
LANGUAGE_BEFORE = re.compile(
    r"\b(?:speaks?|spoke|speaking|fluent|learn(?:ing|ed)?|translated)\s+"
    r"(?:(?:in|into|no|some|little|only|broken)\s+)?(?:[A-Z]\w+(?:,\s+(?:and\s+)?|\s+and\s+))*$"
)
IN_BEFORE, NO_NOUN_AFTER = (
    re.compile(r"\b(?:in|into|from)\s+$"),
    re.compile(r"\s*(?:[.,;:)”\"]|and\b|or\b|$)"),
)
LOCATIVE_BEFORE = re.compile(r"\b(?:in|across|throughout|near|outside|inside|around)\s+$", re.IGNORECASE)


class Senses:
    """What the words around the names of one text tell of their sense."""

    def __init__(self, text: str) -> None:
        self._text = text
        hits = len(SPORT.findall(text)) + len(SPORTING.findall(text)) / 2
        self.is_sport = hits >= 1 + len(text.split()) // SPORT_WORDS

    def is_team(self, cluster: Cluster) -> bool:
        """Whether the name of a place stands for its team: in a text on sport, unless it says "in France"."""
        if not self.is_sport:
            return any(self._is_side(span) for span in cluster.spans)
        if cluster.type is EntityType.MISC:
            return any(key.endswith("s") for key in cluster.keys)
        return cluster.type is EntityType.ORG or not all(self._is_locative(span) for span in cluster.spans)

    def _is_side(self, span: Span) -> bool:
        """Whether what stands beside the name makes it a team's: "Brazil vs Croatia", "Brazil's captain"."""
        return bool(
            TEAM_AFTER.match(self._text, span.end)
            or OPPONENT_AFTER.match(self._text, span.end)
            or OPPONENT_BEFORE.search(self._text, max(0, span.start - 20), span.start)
        )

    def is_language(self, cluster: Cluster) -> bool:
        """Whether the demonym mostly is the name of a language: "speaks Spanish", "a book in Spanish"."""
        return 2 * sum(self._names_language(span) for span in cluster.spans) > len(cluster.spans)

    def _names_language(self, span: Span) -> bool:
        before = self._text[max(0, span.start - 64) : span.start]
        return bool(
            LANGUAGE_AFTER.match(self._text, span.end)
            or LANGUAGE_BEFORE.search(before)
            or (IN_BEFORE.search(before) and NO_NOUN_AFTER.match(self._text, span.end))
        )

    def _is_locative(self, span: Span) -> bool:
        return bool(LOCATIVE_BEFORE.search(self._text, max(0, span.start - 16), span.start))
