"""The cleaner: a raw article in, its readable text out, with everything that was removed.

Warnings, by code:

| code | what it says |
| --- | --- |
| broken_markup | the HTML could not be parsed; its tags were taken out and its text kept, furniture and all |
| content_type_conflict | declared as text, but HTML; read as HTML |
| doubtful_teaser | a line above the body may belong to another article; kept |
| implausible_date | `published_at` is before 1450 or after 2100; passed on as it is |
| index_page, video_page, paywall_stub | with not_an_article: what the page seems to be |
| language_conflict | the text is in another language than `language` said; the text's own is given |
| language_undetermined | the text is too short, or in several languages; `language` is `und` or a hint |
| naive_date | `published_at` had no offset; taken as UTC |
| not_an_article | the page tells no story: an index, a video, a stub before a paywall |
| nul_removed | the body held NUL characters |
| repaired_encoding | characters had been decoded wrongly, and were put right |
| several_articles | the page holds more than one article; the most prominent was taken |
| source_omitted | the text has more stretches than `source` may list; it is empty |
| undecodable_characters | the body holds U+FFFD: characters were lost before it came here |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Literal

from streams.enrich.cleanup import boilerplate, pages
from streams.enrich.cleanup.duplicates import drop_duplicates
from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.header import read_header, same_headline
from streams.enrich.cleanup.language import (
    UNDETERMINED,
    detect,
    is_plainly_english,
    is_too_short,
    load_detector,
)
from streams.enrich.cleanup.metadata import Metadata
from streams.enrich.cleanup.paragraphs import Paragraph, join, split_lines, unwrap
from streams.enrich.cleanup.teasers import load_teaser_model
from streams.enrich.cleanup.words import ends_sentence
from streams.enrich.embedding import load_embedding
from streams.errors import ArticleTooLarge, EmptyArticle
from streams.events import CleanArticle, Component, ContentType, Provenance, RawArticle, Removed

RemovedKind = Literal["teaser", "boilerplate", "duplicate", "caption", "byline", "dateline", "markup"]

PARAGRAPH_BREAK = "\n\n"

_ISO_639_1 = re.compile(r"[a-z]{2}")
_MOST_CHARACTERS = 10_000_000
_HIGHLIGHTS_LABEL = re.compile(r"story highlights:?\s+(?=\S)", re.IGNORECASE)
_TOP = 8  # paragraphs, among which byline and dateline stand
_MOST_STRETCHES = 20_000  # in `source`; more would outweigh the text
_FIRST_PRINT, _FAR_FUTURE = 1450, 2100  # years: the stage has no clock


@dataclass
class _Draft:
    """An article while it is being cleaned."""

    headline: str | None
    byline: str | None = None
    dateline: str | None = None
    removed: list[Removed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def remove(self, kind: RemovedKind, *paragraphs: Paragraph) -> None:
        self.removed.extend(Removed.model_construct(kind=kind, text=p.text) for p in paragraphs)

    def warn(self, code: str) -> None:
        if code not in self.warnings:
            self.warnings.append(code)


class Cleaner:
    """Turns raw articles into clean ones; the same input gives the same output, from any thread."""

    # Raise the version with every change of the output: the same input under the same provenance gives the
    # same bytes.
    provenance = Component(name="wireroom-cleaner", version="2")

    def __init__(self) -> None:
        load_teaser_model()
        load_embedding()
        load_detector()

    def clean(self, raw: RawArticle) -> CleanArticle:
        """The article as clean text.

        Raises EmptyArticle when no text is left, ArticleTooLarge when the body has more than ten million
        characters.
        """
        if len(raw.body) > _MOST_CHARACTERS:
            raise ArticleTooLarge(
                f"article {raw.article_id} has {len(raw.body):,} characters, more than {_MOST_CHARACTERS:,}; "
                "publish it in parts"
            )
        draft = _Draft(headline=repair(" ".join(raw.headline.split())) if raw.headline else None)
        stated = Metadata()
        is_page = False
        if _read_as_html(raw, draft):
            page = pages.read_page(raw.body)
            paragraphs, stated, is_page = page.paragraphs, page.metadata, page.is_whole
            draft.headline = draft.headline or stated.headline
            draft.byline = stated.byline
            draft.warnings.extend(page.warnings)
            draft.remove("caption", *map(Paragraph, page.captions))
            draft.remove("boilerplate", *map(Paragraph, page.links))
        else:
            tags = pages.inline_tags(raw.body)
            draft.remove("markup", *map(Paragraph, tags))
            paragraphs = unwrap(split_lines(raw.body, pages.strip_inline_tags if tags else None))
        _note_damage(raw.body, paragraphs, draft)
        paragraphs = _strip_furniture(paragraphs, draft)
        language = _language_of(paragraphs)
        header = read_header(
            paragraphs, draft.headline, is_english=language in {"en", UNDETERMINED}, is_page=is_page
        )
        draft.remove("teaser", *header.teasers)
        if header.doubtful:
            draft.warn("doubtful_teaser")
        top = [header.headline] if header.headline else [Paragraph(draft.headline)] if draft.headline else []
        if header.headline:
            draft.headline = header.headline.text
        again = [p for p in header.highlights if draft.headline and same_headline(p.text, draft.headline)]
        header.highlights = [p for p in header.highlights if p not in again]
        draft.remove("duplicate", *again)
        body, repeated = drop_duplicates(header.body, (p.text for p in [*top, *header.highlights]))
        draft.remove("duplicate", *repeated)
        if not header.highlights and not body and not header.headline:
            raise EmptyArticle(
                f"article {raw.article_id} has no text; publish it with a body that can be read"
            )
        text, source = _assemble([*top, *header.highlights, *_gather_items(body)], draft)
        return CleanArticle(
            article_id=raw.article_id,
            publisher=raw.publisher or stated.publisher,
            url=raw.url or stated.url,
            published_at=_published_at(raw.published_at or stated.published_at, draft),
            language=_doubt_language(language, text, raw.language or stated.language, draft),
            headline=draft.headline,
            highlights=[p.text for p in header.highlights],
            byline=draft.byline,
            dateline=draft.dateline,
            text=text,
            removed=draft.removed,
            source=source,
            warnings=draft.warnings,
            provenance=Provenance(cleaner=self.provenance),
        )


def _read_as_html(raw: RawArticle, draft: _Draft) -> bool:
    if raw.content_type is ContentType.HTML:
        return pages.has_markup(raw.body)
    looks_like_html = pages.is_html(raw.body)
    if raw.content_type is ContentType.TEXT and looks_like_html:
        draft.warn("content_type_conflict")
    return looks_like_html


def _note_damage(body: str, paragraphs: Sequence[Paragraph], draft: _Draft) -> None:
    if "\x00" in body:
        draft.warn("nul_removed")
    if "\ufffd" in body:
        draft.warn("undecodable_characters")
    if any(paragraph.mended for paragraph in paragraphs):
        draft.warn("repaired_encoding")


def _strip_furniture(paragraphs: Sequence[Paragraph], draft: _Draft) -> list[Paragraph]:
    """PARAGRAPHS without what a publisher puts around a story: boilerplate, captions, byline, dateline."""
    kept: list[Paragraph] = []
    for paragraph in _cut_labels(paragraphs, draft):
        kind = _kind_of_furniture(paragraph.text)
        if kind:
            draft.remove(kind, paragraph)
        elif not kept and boilerplate.is_address(paragraph.text):
            draft.remove("boilerplate", paragraph)
        elif draft.headline and len(kept) < _TOP and same_headline(paragraph.text, draft.headline):
            draft.remove("duplicate", paragraph)
        elif len(kept) < _TOP and (names := _read_byline(paragraph.text, kept, draft)):
            draft.byline = draft.byline or names
            draft.remove("byline", paragraph)
        elif (
            draft.dateline is None
            and len(kept) < _TOP
            and (found := boilerplate.dateline_end(paragraph.text))
        ):
            draft.dateline, end = found
            draft.remove("dateline", paragraph.cut(0, end))
            kept.append(paragraph.cut(end))
        else:
            kept.append(paragraph)
    return kept


def _cut_labels(paragraphs: Sequence[Paragraph], draft: _Draft) -> Iterator[Paragraph]:
    """Yield `paragraphs`; the label of the highlights is cut off, and a line of several credits is split."""
    for index, paragraph in enumerate(paragraphs):
        label = _HIGHLIGHTS_LABEL.match(paragraph.text) if index < _TOP else None
        if label:
            draft.remove("boilerplate", paragraph.cut(0, label.end()))
            yield paragraph.cut(label.end())
        elif index < _TOP and (end := boilerplate.writer_end(paragraph.text)):
            yield paragraph.cut(0, end)
            yield paragraph.cut(end)
        else:
            yield paragraph


def _kind_of_furniture(text: str) -> RemovedKind | None:
    if boilerplate.is_caption(text):
        return "caption"
    if boilerplate.is_boilerplate(text) or boilerplate.is_date_line(text):
        return "boilerplate"
    return "byline" if boilerplate.is_credit(text) else None


def _read_byline(text: str, above: Sequence[Paragraph], draft: _Draft) -> str | None:
    """The names that TEXT gives, when it is a byline; names alone are one below a headline only."""
    below_headline = bool(draft.headline or above) and not any(ends_sentence(line.text) for line in above)
    return boilerplate.byline(text) or (boilerplate.names(text) if below_headline else None)


def _language_of(paragraphs: Sequence[Paragraph]) -> str:
    if is_plainly_english([word for paragraph in paragraphs for word in paragraph.words]):
        return "en"
    return detect(" ".join(paragraph.text for paragraph in paragraphs))


def _gather_items(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """PARAGRAPHS with the items of a list, as markup tells them, on lines of one paragraph."""
    return [
        paragraph
        for role, run in groupby(paragraphs, key=lambda paragraph: paragraph.role)
        for paragraph in ([join(list(run), "\n")] if role == "item" else run)
    ]


def _assemble(paragraphs: Sequence[Paragraph], draft: _Draft) -> tuple[str, list[dict[str, Any]]]:
    """The text of PARAGRAPHS and its `source`, as fields: that SourceSpan is made by the event costs half."""
    text = PARAGRAPH_BREAK.join(paragraph.text for paragraph in paragraphs)
    source: list[dict[str, Any]] = []
    if sum(len(paragraph.stretches) for paragraph in paragraphs) > _MOST_STRETCHES:
        draft.warn("source_omitted")
        return text, source
    offset = 0
    for paragraph in paragraphs:
        source.extend(
            {
                "start": stretch.start + offset,
                "end": stretch.end + offset,
                "source_start": stretch.source_start,
                "source_end": stretch.source_end,
                "repaired": stretch.repaired,
            }
            for stretch in paragraph.stretches
        )
        offset += len(paragraph.text) + len(PARAGRAPH_BREAK)
    return text, source


def _published_at(moment: datetime | None, draft: _Draft) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        draft.warn("naive_date")
        moment = moment.replace(tzinfo=UTC)
    if not _FIRST_PRINT <= moment.year <= _FAR_FUTURE:
        draft.warn("implausible_date")
    return moment


def _doubt_language(language: str, text: str, hint: str | None, draft: _Draft) -> str:
    """LANGUAGE as detected in TEXT; where there is too little of that, the one of HINT."""
    hinted = hint.strip().lower().replace("_", "-").split("-")[0] if hint else ""
    if language == UNDETERMINED:
        draft.warn("language_undetermined")
        if _ISO_639_1.fullmatch(hinted) and is_too_short(text):
            return hinted
    elif hinted and hinted != language:
        draft.warn("language_conflict")
    return language
