"""Paragraphs that know where they stood: lines of a plain-text body, repaired, hard wraps joined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from streams.enrich.cleanup.encoding import is_mojibake, repair
from streams.enrich.cleanup.words import words

_LINE = re.compile(r"[^\n\r\x0b\x0c\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\u2028\u2029]")
_TOKEN = re.compile(r"\S+")
BULLET = re.compile(r"[-*+•◦▪●‣·–—]\s+(?=\S)")
LIST_ITEM = re.compile(rf"{BULLET.pattern}|\(?(?:\d{{1,3}}|[a-z])[.)]\s+(?=\S)")

# "voilà" whose à was read as two characters ends in "Ã" and what looks like white space: no edge to strip.
_HALF_BROKEN = frozenset("ÃÂ")
_WHITE_HALF = frozenset("\x85\xa0")

_MOST_STRETCHES = 64  # in one line; a map finer than this costs more than the text


class Stretch(NamedTuple):
    """`paragraph.text[start:end]` stood at `body[source_start:source_end]`; equal unless `repaired`."""

    start: int
    end: int
    source_start: int
    source_end: int
    repaired: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text without line breaks, except between the items of a list, and where it came from.

    `stretches` is empty for text that came from HTML; `mended` says that its characters had been decoded
    wrongly. `parted` says that a blank line stood before it; `role` is what the markup said it is (heading,
    item, quote).
    """

    text: str
    stretches: tuple[Stretch, ...] = ()
    parted: bool = True
    role: str = ""
    mended: bool = False
    _words: list[str] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def words(self) -> list[str]:
        """The text's words, lower-cased; found once, asked for often."""
        found = self._words
        if found is None:
            found = words(self.text)
            object.__setattr__(self, "_words", found)
        return found

    def cut(self, start: int, end: int | None = None) -> Paragraph:
        """The part from START to END of the text, white space at its ends dropped."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        end = start + len(text)
        return replace(self, text=text, stretches=tuple(_clip(self.stretches, start, end)))


def _clip(stretches: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    for stretch in stretches:
        if stretch.end <= start or stretch.start >= end:
            continue
        if stretch.repaired:  # its inside has no map: both halves point to the whole
            source_start, source_end = stretch.source_start, stretch.source_end
        else:
            source_start = stretch.source_start + max(0, start - stretch.start)
            source_end = stretch.source_end - max(0, stretch.end - end)
        yield Stretch(
            max(stretch.start, start) - start,
            min(stretch.end, end) - start,
            source_start,
            source_end,
            stretch.repaired,
        )


def split_lines(body: str, strip: Callable[[str], str] | None = None) -> list[Paragraph]:
    """One paragraph for each line of BODY that is not blank, repaired; STRIP takes markup out."""
    lines: list[Paragraph] = []
    end_of_last = 0
    for match in _LINE.finditer(body):
        raw = match[0].strip()
        if not raw:
            continue
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        end = start + len(raw)
        if raw[-1] in _HALF_BROKEN and body[end : end + 1] in _WHITE_HALF:
            raw = body[start : end + 1]
        text = repair(strip(raw) if strip else raw)
        if not text:
            continue
        parted = not lines or len(_BREAK.findall(body, end_of_last, match.start())) > 1
        end_of_last = match.end()
        mended = text is not raw and not raw.isascii() and is_mojibake(raw)
        lines.append(Paragraph(text, _align(raw, text, start), parted, mended=mended))
    return lines


def _align(raw: str, text: str, start: int) -> tuple[Stretch, ...]:
    """Map TEXT, repaired from RAW at START of the body, back to it, word by word where words match."""
    if raw == text:
        return (Stretch(0, len(text), start, start + len(raw), repaired=False),)
    before = list(_TOKEN.finditer(raw))
    after = list(_TOKEN.finditer(text))
    if len(before) != len(after):
        return (Stretch(0, len(text), start, start + len(raw), repaired=True),)
    stretches: list[Stretch] = []
    for source, token in zip(before, after, strict=True):
        new = Stretch(
            token.start(), token.end(), start + source.start(), start + source.end(), source[0] != token[0]
        )
        last = stretches[-1] if stretches else None
        if (
            last is not None
            and not last.repaired
            and not new.repaired
            and raw[last.source_end - start : source.start()] == text[last.end : new.start]
        ):
            stretches[-1] = last._replace(end=new.end, source_end=new.source_end)
        else:
            stretches.append(new)
    if len(stretches) > _MOST_STRETCHES:
        return (Stretch(0, len(text), start, start + len(raw), repaired=True),)
    return tuple(stretches)


def join(paragraphs: Sequence[Paragraph], separator: str = " ", solid: Set[int] = frozenset()) -> Paragraph:
    """PARAGRAPHS as one, with SEPARATOR between them, but none before those at the indices in SOLID."""
    if len(paragraphs) == 1:
        return paragraphs[0]
    pieces: list[str] = []
    stretches: list[Stretch] = []
    offset = 0
    for index, paragraph in enumerate(paragraphs):
        if index and index not in solid:
            pieces.append(separator)
            offset += len(separator)
        pieces.append(paragraph.text)
        stretches.extend(
            stretch._replace(start=stretch.start + offset, end=stretch.end + offset)
            for stretch in paragraph.stretches
        )
        offset += len(paragraph.text)
    mended = any(paragraph.mended for paragraph in paragraphs)
    return replace(paragraphs[0], text="".join(pieces), stretches=tuple(stretches), mended=mended)


_NARROWEST_WRAP, _WIDEST_WRAP = 45, 120  # mail, wire and terminal text is wrapped at 60 to 100 columns
_FEWEST_BREAKS = 3
_CUT_WORD = re.compile(r"([^\W\d_]+)-$")
_REST_OF_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_WORD = 60  # characters


def unwrap(lines: Sequence[Paragraph]) -> list[Paragraph]:
    """LINES with hard wraps joined and the items of a list together, an item a line.

    A break is a hard wrap when the next line's first word would not have fitted on the line: so do all breaks
    inside a paragraph of wrapped text, and hardly any that an author made.
    """
    width = _wrap_width(lines)
    vocabulary = {word for line in lines for word in line.words} if width else frozenset[str]()
    paragraphs: list[Paragraph] = []
    run: list[Paragraph] = []
    for line in lines:
        if run and width and not line.parted and _wrapped(run[-1], line, width):
            run.append(line)
            continue
        if run:
            paragraphs.append(_join_wraps(run, vocabulary))
        run = [line]
    if run:
        paragraphs.append(_join_wraps(run, vocabulary))
    return _gather_lists(paragraphs)


def _join_wraps(lines: Sequence[Paragraph], vocabulary: Set[str]) -> Paragraph:
    """LINES as one; a word cut in two is whole again, its hyphen gone where the text has it without."""
    pieces = list(lines)
    solid: set[int] = set()
    for index, (line, after) in enumerate(pairwise(lines)):
        cut, rest = _CUT_WORD.search(line.text[-_LONGEST_WORD:]), _REST_OF_WORD.match(after.text)
        if cut is None or rest is None:
            continue
        solid.add(index + 1)
        if (cut[1] + rest[0]).lower() in vocabulary:
            pieces[index] = line.cut(0, len(line.text) - 1)
    return join(pieces, solid=solid)


def _wrap_width(lines: Sequence[Paragraph]) -> int:
    """The column at which the text was wrapped, or 0 where it was not."""
    width = max((len(line.text) for line in lines), default=0)
    if not _NARROWEST_WRAP <= width <= _WIDEST_WRAP:
        return 0
    breaks = [(line, after) for line, after in pairwise(lines) if not after.parted]
    wraps = sum(_wrapped(line, after, width) for line, after in breaks)
    return width if wraps >= _FEWEST_BREAKS and wraps >= 0.6 * len(breaks) else 0


def _wrapped(line: Paragraph, after: Paragraph, width: int) -> bool:
    first_word = after.text.split(" ", 1)[0]
    return len(line.text) + 1 + len(first_word) > width and not LIST_ITEM.match(after.text)


def _gather_lists(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    gathered: list[Paragraph] = []
    run: list[Paragraph] = []
    for paragraph in paragraphs:
        is_item = LIST_ITEM.match(paragraph.text) is not None
        if run and not (is_item and not paragraph.parted):
            gathered.append(join(run, "\n"))
            run = []
        if is_item:
            run.append(paragraph)
        else:
            gathered.append(paragraph)
    if run:
        gathered.append(join(run, "\n"))
    return gathered
