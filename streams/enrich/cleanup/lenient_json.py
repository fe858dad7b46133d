"""Lenient JSON: what can be read of JSON that people and content systems have broken.

It is for JSON-LD, which one page in seventy breaks: by comments, a comma too many, quotes within strings,
single quotes, or a value or an end that is missing.
"""

from __future__ import annotations

import re
from typing import Any

_DEEPEST = 100
_SPACE = re.compile(r"(?s)(?:\s++|/\*.{0,500}?\*/|//[^\n]*+)*+")
_OPENING = re.compile(r"[{\[]")
_BARE = re.compile(r"[^\s,:{}\[\]\"';]++")
_ESCAPE = re.compile(r"(?s)\\(?:u([0-9A-Fa-f]{4})|(.))")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS = {"true": True, "false": False, "True": True, "False": False}
_QUOTE = {quote: re.compile(rf"(?s)\\.|{quote}") for quote in "\"'"}
# What can follow a string. A quote before anything else is one that the writer forgot to escape.
_AFTER_KEY = re.compile(r"\s*+:")
_AFTER_VALUE = re.compile(
    r"\s*+(?:[}\]]|,\s*+[\w\"'{\[}\]/,-]|[,;]?\s*+\Z"
    r"|(?<=\s)[\"'][@\w]{1,30}[\"']\s*+:)"  # a key whose comma is missing
)


def read_lenient(text: str) -> list[Any]:
    """Return the objects and lists in `text`, which stand one after another or between other text."""
    reader = _Reader(text)
    values: list[Any] = []
    try:
        while reader.skip_to_opening():
            values.append(reader.read_value(0))
    except RecursionError:
        pass
    return values


class _Reader:
    """Reads a text from its beginning to its end, and never raises for what stands there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def skip_to_opening(self) -> bool:
        """Go to the next object or list; return False if there is none."""
        found = _OPENING.search(self._text, self._at)
        self._at = found.start() if found else len(self._text)
        return found is not None

    def read_value(self, depth: int) -> Any:
        """Return the value that begins here, or None where there is none."""
        if depth > _DEEPEST:
            raise RecursionError("brackets are nested too deeply")
        sign = self._next()
        if sign == "{":
            return self._read_object(depth)
        if sign == "[":
            return self._read_list(depth)
        if sign in _QUOTE:
            return self._read_string(sign, _AFTER_VALUE)
        return self._read_bare()

    def _next(self) -> str:
        """Skip white space and comments; return the character there, or "" at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _read_object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._at += 1
        while (sign := self._next()) and sign != "}":
            if sign in _QUOTE:
                key: Any = self._read_string(sign, _AFTER_KEY)
            elif bare := _BARE.match(self._text, self._at):
                key, self._at = bare[0], bare.end()
            elif sign == "]":  # of a list around the object, which has lost its end
                return found
            else:
                self._at += 1
                continue
            if self._next() == ":":
                self._at += 1
                found[key] = self.read_value(depth + 1)
        self._at += 1
        return found

    def _read_list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self._at += 1
        while (sign := self._next()) and sign != "]":
            if sign == "}":
                return found
            if sign in ",:;":
                self._at += 1
            else:
                found.append(self.read_value(depth + 1))
        self._at += 1
        return found

    def _read_string(self, quote: str, after: re.Pattern[str]) -> str:
        start = end = self._at + 1
        for found in _QUOTE[quote].finditer(self._text, start):
            if found[0] == quote:
                end = found.end()
                if after.match(self._text, end):
                    break
        else:
            end = len(self._text) + 1
        self._at = end
        return _ESCAPE.sub(_unescape, self._text[start : end - 1])

    def _read_bare(self) -> Any:
        bare = _BARE.match(self._text, self._at)
        if bare is None:
            return None
        self._at = bare.end()
        try:
            return _CONSTANTS.get(bare[0]) if bare[0].isalpha() else float(bare[0])
        except ValueError:
            return None


def _unescape(found: re.Match[str]) -> str:
    code, character = found.groups()
    return chr(int(code, 16)) if code else _CONTROLS.get(character, character)
