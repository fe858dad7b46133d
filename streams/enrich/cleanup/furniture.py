"""Furniture: boilerplate, captions, bylines and datelines that a publisher puts around a story."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from streams.enrich.cleanup.boilerplate import is_address, is_boilerplate
from streams.enrich.cleanup.captions import is_caption
from streams.enrich.cleanup.credits import byline, is_credit, names, writer_end
from streams.enrich.cleanup.datelines import dateline_end, is_date_line
from streams.enrich.cleanup.draft import Draft, RemovedKind
from streams.enrich.cleanup.page_bylines import clean_name
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.enrich.cleanup.words import comparison_key, ends_sentence

_HIGHLIGHTS_LABEL = re.compile(r"story highlights:?\s+(?=\S)", re.IGNORECASE)
_TOP = 8  # paragraphs; byline and dateline stand among them


def strip_furniture(paragraphs: Sequence[Paragraph], draft: Draft) -> list[Paragraph]:
    """Return the paragraphs that belong to the story; note the others, byline and dateline in the draft."""
    kept: list[Paragraph] = []
    for paragraph in _split_labels(paragraphs, draft):
        if kind := _furniture_kind(paragraph.text, kept, paragraphs, draft):
            draft.remove(kind, paragraph)
        elif len(kept) < _TOP:
            kept += [rest for rest in [_cut_dateline(paragraph, draft)] if rest.text]
        else:
            kept.append(paragraph)
    return kept


def same_headline(line: str, headline: str) -> bool:
    """Return True if `line` and `headline` differ in signs and case at most."""
    return comparison_key(line) == comparison_key(headline)


def _split_labels(paragraphs: Sequence[Paragraph], draft: Draft) -> Iterator[Paragraph]:
    """Yield the paragraphs; cut off the label of the highlights, and split a line of several credits."""
    for index, paragraph in enumerate(paragraphs):
        label = _HIGHLIGHTS_LABEL.match(paragraph.text) if index < _TOP else None
        if label:
            draft.remove("boilerplate", paragraph.cut(0, label.end()))
            yield paragraph.cut(label.end())
        elif index < _TOP and (end := writer_end(paragraph.text)):
            yield paragraph.cut(0, end)
            yield paragraph.cut(end)
        else:
            yield paragraph


def _furniture_kind(
    line: str, above: Sequence[Paragraph], story: Sequence[Paragraph], draft: Draft
) -> RemovedKind | None:
    """Return the kind of furniture that `line` is, or None; note the first byline in the draft.

    `above` is the text that was kept above the line, and `story` all that there is.
    """
    if is_caption(line):
        return "caption"
    if is_boilerplate(line) or is_date_line(line) or (not above and is_address(line)):
        return "boilerplate"
    if is_credit(line):
        if draft.byline is None and not any(ends_sentence(p.text) for p in above):
            draft.byline = byline(line)
        return "byline"
    if len(above) >= _TOP:
        return None
    if draft.headline and same_headline(line, draft.headline):
        return "duplicate"
    if draft.byline and draft.byline in line and clean_name(line) == draft.byline:
        return "byline"
    if writers := _read_byline(line, above, story, draft):
        draft.byline = draft.byline or writers
        return "byline"
    return None


def _read_byline(
    line: str, above: Sequence[Paragraph], story: Sequence[Paragraph], draft: Draft
) -> str | None:
    """Return the names in `line` if it is a byline. Names alone are a byline only below a headline."""
    below_headline = bool(draft.headline or above) and not any(ends_sentence(p.text) for p in above)
    return byline(line) or (names(line, (p.text for p in story)) if below_headline else None)


def _cut_dateline(paragraph: Paragraph, draft: Draft) -> Paragraph:
    """Return the paragraph without its dateline, and note the dateline, unless the draft has one."""
    found = dateline_end(paragraph.text) if draft.dateline is None else None
    if found is None:
        return paragraph
    draft.dateline, end = found
    draft.remove("dateline", paragraph.cut(0, end))
    return paragraph.cut(end)
