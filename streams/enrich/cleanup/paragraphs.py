"""Paragraphs that know their place in the body: lines of plain text, repaired, with hard wraps joined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from streams.enrich.cleanup.encoding import repair, was_mojibake
from streams.enrich.cleanup.words import words

_LINE = re.compile(r"[^\n\r\x0b\x0c\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\u2028\u2029]")
_TOKEN = re.compile(r"\S+")
BULLET = re.compile(r"[-*+•◦▪●‣·–—]\s+(?=\S)")
LIST_ITEM = re.compile(rf"{BULLET.pattern}|\(?(?:\d{{1,3}}|[a-z])[.)]\s+(?=\S)")

# "voilà" whose à was read as two characters ends in "Ã" and what looks like white space, but is not.
_HALF_BROKEN = frozenset("ÃÂ")
_WHITE_HALF = frozenset("\x85\xa0")

_MOST_STRETCHES = 64  # in one line; a finer map costs more than the text


class Stretch(NamedTuple):
    """`paragraph.text[start:end]` was `body[source_start:source_end]`; they are equal unless `repaired`."""

    start: int
    end: int
    source_start: int
    source_end: int
    repaired: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text without line breaks, except between the items of a list, and its place in the body.

    `stretches` is empty for text from HTML. `after_blank` is True if a blank line was before it. `role` is
    heading, item or quote if the markup says so. `mended` is True if its characters had been decoded wrongly.
    """

    text: str
    stretches: tuple[Stretch, ...] = ()
    after_blank: bool = True
    role: str = ""
    mended: bool = False
    _words: list[str] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def words(self) -> list[str]:
        """The words of the text, lower-cased. They are computed once, because many steps need them."""
        cached = self._words
        if cached is None:
            cached = words(self.text)
            object.__setattr__(self, "_words", cached)
        return cached

    def cut(self, start: int, end: int | None = None) -> Paragraph:
        """Return the part from `start` to `end` of the text, without white space at its ends."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        end = start + len(text)
        return replace(self, text=text, stretches=tuple(_clip(self.stretches, start, end)))


def _clip(stretches: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    for stretch in stretches:
        if stretch.end <= start or stretch.start >= end:
            continue
        if stretch.repaired:  # it has no map inside: both halves point to the whole
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
    """Return a repaired paragraph for each line that is not blank; `strip` takes markup out of a line."""
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
        after_blank = not lines or len(_BREAK.findall(body, end_of_last, match.start())) > 1
        end_of_last = match.end()
        mended = text is not raw and not raw.isascii() and was_mojibake(raw)
        lines.append(Paragraph(text, _align(raw, text, start), after_blank, mended=mended))
    return lines


def _align(raw: str, text: str, start: int) -> tuple[Stretch, ...]:
    """Map `text` back to `raw`, which was at `start` of the body, word by word where the words match."""
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
    """Return the paragraphs as one; no separator goes before those whose index is in `solid`."""
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
    """Return the lines with hard wraps joined, and the items of a list together, one on each line.

    A break is a hard wrap if the next line's first word would not have fitted on the line. This holds for all
    breaks inside a paragraph of wrapped text, and hardly for any that an author made.
    """
    width = _wrap_width(lines)
    vocabulary = {word for line in lines for word in line.words} if width else frozenset[str]()
    paragraphs: list[Paragraph] = []
    run: list[Paragraph] = []
    for line in lines:
        if run and width and not line.after_blank and _wrapped(run[-1], line, width):
            run.append(line)
            continue
        if run:
            paragraphs.append(_join_wraps(run, vocabulary))
        run = [line]
    if run:
        paragraphs.append(_join_wraps(run, vocabulary))
    return _gather_lists(paragraphs)


def _join_wraps(lines: Sequence[Paragraph], vocabulary: Set[str]) -> Paragraph:
    """Return the lines as one; join a word that was cut in two, without its hyphen if the text has it so."""
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
    """Return the column at which the text was wrapped, or 0 if it was not."""
    width = max((len(line.text) for line in lines), default=0)
    if not _NARROWEST_WRAP <= width <= _WIDEST_WRAP:
        return 0
    breaks = [(line, after) for line, after in pairwise(lines) if not after.after_blank]
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
        if run and not (is_item and not paragraph.after_blank):
            gathered.append(join(run, "\n"))
            run = []
        if is_item:
            run.append(paragraph)
        else:
            gathered.append(paragraph)
    if run:
        gathered.append(join(run, "\n"))
    return gathered
