"""Bytes of files as text: encodings as they occur in practice, and lines of bounded length."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DECLARATION_BYTES = 8192  # a page declares its charset within them

_DECLARED_CHARSET = re.compile(
    rb"""(?:<meta\b[^>]{0,400}?[\s"';]charset|\A\s*<\?xml\b[^>]{0,200}?\sencoding)\s*=\s*["']?\s*([\w.:+-]+)""",
    re.IGNORECASE,
)
# Codecs of Python that read all that browsers read under these names, and more than the codec so called.
_WIDER_CODECS = {"gbk": "gb18030", "euc-jp": "euc_jis_2004", "iso-2022-jp": "iso2022_jp_ext"}
_TAG = re.compile(rb"<[^<>]*>")
_SHIFT_TO_JAPANESE = re.compile(rb"\x1b\$[@B]")  # of ISO-2022-JP, whose bytes are all ASCII
_SIGNS_OF_1252 = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in b"\x81\x8d\x8f\x90\x9d"
}

# Encodings that text without a label may be in: those of the web, of old Macs and of DOS.
_DETECTED = (
    *("big5hkscs", "cp932", "cp949", "euc_jis_2004", "gb18030", "cp874", "koi8-r", "koi8-u", "cp866"),
    *(f"cp{number}" for number in range(1250, 1259)),
    *(f"iso8859-{number}" for number in (1, 2, 5, 6, 7, 8, 9, 13, 15)),
    *("mac-roman", "mac-cyrillic", "cp850", "cp852"),
)
_READ_BYTES = 100_000  # by the detector
_FEWEST_LETTERS = 3  # beyond ASCII; from fewer the detector guesses wildly
_LEAST_CONFIDENCE = 0.01  # the detector's; a sentence has .05 or more

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_LETTER_BEYOND_ASCII = re.compile(r"[^\W\d_\x00-\x7f]")
_LATIN_LETTER = re.compile("[A-Za-zªº\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\ufffe\uffff]")
_ODD_WORD = re.compile(
    # A capital after a small letter, letters of two alphabets, or a sign that is written beside words.
    "[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ]|[α-ώ][Α-Ω]|[а-я][А-Я]"
    "|[A-Za-z\u00c0-\u024f][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z\u00c0-\u024f]"
    "|[A-Za-z\u00c0-\u024f][¡-¦¨¬®-´¶¸¹»¿×÷†‡ˆ‰‹›˜][A-Za-z\u00c0-\u024f]"
)
_MOST_ODD = 0.1  # share of the words
_MOST_ACCENTED = 0.4  # share of the letters of a Latin text; Vietnamese has the most
_MOST_LOST = 0.02  # share of what is not ASCII
_MOST_CONTROLS = 0.1  # share of what is not ASCII


class UndecodableContent(ValueError):
    """The bytes are not text in an encoding that is known; the message says so and what to do."""


class Decoded(NamedTuple):
    """A text, a remark if its encoding was guessed or bytes were replaced, and the codec that was guessed."""

    text: str
    remark: str | None = None
    guessed: str | None = None


class LineDecoder:
    """Decodes the lines of a file one at a time. A file has one encoding, so a guess holds for all lines."""

    def __init__(self) -> None:
        self._codec: str | None = None

    def decode(self, line: bytes) -> Decoded:
        """Return `line` as text, in the encoding that was guessed for a line before if it fits."""
        if self._codec and not line.isascii():
            for codec in ("utf-8-sig", self._codec):
                if (text := _strictly(line, codec)) is not None:
                    return Decoded(text)
        decoded = decode(line)
        self._codec = decoded.guessed or self._codec
        return decoded


def decode(content: bytes, *, html: bool = False) -> Decoded:
    """Return `content` as text.

    The encodings tried are, in this order: that of a byte order mark, UTF-8, the charset that a page or feed
    (`html`) declares, UTF-8 with a few broken bytes, and what the letters are likely to be in. A charset
    means what it means to browsers (WHATWG Encoding Standard). Raises UndecodableContent when none fits.
    """
    if content.startswith(UTF16_MARKS):
        return Decoded(content.decode("utf-16", "replace"))
    if content.count(0) * 100 > len(content):
        raise UndecodableContent("is binary, or UTF-16 without a byte order mark")
    declared = _declared_encoding(content) if html else None
    if _SHIFT_TO_JAPANESE.search(content) and (text := _strictly(content, "iso2022_jp_ext")) is not None:
        remark = None if declared == "iso-2022-jp" else "is not UTF-8, read as ISO-2022-JP"
        return Decoded(text, remark, "iso2022_jp_ext")
    if (text := _strictly(content, "utf-8-sig")) is not None:
        return Decoded(text)
    if declared and (decoded := _read_declared(content, declared)):
        return decoded
    repaired = content.decode("utf-8-sig", "replace")
    broken = repaired.count("\ufffd")
    if 0 < broken <= len(_BEYOND_ASCII.findall(repaired)) - broken:  # most of what is not ASCII is UTF-8
        return Decoded(repaired, f"{broken} broken UTF-8 characters were replaced")
    if decoded := _detect(content):
        return decoded
    raise UndecodableContent("is neither UTF-8 nor in an encoding that can be told; convert it to UTF-8")


def read_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the lines of `stream`; of a line of more than `limit` bytes, its first `limit` + 1."""
    while line := stream.readline(limit + 1):
        yield line
        while not line.endswith(b"\n") and len(line) > limit:
            line = stream.readline(limit + 1)


def read_utf16_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the lines of a UTF-16 `stream` as UTF-8, each cut to `limit` + 1 characters."""
    text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="\n")
    while line := text.readline(limit + 1):
        yield line.encode()
        while not line.endswith("\n") and len(line) > limit:
            line = text.readline(limit + 1)


def _declared_encoding(content: bytes) -> str | None:
    """Return the encoding that a page declares, by its name in WHATWG's standard, or None."""
    declaration = _DECLARED_CHARSET.search(content[:DECLARATION_BYTES])
    if declaration is None:
        return None
    import webencodings

    encoding = webencodings.lookup(declaration[1].decode("ascii", "replace"))
    name: str | None = encoding.name if encoding else None
    # A page whose declaration is readable as ASCII is not UTF-16, and two names stand for no encoding.
    unusable = name is None or name.startswith("utf-16") or name in {"utf-8", "replacement", "x-user-defined"}
    return None if unusable else name


def _read_declared(content: bytes, name: str) -> Decoded | None:
    """Return `content` in the encoding `name`, or None if that gives too many wrong characters."""
    if name == "windows-1252":
        text = _read_1252(content)
        return Decoded(text) if _is_plausible(text) else None
    import webencodings

    codec = _WIDER_CODECS.get(name) or webencodings.lookup(name).codec_info.name
    if (text := _strictly(content, codec) or "") and _is_plausible(text):
        return Decoded(text)
    text = content.decode(codec, "replace")
    broken = text.count("\ufffd")
    if 0 < broken <= _MOST_LOST * len(_BEYOND_ASCII.findall(text)) and _is_plausible(text):
        return Decoded(text, f"{broken} broken {name} characters were replaced")
    return None


def _detect(content: bytes) -> Decoded | None:
    """Return `content` in the encoding that its letters are likely to be in, or None."""
    western = _read_1252(content)
    if len(_LETTER_BEYOND_ASCII.findall(western)) < _FEWEST_LETTERS and _is_plausible(western, odd=0.0):
        return Decoded(western, "is not UTF-8, read as Windows-1252", "cp1252")
    # On 39 short texts in 23 encodings, chardet is right on 39, charset-normalizer on 29, uchardet on 34.
    import chardet

    start = next(place for place, byte in enumerate(content) if byte > 0x7F)
    guesses = chardet.detect_all(
        _TAG.sub(b" ", content[start : start + _READ_BYTES]),  # a tag may declare a charset, which is wrong
        include_encodings=_DETECTED,
        compat_names=False,
    )
    for guess in guesses:
        codec = guess["encoding"]
        if codec is None or guess["confidence"] < _LEAST_CONFIDENCE:
            continue
        text = western if codec in {"cp1252", "iso8859-1"} else _strictly(content, codec)
        if text is not None and _is_plausible(text):
            return Decoded(text, f"is not UTF-8, read as {_shown(codec)}", codec)
    return None


def _shown(codec: str) -> str:
    """Return the usual name of `codec`."""
    names = {"cp932": "Shift_JIS", "cp949": "EUC-KR", "cp874": "Windows-874", "big5hkscs": "Big5"}
    windows = (
        f"Windows-{codec[2:]}" if codec.startswith("cp125") else codec.upper().replace("ISO8859", "ISO-8859")
    )
    return names.get(codec, windows)


def _strictly(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except UnicodeError:
        return None


def _read_1252(content: bytes) -> str:
    """Return `content` as browsers read Windows-1252: five bytes that it does not define stay as they are."""
    return content.decode("latin-1").translate(_SIGNS_OF_1252)


def _is_plausible(text: str, *, odd: float = _MOST_ODD) -> bool:
    """Return True if `text` can be text: a wrong encoding gives signs in words and letters of two alphabets.

    `odd` is the share of its words that may be so.
    """
    sample = text[:_READ_BYTES]
    if len(_CONTROL.findall(sample)) > _MOST_CONTROLS * len(_BEYOND_ASCII.findall(sample)):
        return False
    latin = _LATIN_LETTER.findall(sample)
    accented = sum(not letter.isascii() for letter in latin)
    words = len(_WORD.findall(sample))
    return accented <= max(1, _MOST_ACCENTED * len(latin)) and len(_ODD_WORD.findall(sample)) <= odd * words
