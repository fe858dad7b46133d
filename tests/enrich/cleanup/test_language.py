"""The language of an article, from its text or from its publisher."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean

ENGLISH = "The minister said on Monday that talks would resume next week, and that both sides want them."
FRENCH = "Le ministre a déclaré lundi que les négociations reprendraient la semaine prochaine, comme prévu."


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (BODY[0], "en"),
        ("Der Minister sagte am Montag, dass die Gespräche in der kommenden Woche fortgesetzt werden.", "de"),
        ("Le ministre a déclaré lundi que les négociations reprendraient la semaine prochaine.", "fr"),
        ("وزير الخارجية يقول إن المحادثات ستستأنف الأسبوع المقبل في العاصمة.", "ar"),
        ("部长星期一表示，谈判将于下周恢复，双方都希望达成协议。", "zh"),
        ("Oui", "und"),
        (f"{ENGLISH} {FRENCH}", "und"),
        (f"{ENGLISH} " * 6 + f"{FRENCH} " * 6, "und"),
        (f"{ENGLISH} " * 20 + FRENCH, "en"),
    ],
)
def test_the_language_is_detected_and_short_text_is_undetermined(cleaner, body, language):
    assert clean(cleaner, body).language == language


def test_the_language_of_a_few_words_is_the_one_that_the_publisher_says(cleaner):
    article = clean(cleaner, "Oui", language="fr-FR")

    assert article.language == "fr"
    assert "language_undetermined" in article.warnings


def test_a_wrong_language_hint_is_overruled_with_a_warning(cleaner):
    article = clean(cleaner, BODY[0], language="fr")

    assert article.language == "en"
    assert "language_conflict" in article.warnings
