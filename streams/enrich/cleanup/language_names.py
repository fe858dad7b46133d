"""What publishers write for a language: codes of two and three letters, with a region or not, and names."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_TAG = re.compile(r"[^\W\d]{2,3}(?=[-_.@;,]|$)")
_SCRIPTS = {
    "cyrillic": "ab ba be bg ce cv kk ky mk mn os ru sr tg tk tt uk uz az bs ku",
    "arabic": "ar az fa ks ku ky pa ps sd tk ug ur uz kk",
    "latin": "sr uz az kk ky tk tt ku ug bs",
    "other": "am as bn bo dv dz el gu he hi hy ja ka km kn ko lo ml mr my ne or pa sa si ta te th ti yi zh",
}
_LETTERS = {
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "arabic": re.compile("[\u0600-\u077f\ufb50-\ufdff\ufe70-\ufeff]"),
    "other": re.compile("[\u0370-\u03ff\u0530-\u05ff\u0700-\u074f\u0900-\u1dff\u3040-\ud7ff]"),
}
_READ = 500  # characters


@cache
def _codes() -> dict[str, str]:
    """Return the two-letter code of each code and name."""
    text = files("streams.enrich.cleanup").joinpath("language_names.toml").read_text(encoding="utf-8")
    return {
        name.replace("_", " "): code
        for code, names in tomllib.loads(text).items()
        for name in (code, *names.split())
    }


def language_code(written: str | None) -> str | None:
    """Return the ISO 639-1 code of the language that is written as a code, tag or name, or None."""
    text = " ".join(written.lower().split()) if written else ""
    codes = _codes()
    if text in codes:
        return codes[text]
    tag = _TAG.match(text)
    return codes.get(tag[0]) if tag else None


def is_written_so(code: str, text: str) -> bool:
    """Return True if `text` is in a script of the language `code`."""
    start = text[:_READ]
    counts = {script: len(letters.findall(start)) for script, letters in _LETTERS.items()}
    script = max(counts, key=counts.__getitem__)
    if code in _SCRIPTS[script].split():
        return True
    return script == "latin" and not any(code in codes.split() for codes in _SCRIPTS.values())
