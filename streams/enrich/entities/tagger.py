"""The entity tagger: an article's mentions, made consistent and grouped into entities.

Each entity has a role if it is a person, ids where they are certain, and a salience.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from streams.enrich.blas import limit_blas_threads
from streams.enrich.entities.borders import mend_borders, with_genitive_ends
from streams.enrich.entities.brands import find_branded_places
from streams.enrich.entities.clusters import Cluster, cluster_mentions
from streams.enrich.entities.companies import find_companies
from streams.enrich.entities.consistency import make_consistent
from streams.enrich.entities.gazetteer import Gazetteer
from streams.enrich.entities.linking.identities import identify
from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import IdentityTables, load_tables
from streams.enrich.entities.readings import settle_readings
from streams.enrich.entities.roles import find_roles
from streams.enrich.entities.salience import rate_salience
from streams.enrich.entities.surfaces import trim_spans
from streams.enrich.entities.table_names import TableNames
from streams.enrich.entities.taggers.base import MentionTagger, Span
from streams.enrich.entities.taggers.registry import load_mention_tagger
from streams.enrich.function_words import foreign_stretches, reads_as_english
from streams.events import CleanArticle, Entity, EntityType, Mention, TaggedArticle

ENGLISH_ONLY_WARNING = "entities_english_only"
PARTIAL_WARNING = "entities_partial"

MAX_CHARACTERS = 500_000
"""Characters of an article that are read, some 80,000 words. This bounds the work on a body of 5 MB."""

_LONGEST_PARTICLE = 4  # letters; such words stand in names, as in Banco de la República
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s|\n\s?|[“\"«‘(¿¡])$")


class EntityTagger:
    """Finds the entities of clean articles.

    The mention tagger finds names; the article as a whole and the identity tables add the rest. The user's
    gazetteer wins over both.
    """

    def __init__(
        self, mention_tagger: MentionTagger, tables: IdentityTables, gazetteer: Gazetteer | None = None
    ) -> None:
        self._mention_tagger = mention_tagger
        self._tables = tables
        self._gazetteer = gazetteer
        versions = [mention_tagger.provenance.version, f"tables.{tables.version}"]
        if gazetteer:
            versions.append(f"gazetteer.{gazetteer.version}")
        self.provenance = mention_tagger.provenance.model_copy(update={"version": "+".join(versions)})

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        """Return each article with its entities, in the order given.

        Only the first 500,000 characters are read; the warning `entities_partial` marks a longer article.
        """
        texts = [_readable_part(article.text) for article in articles]
        mentions = self._mention_tagger.mentions(texts)
        return [
            self._with_entities(article, self._entities(article, text, spans))
            for article, text, spans in zip(articles, texts, mentions, strict=True)
        ]

    def _entities(self, article: CleanArticle, text: str, spans: Sequence[Span]) -> list[Entity]:
        reader = LocationReader(text, self._tables)
        if _is_english(article):
            spans = self._english_names(text, reader, _without_foreign_words(text, spans))
        else:
            spans = trim_spans(text, [span for span in spans if _is_plainly_a_name(text, span)])
            spans = make_consistent(text, spans, self._tables.usual_types(text, spans))
        if self._gazetteer:
            spans = self._gazetteer.merge(text, spans)
        if not spans:
            return []
        clusters = cluster_mentions(text, spans, self._canonical_name)
        rows = zip(
            clusters,
            identify(text, clusters, self._tables, article.dateline or "", reader),
            find_roles(text, clusters, spans),
            rate_salience(clusters, article),
            strict=True,
        )
        entities = [self._entity(text, *row) for row in rows]
        return sorted(entities, key=lambda entity: (-entity.salience, entity.mentions[0].start))

    def _english_names(self, text: str, reader: LocationReader, spans: Sequence[Span]) -> list[Span]:
        """Return the mentions whole, with the types that the tables and the article tell."""
        names = TableNames(text, self._tables, reader)
        tagged = names.complete(mend_borders(text, trim_spans(text, spans), self._tables))
        spans = make_consistent(text, tagged, self._tables.usual_types(text, tagged, names.places))
        companies = find_companies(text, spans)
        if companies:
            spans = [
                span._replace(type=EntityType.ORG) if text[span.start : span.end] in companies else span
                for span in spans
            ]
            spans = with_genitive_ends(text, spans, self._tables)
        brands = find_branded_places(text, spans, self._tables)
        return settle_readings(text, spans, tagged, self._tables, reader, brands)

    def _entity(
        self, text: str, cluster: Cluster, ids: dict[str, str], role: str | None, salience: float
    ) -> Entity:
        return Entity(
            id=entity_id(cluster.type, cluster.name),
            type=cluster.type,
            name=cluster.name,
            role=role,
            ids=self._gazetteer_ids(cluster) or ids,
            salience=salience,
            count=len(cluster.spans),
            mentions=[
                Mention(start=span.start, end=span.end, text=text[span.start : span.end])
                for span in cluster.spans
            ],
        )

    def _canonical_name(self, key: str, type_: EntityType) -> str | None:
        entry = self._gazetteer.entry(type_, key) if self._gazetteer else None
        return f"own {entry.names[0]}" if entry else self._tables.canonical_name(key, type_)

    def _gazetteer_ids(self, cluster: Cluster) -> dict[str, str] | None:
        if not self._gazetteer:
            return None
        entries = (self._gazetteer.entry(cluster.type, key) for key in cluster.keys)
        return next((entry.ids for entry in entries if entry), None)

    def _with_entities(self, article: CleanArticle, entities: list[Entity]) -> TaggedArticle:
        if not _is_english(article):
            article = article.warned(ENGLISH_ONLY_WARNING)
        if len(article.text) > MAX_CHARACTERS:
            article = article.warned(PARTIAL_WARNING)
        provenance = article.provenance.model_copy(update={"tagger": self.provenance})
        # The article was validated when it was decoded, and the rest comes from us: skip a second validation.
        return TaggedArticle.model_construct(
            **{**dict(article), "entities": entities, "provenance": provenance}
        )


def load_tagger(name: str = "compact", gazetteer: Path | None = None) -> EntityTagger:
    """Load the tagger called `name` (`compact`, `accurate`, `rules` or `spacy:NAME`) and a user's gazetteer.

    `compact` falls back to the rules when its model file is missing; the log and the provenance say so.
    From then on numpy's BLAS uses one thread in this process. Raise UnknownTagger or GazetteerError.
    """
    limit_blas_threads()
    own_names = Gazetteer.load(gazetteer) if gazetteer else None
    return EntityTagger(load_mention_tagger(name), load_tables(), own_names)


def entity_id(type_: EntityType, name: str) -> str:
    """Return 16 hex digits that are the same for this name and type in every article."""
    return hashlib.sha256(f"{type_}\x00{name}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _is_english(article: CleanArticle) -> bool:
    """Return True if the article is in English, or its language is not known and it reads as English."""
    language = article.language.lower().replace("_", "-").partition("-")[0]
    return language == "en" or (language in {"", "und"} and reads_as_english(article.text))


def _readable_part(text: str) -> str:
    """Return the text, or its first `MAX_CHARACTERS` up to the end of a word."""
    if len(text) <= MAX_CHARACTERS:
        return text
    end = text.rfind(" ", 0, MAX_CHARACTERS)
    return text[: end if end > 0 else MAX_CHARACTERS]


def _without_foreign_words(text: str, spans: Sequence[Span]) -> Sequence[Span]:
    """Return the spans; of those in a quotation in another language only the names that the rest has too."""
    stretches = foreign_stretches(text)
    if not stretches:
        return spans
    foreign = [any(start <= span.start < end for start, end in stretches) for span in spans]
    named = {
        word
        for span, is_foreign in zip(spans, foreign, strict=True)
        if not is_foreign
        for word in text[span.start : span.end].split()
    }
    return [
        span
        for span, is_foreign in zip(spans, foreign, strict=True)
        if not is_foreign or named.issuperset(text[span.start : span.end].split())
    ]


def _is_plainly_a_name(text: str, span: Span) -> bool:
    """Return True if the span looks like a name in any language.

    It begins and ends with capitalised words, has no long word in lower case between them, and is more than
    the first word of a sentence.
    """
    words = text[span.start : span.end].split()
    if not words:
        return False
    starts_sentence = _SENTENCE_START.search(text, max(0, span.start - 4), span.start) is not None
    is_capitalised = words[0][0].isupper() and words[-1][0].isupper()
    is_capitalised &= all(word[0].isupper() or len(word) <= _LONGEST_PARTICLE for word in words)
    return is_capitalised and (len(words) > 1 or not starts_sentence)
