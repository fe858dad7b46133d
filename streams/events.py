"""The contract of the wire: one event for each state of an article, in pipeline order.

    RawArticle -> CleanArticle -> TaggedArticle -> EnrichedArticle
    Fingerprint (of an EnrichedArticle) -> StoryArticle

Events are frozen, are JSON on the wire, and have `article_id` as their key. Offsets are half-open code-point
positions in `text`: `text[start:end] == mention.text` always.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from streams.timestamps import read_timestamp
from streams.urls import article_url
from streams.word_counts import count_words


def fingerprint(*parts: str) -> str:
    """Return 32 hex digits that identify `parts`; differences in white space do not count."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(" ".join(part.split()).encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()[:32]


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _reject_number(value: Any) -> Any:
    """Return `value`, unless it is a number or text that does not begin with a date.

    Pydantic reads a number, or a string such as "-20260301", as seconds since 1970.
    """
    if isinstance(value, date) or (isinstance(value, str) and _DATE.match(value)):
        return value
    raise ValueError("must be RFC 3339 text such as 2026-03-01T12:00:00Z")


def _read_producers_time(value: Any) -> Any:
    """Return the time that a producer gives in RFC 3339 or RFC 2822, or None where the text is empty."""
    if not isinstance(value, str):
        return value if value is None else _reject_number(value)
    text = value.strip()
    if not text:
        return None
    return read_timestamp(text) or _reject_number(text)


Timestamp = Annotated[datetime, BeforeValidator(_reject_number)]


class Frozen(BaseModel):
    """An immutable model that ignores unknown fields, so that newer producers may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class ContentType(StrEnum):
    """The format of a raw body."""

    TEXT = "text/plain"
    HTML = "text/html"


_CONTENT_TYPES = {
    "application/xhtml+xml": ContentType.HTML,
    "html": ContentType.HTML,
    "xhtml": ContentType.HTML,
    "text": ContentType.TEXT,
    "plain": ContentType.TEXT,
}


def _read_content_type(value: Any) -> Any:
    """Return the content type without its parameters, in lower case, or None where text is empty."""
    if not isinstance(value, str):
        return value
    name = value.partition(";")[0].strip().lower()
    return (_CONTENT_TYPES.get(name) or name) if name else None


class ArticleEvent(Frozen):
    """The part that all events of an article share: its id, which is its key on every topic."""

    ce_type: ClassVar[str]

    article_id: str = Field(
        default="",  # the events derive one, so a caller may leave it out
        validate_default=True,
        min_length=1,
        description="Identifies the article on every topic; the record key.",
        json_schema_extra=_without_default,
    )

    @property
    def key(self) -> bytes:
        """The key of the record, which keeps all versions of one article in order."""
        return self.article_id.encode()

    def to_bytes(self) -> bytes:
        """Return the event as UTF-8 JSON with the fields in model order: the same bytes every time."""
        return self.__pydantic_serializer__.to_json(self)  # model_dump_json makes a str in between


class RawArticle(ArticleEvent):
    """An article as the publisher sent it; it may be HTML, and nothing in it is trusted."""

    ce_type: ClassVar[str] = "news.article.raw.v1"

    publisher: str | None = None
    url: str | None = None
    published_at: Annotated[datetime | None, BeforeValidator(_read_producers_time)] = Field(
        default=None, description="RFC 3339; the time of a mail or feed (RFC 2822) is read as well."
    )
    headline: str | None = None
    body: str
    content_type: Annotated[ContentType | None, BeforeValidator(_read_content_type)] = Field(
        default=None, description="Detected when absent; parameters such as charset are ignored."
    )
    language: str | None = Field(default=None, description="A hint: a code or name, such as en or English.")

    @model_validator(mode="before")
    @classmethod
    def _derive_id(cls, fields: Any) -> Any:
        """Add the id that an article without one gets every time it is published."""
        if not isinstance(fields, dict) or fields.get("article_id") is not None:
            return fields
        url, headline, body = fields.get("url"), fields.get("headline"), fields.get("body")
        if isinstance(url, str) and url.strip():
            return {**fields, "article_id": fingerprint("url", article_url(url))}
        if isinstance(body, str):
            heading = headline if isinstance(headline, str) else ""  # a wrong type is reported as such
            return {**fields, "article_id": fingerprint("content", heading, body)}
        return {**fields, "article_id": "-"}  # so that the missing or wrong body is reported alone


class Removed(Frozen):
    """A part of the article that was removed, and its kind."""

    kind: Literal["teaser", "boilerplate", "duplicate", "caption", "byline", "dateline", "markup"]
    text: str


class SourceSpan(Frozen):
    """The place of a part of `text` in the raw plain-text `body`.

    `text[start:end]` comes from `body[source_start:source_end]`. Both are equal unless `repaired` is true.
    """

    start: int
    end: int
    source_start: int
    source_end: int
    repaired: bool = False


class Component(Frozen):
    """The name and version of a program part, and the trained `model` that it used, if any."""

    name: str
    version: str
    model: str | None = None


class Provenance(Frozen):
    """The parts that made an event: the same input with the same provenance gives the same bytes."""

    cleaner: Component | None = None
    tagger: Component | None = None
    labeller: Component | None = None
    taxonomy: str | None = Field(
        default=None, description="Hash of the label files in use and of the labeller's models."
    )


class CleanArticle(ArticleEvent):
    """An article as readable text. It can be made by hand from any text.

    `text` is everything that was kept: headline, highlights and body paragraphs, separated by blank lines.
    """

    ce_type: ClassVar[str] = "news.article.clean.v1"

    publisher: str | None = None
    url: str | None = None
    published_at: Timestamp | None = None
    language: str = Field(default="und", description="ISO 639-1, or und if it is unknown.")
    headline: str | None = None
    highlights: list[str] = []
    byline: str | None = None
    dateline: str | None = None
    text: str = Field(min_length=1)
    removed: list[Removed] = []
    source: list[SourceSpan] = []
    warnings: list[str] = Field(default=[], description="Codes of what to be careful about.")
    word_count: int = 0
    content_hash: str = Field(default="", description="SHA-256 of text, in hex.")
    provenance: Provenance = Provenance()

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, fields: Any) -> Any:
        """Fill in the fields that follow from the text, so that a text alone makes an event."""
        if not isinstance(fields, dict):
            return fields
        text = fields.get("text")
        if not isinstance(text, str):  # so that the missing or wrong text is reported alone
            return fields if "article_id" in fields else {**fields, "article_id": "-"}
        derived: dict[str, Any] = {}
        if fields.get("article_id") is None:
            derived["article_id"] = fingerprint("content", "", text)
        if not fields.get("word_count"):
            derived["word_count"] = count_words(text)
        if not fields.get("content_hash"):
            derived["content_hash"] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return {**fields, **derived} if derived else fields

    def warned(self, *codes: str) -> Self:
        """Return the article with `codes` among its warnings."""
        new = [code for code in codes if code not in self.warnings]
        return self.model_copy(update={"warnings": [*self.warnings, *new]}) if new else self


class EntityType(StrEnum):
    """The type of an entity: person, organisation, place, or something else."""

    PER = "PER"
    ORG = "ORG"
    LOC = "LOC"
    MISC = "MISC"


class Mention(Frozen):
    """A place where the text names an entity: `article.text[start:end] == text`."""

    start: int = Field(ge=0)
    end: int
    text: str


class Entity(Frozen):
    """A person, organisation, place or other thing, with all its mentions."""

    id: str = Field(
        description="Unique in the article; the same for the same name and type in every article."
    )
    type: EntityType
    name: str = Field(description="The fullest form in the article.")
    role: str | None = Field(default=None, description="As in the text, such as US climate envoy.")
    ids: dict[str, str] = Field(
        default={}, description="iso3166, geonames, wikidata; only those that are certain."
    )
    salience: float = Field(ge=0, le=1)
    count: int = Field(ge=1)
    mentions: list[Mention]


class TaggedArticle(CleanArticle):
    """A clean article with its entities, most salient first."""

    ce_type: ClassVar[str] = "news.article.tagged.v1"

    entities: list[Entity]


class Evidence(Frozen):
    """A phrase that is evidence for a label or, with a negative weight, against it."""

    start: int = Field(ge=0)
    end: int
    text: str
    weight: float


class Label(Frozen):
    """A topic of the article, with the phrases that are evidence for it."""

    label: str
    score: float = Field(ge=0, le=1, description="Calibrated probability.")
    iptc: list[str] = Field(default=[], description="IPTC Media Topic codes.")
    name: str
    evidence: list[Evidence] = []
    parts: dict[str, float] = Field(
        default={},
        description="What adds to the score beside the words in evidence: base, similarity, entities, "
        "article, encoder, elsewhere; docs/labels.md explains each.",
    )
    raw: float = Field(
        default=0.0, description="Score before calibration: the sum of the weights of evidence and parts."
    )


class EnrichedArticle(TaggedArticle):
    """A tagged article with the labels that are above their threshold, best first."""

    ce_type: ClassVar[str] = "news.article.enriched.v1"

    labels: list[Label]
    scores: dict[str, float | None] = Field(
        description="The probability of each label of the taxonomy; null if it is unknown."
    )


class Fingerprint(ArticleEvent):
    """The features of an article that the grouping into stories compares; see docs/stories.md."""

    ce_type: ClassVar[str] = "news.article.fingerprint.v1"

    version: int = Field(default=1, description="The version of `sketch`, `terms`, `vector` and `words`.")
    arrived_at: Timestamp = Field(description="The time at which the article was published to Wireroom.")
    publisher: str | None = None
    url: str | None = None
    published_at: Timestamp | None = None
    headline: str | None = None
    language: str = "und"
    labels: list[str] = Field(default=[], description="The codes of the labels, best first.")
    sketch: str = Field(
        default="", description="Base64 of the smallest hashes of shingles, each four bytes, little-endian."
    )
    terms: str = Field(
        default="",
        description="Base64 of the hashes of the most telling terms, four bytes each, then of their weights "
        "and of their kinds, one byte each.",
    )
    vector: str = Field(
        default="",
        description="Base64 of a direction that articles about one event have in common, in whole numbers of "
        "one byte; zeros if most words are not known, and empty in version 1.",
    )
    words: str = Field(
        default="",
        description="Base64 of a Bloom filter of the words; empty in versions 1 and 2.",
    )


class StoryArticle(ArticleEvent):
    """An article with the story that it belongs to, as it was decided when the article arrived."""

    ce_type: ClassVar[str] = "news.article.story.v1"

    story_id: str = Field(description="Names the story; derived from its first article.")
    duplicate_of: str | None = Field(
        default=None, description="The id of the article that this one reprints, or null."
    )
    similarity: float = Field(
        default=0.0, ge=0, le=1, description="To that article, or else to the story; 0 in a new story."
    )
    is_update: bool = Field(default=False, description="A newer version by the same publisher.")
    merged_into: str | None = Field(
        default=None, description="The story that `story_id` is a part of from this article on, or null."
    )
    articles: int = Field(ge=1, description="Articles in the story so far, reprints included.")
    publishers: int = Field(ge=0, description="Publishers in the story so far.")
    first_seen: Timestamp = Field(description="The time of the earliest article of the story.")
    last_seen: Timestamp = Field(description="The time of the latest article of the story.")
    headline: str | None = None
    publisher: str | None = None
    url: str | None = None
    published_at: Timestamp | None = None
    labels: list[str] = []
    sequence: int = Field(ge=1, description="The number of the article among all that the index took.")
    watermark: Timestamp = Field(description="The latest time of an article that the index took.")
    behind: int = Field(
        default=0, description="Articles in a row that arrived before the days that the index remembers."
    )
    fingerprint: Fingerprint


EVENTS: tuple[type[ArticleEvent], ...] = (
    RawArticle,
    CleanArticle,
    TaggedArticle,
    EnrichedArticle,
    Fingerprint,
    StoryArticle,
)
