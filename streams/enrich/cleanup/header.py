"""The lines above an article's body: headline, highlights, and teasers that belong to other articles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from streams.enrich.cleanup.credits import is_fields
from streams.enrich.cleanup.paragraphs import BULLET, LIST_ITEM, Paragraph
from streams.enrich.cleanup.teasers import TeaserJudge, Verdict
from streams.enrich.cleanup.words import ends_sentence

_DEEPEST = 12  # paragraphs that may be above a body
_MOST_LINES = 40  # in them; more are a list that belongs to the body
_LONGEST_HEADLINE = 200  # characters
_LONGEST_PLAIN_HEADLINE = 110
_STANDS_OUT = 0.75  # of the length of every highlight; a headline is shorter than that
_HIGHLIGHT = range(25, 331)  # characters
_FEWEST_AMONG = 3  # lines of the article's own; a line after the first of them is most likely one more
_COVERED = 0.4  # share of a line's words that the body must repeat
_TITLE_CASE = 0.8  # share of a line's long words that begin with a capital
_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.)+$|\b(?:[Jj]r|[Ss]r|[Ii]nc|[Cc]o|[Ll]td|[Nn]o|[Vv]s|etc)\.$")


@dataclass
class Header:
    """The lines above the body by what they are, and the body."""

    headline: Paragraph | None = None
    highlights: list[Paragraph] = field(default_factory=list)
    teasers: list[Paragraph] = field(default_factory=list)
    doubtful: bool = False
    body: list[Paragraph] = field(default_factory=list)


def read_header(
    paragraphs: Sequence[Paragraph],
    headline: str | None,
    *,
    is_english: bool = True,
    is_page: bool = False,
) -> Header:
    """Return the lines above the body apart from the body.

    `headline` is the publisher's, or None. In a page the markup has told most teasers apart already, so a
    line is doubtful at most.
    """
    start = _body_start(paragraphs)
    if start is None or sum(p.text.count("\n") + 1 for p in paragraphs[:start]) > _MOST_LINES:
        return Header(body=list(paragraphs))
    judge = TeaserJudge([paragraph.words for paragraph in paragraphs[start:]], is_english=is_english)
    above = _split_lists(paragraphs[:start])
    # Labelled fields are text, though neither highlights nor teasers. The first line may be a headline.
    lines = [
        line for index, line in enumerate(above) if not is_fields(line.text) or (index == 0 and not headline)
    ]
    verdicts = _judge_lines(lines, judge, is_english=is_english)
    if is_page:
        verdicts = [Verdict.DOUBTFUL if verdict is Verdict.TEASER else verdict for verdict in verdicts]
    header = Header(
        teasers=[line for line, verdict in zip(lines, verdicts, strict=True) if verdict is Verdict.TEASER],
        doubtful=Verdict.DOUBTFUL in verdicts,
    )
    _take_headline_and_highlights(header, _own_lines(lines, verdicts), headline, judge)
    taken = {id(line) for line in (header.headline, *header.highlights, *header.teasers)}
    header.body = [*(line for line in above if id(line) not in taken), *paragraphs[start:]]
    return header


def _body_start(paragraphs: Sequence[Paragraph]) -> int | None:
    """Return the index of the first paragraph of prose, or None."""
    for fewest_words in (20, 10):
        for index, paragraph in enumerate(paragraphs[:_DEEPEST]):
            if (
                ends_sentence(paragraph.text)
                and not LIST_ITEM.match(paragraph.text)
                and len(paragraph.words) >= fewest_words
            ):
                return index
    return None


def _split_lists(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return each line of the paragraphs as a paragraph, without its bullet."""
    lines: list[Paragraph] = []
    for paragraph in paragraphs:
        offset = 0
        for line in paragraph.text.split("\n"):
            bullet = BULLET.match(line)
            start = offset + (bullet.end() if bullet else 0)
            lines.append(paragraph.cut(start, offset + len(line)))
            offset += len(line) + 1
    return lines


def _judge_lines(lines: Sequence[Paragraph], judge: TeaserJudge, *, is_english: bool) -> list[Verdict]:
    verdicts = [judge.judge(line.text) for line in lines]
    own = [line for line, verdict in zip(lines, verdicts, strict=True) if verdict is Verdict.OWN]
    if len(own) == len(lines):
        return verdicts
    # The other lines above the body speak for a line as well as the body does.
    second_judge = judge.above([line.words for line in own])
    among = len(own) >= _FEWEST_AMONG
    for index, line in enumerate(lines):
        if verdicts[index] is not Verdict.OWN:
            verdicts[index] = second_judge.judge(line.text, among_own=among and index > 0)
        if verdicts[index] is Verdict.TEASER and index > 0 and _is_sentence(line.text):
            # Many an article begins with a sentence that stands alone.
            verdicts[index] = Verdict.DOUBTFUL
    if verdicts[0] is Verdict.DOUBTFUL and len(own) > 1 and is_english:
        # Above the article's own lines doubt is enough: on 242 articles with highlights this finds 98 of 100
        # titles of other articles instead of 95, and takes two of their own for such titles.
        verdicts[0] = Verdict.TEASER
    return verdicts


def _own_lines(lines: Sequence[Paragraph], verdicts: Sequence[Verdict]) -> list[Paragraph]:
    """Return the article's own lines, and the doubtful lines between them."""
    own = [index for index, verdict in enumerate(verdicts) if verdict is Verdict.OWN]
    if not own:
        return []
    return [
        line
        for index, (line, verdict) in enumerate(zip(lines, verdicts, strict=True))
        if verdict is Verdict.OWN or (verdict is Verdict.DOUBTFUL and own[0] < index < own[-1])
    ]


def _take_headline_and_highlights(
    header: Header, own: Sequence[Paragraph], headline: str | None, judge: TeaserJudge
) -> None:
    """Set headline and highlights of `header` from the article's `own` lines."""
    run = own[: _head_length(own, judge)]
    if not headline and run and _is_headline(run, after_teaser=bool(header.teasers)):
        header.headline, *run = run
    if len(run) > 1 or (run and (headline or header.headline)):
        header.highlights = list(run)


def _head_length(lines: Sequence[Paragraph], judge: TeaserJudge) -> int:
    """Return how many of `lines` are headline and highlights; the others begin the body.

    A line that the body does not repeat is one of them only if another follows.
    """
    length = 0
    for index, line in enumerate(lines):
        text = line.text
        if len(text) > _HIGHLIGHT.stop:
            return length
        if _ends_in_full_stop(text) and not (index == 0 and _is_title_case(text)):
            return length
        if len(text) < _HIGHLIGHT.start and index > 0:
            return length
        if index == 0 or judge.coverage(text) >= _COVERED:
            length = index + 1
    return length


def _is_headline(run: Sequence[Paragraph], *, after_teaser: bool) -> bool:
    """Return True if the first of `run` is a headline, rather than the first of its highlights.

    Where a teaser stands in the headline's place, the lines after it are highlights, unless one stands out.
    """
    first, rest = run[0].text, run[1:]
    if len(first) > _LONGEST_HEADLINE or (_ends_in_full_stop(first) and not _is_title_case(first)):
        return False
    if not rest or rest[0].after_blank or _is_title_case(first):
        return True
    if len(first) < _STANDS_OUT * min(len(highlight.text) for highlight in rest):
        return True
    return not after_teaser and len(first) <= _LONGEST_PLAIN_HEADLINE


def _ends_in_full_stop(text: str) -> bool:
    """Return True if `text` ends in a full stop that is not an abbreviation's."""
    return text.endswith(".") and _ABBREVIATION.search(text) is None


def _is_sentence(text: str) -> bool:
    """Return True if `text` ends in a full stop, perhaps inside a quotation, and is not in title case."""
    return _ends_in_full_stop(text.rstrip('"”')) and not _is_title_case(text)


def _is_title_case(text: str) -> bool:
    long_words = [word for word in text.split() if len(word) > 3]
    capitals = sum(word[0].isupper() for word in long_words)
    return len(long_words) > 2 and capitals >= _TITLE_CASE * len(long_words)
