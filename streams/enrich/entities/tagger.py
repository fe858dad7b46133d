"""The entity tagger: mentions, made consistent, grouped into entities with roles, ids and salience."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from streams.enrich.entities.clusters import Cluster, cluster
from streams.enrich.entities.consistency import consistent
from streams.enrich.entities.gazetteer import Gazetteer
from streams.enrich.entities.linking.identities import Identities
from streams.enrich.entities.roles import roles
from streams.enrich.entities.rules import RuleTagger
from streams.enrich.entities.salience import salience
from streams.enrich.entities.taggers.base import MentionTagger, Span, load_mention_tagger
from streams.events import CleanArticle, Entity, EntityType, Mention, TaggedArticle

ENGLISH_ONLY = "entities_english_only"
PARTIAL = "entities_partial"
READ_CHARACTERS = 500_000  # some 80,000 words; bounds the work on a body of 5 MB

COMPACT_MODEL = Path(__file__).with_name("models") / "compact.npz"


_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s|\n\s?|[“\"«‘(¿¡])$")


class EntityTagger:
    """Finds the entities of clean articles.

    The mention tagger finds names; everything else here is what the article and the tables say about them.
    The user's gazetteer wins over both.
    """

    def __init__(
        self, mention_tagger: MentionTagger, identities: Identities, gazetteer: Gazetteer | None = None
    ) -> None:
        self._mention_tagger = mention_tagger
        self._identities = identities
        self._gazetteer = gazetteer
        parts = [mention_tagger.provenance.version, f"tables.{identities.version}"]
        if gazetteer:
            parts.append(f"gazetteer.{gazetteer.version}")
        self.provenance = mention_tagger.provenance.model_copy(update={"version": "+".join(parts)})

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        """Each article with its entities, in the order given.

        What lies beyond the first 500,000 characters is not read; the warning `entities_partial` says so.
        """
        texts = [_read_part(article.text) for article in articles]
        found = self._mention_tagger.mentions(texts)
        return [
            self._tagged(article, self._entities(article, text, spans))
            for article, text, spans in zip(articles, texts, found, strict=True)
        ]

    def _entities(self, article: CleanArticle, text: str, found: Sequence[Span]) -> list[Entity]:
        if not _is_english(article):
            found = [span for span in found if _stands_out(text, span)]
        spans = consistent(text, found, self._identities.usual_types(text, found))
        if self._gazetteer:
            spans = self._gazetteer.merge(text, spans)
        if not spans:
            return []
        clusters = cluster(text, spans, self._same_thing)
        ids = self._identities.identify(text, clusters)
        weights = salience(clusters, article)
        said = roles(text, clusters, spans)
        rows = sorted(
            zip(clusters, ids, weights, said, strict=True), key=lambda row: (-row[2], row[0].spans[0].start)
        )
        return [
            Entity(
                id=entity_id(c.type, c.name),
                type=c.type,
                name=c.name,
                role=role,
                ids=self._own_ids(c) or known,
                salience=weight,
                count=len(c.spans),
                mentions=[
                    Mention(start=s.start, end=s.end, text=article.text[s.start : s.end]) for s in c.spans
                ],
            )
            for c, known, weight, role in rows
        ]

    def _same_thing(self, key: str, type_: EntityType) -> str | None:
        entry = self._gazetteer.entry(type_, key) if self._gazetteer else None
        return f"own {entry.names[0]}" if entry else self._identities.same_thing(key, type_)

    def _own_ids(self, c: Cluster) -> dict[str, str] | None:
        if not self._gazetteer:
            return None
        return next((e.ids for key in c.keys if (e := self._gazetteer.entry(c.type, key))), None)

    def _tagged(self, article: CleanArticle, entities: list[Entity]) -> TaggedArticle:
        if not _is_english(article):
            article = article.warned(ENGLISH_ONLY)
        if len(article.text) > READ_CHARACTERS:
            article = article.warned(PARTIAL)
        provenance = article.provenance.model_copy(update={"tagger": self.provenance})
        # The article was validated when it came in, and what is added is ours: no need to validate again.
        return TaggedArticle.model_construct(
            **{**dict(article), "entities": entities, "provenance": provenance}
        )


def load_tagger(name: str = "compact", gazetteer: Path | None = None) -> EntityTagger:
    """The tagger called NAME (`compact`, `accurate`, `spacy:NAME` or `rules`), a user's GAZETTEER over it.

    `compact` falls back to the rules where its model file is missing; provenance says which one is in use.
    Raises UnknownTagger or GazetteerError.
    """
    identities = _identities()
    own = Gazetteer.load(gazetteer) if gazetteer else None
    if name == "rules" or (name == "compact" and not COMPACT_MODEL.is_file()):
        return EntityTagger(RuleTagger(identities), identities, own)
    return EntityTagger(load_mention_tagger(name), identities, own)


def _is_english(article: CleanArticle) -> bool:
    """Whether the taggers know the language, or nobody does."""
    return article.language in ("en", "und", "")


def _read_part(text: str) -> str:
    """TEXT, or as much of it as is read, up to the end of a word."""
    if len(text) <= READ_CHARACTERS:
        return text
    end = text.rfind(" ", 0, READ_CHARACTERS)
    return text[: end if end > 0 else READ_CHARACTERS]


def _stands_out(text: str, span: Span) -> bool:
    """Whether SPAN looks like a name in any language: capitals that are not just those of a first word."""
    words = text[span.start : span.end].split()
    if not words:
        return False
    begins = _SENTENCE_START.search(text, max(0, span.start - 4), span.start) is not None
    return words[0][0].isupper() and words[-1][0].isupper() and (len(words) > 1 or not begins)


def entity_id(type_: EntityType, name: str) -> str:
    """16 hex digits that stand for this name and type in every article."""
    return hashlib.sha256(f"{type_}\x00{name}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


@cache
def _identities() -> Identities:
    return Identities.load()
