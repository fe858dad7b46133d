"""Publishers write a language in many ways."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.language_names import is_written_so, language_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("en_GB.UTF-8", "en"),
        ("eng", "en"),
        ("English", "en"),
        (" english ", "en"),
        ("ger", "de"),
        ("deu-DE", "de"),
        ("Deutsch", "de"),
        ("français", "fr"),
        ("Bahasa Indonesia", "id"),
        ("zh-Hant-TW", "zh"),
        ("cmn", "zh"),
        ("iw", "he"),
        ("русский", "ru"),
        ("sr-Latn", "sr"),
        ("fil", "tl"),
        ("hau", "ha"),
        ("Kiswahili", "sw"),
        ("x-default", None),
        ("und", None),
        ("mul", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_has_codes_tags_and_names(written, code):
    assert language_code(written) == code


@pytest.mark.parametrize(
    ("code", "text", "possible"),
    [
        ("so", "Dekedda cusub", True),
        ("ru", "Dekedda cusub", False),
        ("ru", "Новый порт", True),
        ("so", "Новый порт", False),
        ("sr", "Нова лука", True),
        ("sr", "Nova luka", True),
        ("ar", "الميناء الجديد", True),
        ("en", "الميناء الجديد", False),
        ("am", "አዲሱ ወደብ", True),
    ],
)
def test_a_language_is_written_in_its_scripts(code, text, possible):
    assert is_written_so(code, text) is possible
