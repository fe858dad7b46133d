"""The cleaner: a raw article in, its readable text out, with everything that was removed.

Warnings, by code:

| code | meaning |
| --- | --- |
| broken_markup | the HTML could not be parsed; only its tags were removed, and boilerplate may be left |
| content_type_conflict | the body was declared as text but is HTML; it was read as HTML |
| doubtful_teaser | a line above the body may belong to another article; it was kept |
| implausible_date | `published_at` is before 1450 or after 2100; it was passed on as it is |
| index_page, video_page, paywall_stub | with not_an_article: the kind of page that it seems to be |
| language_conflict | the text is in another language than `language` said; `language` is the text's own |
| language_undetermined | the text does not tell its language; `language` is `und`, or a credible hint |
| naive_date | `published_at` had no offset; it was taken as UTC |
| not_an_article | the page tells no story: it is an index, a video, or a stub before a paywall |
| nul_removed | the body had NUL characters |
| repaired_encoding | characters had been decoded wrongly; they were repaired |
| several_articles | the page has more than one article; the most prominent was taken |
| source_omitted | the text has more stretches than `source` may list; `source` is empty |
| undecodable_characters | the body has U+FFFD: characters were lost before it was published |
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from streams.enrich.cleanup import markup
from streams.enrich.cleanup.draft import Draft
from streams.enrich.cleanup.duplicates import drop_duplicates
from streams.enrich.cleanup.encoding import repair
from streams.enrich.cleanup.escaped_markup import blank_cdata, plain_headline, unescape_body
from streams.enrich.cleanup.furniture import same_headline, strip_furniture
from streams.enrich.cleanup.header import Header, read_header
from streams.enrich.cleanup.language import (
    UNDETERMINED,
    detect,
    is_credible,
    is_plainly_english,
    load_detector,
)
from streams.enrich.cleanup.language_names import language_code
from streams.enrich.cleanup.metadata import Metadata
from streams.enrich.cleanup.moments import is_plausible
from streams.enrich.cleanup.pages import read_page
from streams.enrich.cleanup.paragraphs import Paragraph, join, split_lines, unwrap
from streams.enrich.cleanup.teaser_model import load_teaser_model
from streams.enrich.embedding import load_embedding
from streams.enrich.function_words import reads_as_english
from streams.errors import ArticleTooLarge, EmptyArticle
from streams.events import CleanArticle, Component, ContentType, Provenance, RawArticle

PARAGRAPH_BREAK = "\n\n"

_MOST_CHARACTERS = 10_000_000
_MOST_STRETCHES = 20_000  # in `source`; more would outweigh the text


class Cleaner:
    """Turns raw articles into clean ones. The same input gives the same output, from any thread."""

    # Raise the version with every change of the output: the same input under the same provenance gives the
    # same bytes.
    provenance = Component(name="wireroom-cleaner", version="5")

    def __init__(self) -> None:
        load_teaser_model()
        load_embedding()
        load_detector()

    def clean(self, raw: RawArticle) -> CleanArticle:
        """Return the article as clean text.

        Raise EmptyArticle when no text is left, and ArticleTooLarge when the body has more than ten million
        characters.
        """
        _require_size(raw)
        draft = Draft(headline=repair(plain_headline(raw.headline)) if raw.headline else None)
        body = _read_body(raw, draft)
        _note_damage(raw.body, body.paragraphs, draft)
        story = strip_furniture(body.paragraphs, draft)
        hint = language_code(raw.language) or language_code(body.metadata.language)
        language = _language_of(story, hint)
        is_english = language == "en" or (
            language == UNDETERMINED and reads_as_english(" ".join(paragraph.text for paragraph in story))
        )
        header = read_header(story, draft.headline, is_english=is_english, is_page=body.is_page)
        above = _take_header(header, draft)
        below, repeated = drop_duplicates(header.body, (paragraph.text for paragraph in above))
        draft.remove("duplicate", *repeated)
        if not (header.headline or draft.highlights or below):
            raise EmptyArticle(
                f"article {raw.article_id} has no text; publish it with a body that can be read"
            )
        text, source = _assemble([*above, *_gather_items(below)], draft)
        return CleanArticle(
            article_id=raw.article_id,
            publisher=raw.publisher or body.metadata.publisher,
            url=raw.url or body.metadata.url,
            published_at=_check_date(raw.published_at or body.metadata.published_at, draft),
            language=_choose_language(language, text, hint, draft),
            headline=draft.headline,
            highlights=[highlight.text for highlight in draft.highlights],
            byline=draft.byline,
            dateline=draft.dateline,
            text=text,
            removed=draft.removed,
            source=source,
            warnings=draft.warnings,
            provenance=Provenance(cleaner=self.provenance),
        )


class _Body(NamedTuple):
    """The body of a raw article as paragraphs, and what a page's markup says about the article."""

    paragraphs: list[Paragraph]
    metadata: Metadata
    is_page: bool


def _require_size(raw: RawArticle) -> None:
    if len(raw.body) > _MOST_CHARACTERS:
        raise ArticleTooLarge(
            f"article {raw.article_id} has {len(raw.body):,} characters, more than {_MOST_CHARACTERS:,}; "
            "publish it in parts"
        )


def _read_body(raw: RawArticle, draft: Draft) -> _Body:
    body = blank_cdata(raw.body)
    escaped = unescape_body(body)
    body = escaped or body
    return _read_html(body, raw.url, draft) if _is_read_as_html(body, raw, draft) else _read_text(body, draft)


def _is_read_as_html(body: str, raw: RawArticle, draft: Draft) -> bool:
    if raw.content_type is ContentType.HTML:
        return markup.has_markup(body)
    looks_like_html = markup.is_html(body)
    if raw.content_type is ContentType.TEXT and looks_like_html:
        draft.warn("content_type_conflict")
    return looks_like_html


def _read_html(body: str, url: str | None, draft: Draft) -> _Body:
    page = read_page(body, url)
    draft.headline = draft.headline or page.metadata.headline
    draft.byline = page.metadata.byline
    draft.warnings.extend(page.warnings)
    for kind, text in page.beside:
        draft.remove(kind, Paragraph(text))
    draft.remove("duplicate", *map(Paragraph, page.titles))
    draft.remove("boilerplate", *map(Paragraph, [*page.dates, *page.links]))
    return _Body(page.paragraphs, page.metadata, page.is_whole)


def _read_text(body: str, draft: Draft) -> _Body:
    tags = markup.inline_tags(body)
    draft.remove("markup", *map(Paragraph, tags))
    lines = split_lines(body, markup.strip_inline_tags if tags else None)
    return _Body(unwrap(lines), Metadata(), is_page=False)


def _note_damage(body: str, paragraphs: Sequence[Paragraph], draft: Draft) -> None:
    if "\x00" in body:
        draft.warn("nul_removed")
    if "\ufffd" in body:
        draft.warn("undecodable_characters")
    if any(paragraph.mended for paragraph in paragraphs):
        draft.warn("repaired_encoding")


def _language_of(paragraphs: Sequence[Paragraph], hint: str | None) -> str:
    if is_plainly_english([word for paragraph in paragraphs for word in paragraph.words]):
        return "en"
    return detect("\n".join(paragraph.text for paragraph in paragraphs), hint)


def _take_header(header: Header, draft: Draft) -> list[Paragraph]:
    """Note headline, highlights and teasers in the draft; return headline and highlights as paragraphs."""
    draft.remove("teaser", *header.teasers)
    if header.doubtful:
        draft.warn("doubtful_teaser")
    if header.headline:
        draft.headline = header.headline.text
    headline = header.headline or (Paragraph(draft.headline) if draft.headline else None)
    repeated = [p for p in header.highlights if draft.headline and same_headline(p.text, draft.headline)]
    draft.remove("duplicate", *repeated)
    draft.highlights = [highlight for highlight in header.highlights if highlight not in repeated]
    return [headline, *draft.highlights] if headline else draft.highlights


def _gather_items(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return the paragraphs; the items of a list and the rows of a table become lines of one paragraph."""
    return [
        paragraph
        for role, run in groupby(paragraphs, key=lambda paragraph: paragraph.role)
        for paragraph in ([join(list(run), "\n")] if role in {"item", "row"} else run)
    ]


def _assemble(paragraphs: Sequence[Paragraph], draft: Draft) -> tuple[str, list[dict[str, Any]]]:
    """Return the text, and its `source` as the fields of each SourceSpan.

    The event makes the spans itself, in half the time that it takes to make them here and check them there.
    """
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


def _check_date(moment: datetime | None, draft: Draft) -> datetime | None:
    """Return the date with an offset; warn where it had none, or is implausible."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        draft.warn("naive_date")
        moment = moment.replace(tzinfo=UTC)
    if not is_plausible(moment):
        draft.warn("implausible_date")
    return moment


def _choose_language(detected: str, text: str, hint: str | None, draft: Draft) -> str:
    """Return the language that was detected, or the hint where none was and the text may be in that one."""
    if detected == UNDETERMINED:
        draft.warn("language_undetermined")
        if hint and is_credible(hint, text):
            return hint
    elif hint and hint != detected:
        draft.warn("language_conflict")
    return detected
