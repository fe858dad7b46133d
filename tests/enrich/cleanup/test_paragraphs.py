"""Plain text becomes paragraphs: hard wraps are joined, and lists stay lists."""

from __future__ import annotations

from tests.enrich.cleanup.texts import BODY, clean


def test_lines_broken_by_a_wrapping_editor_are_joined(cleaner):
    words, lines = BODY[0].split(), [""]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > 60:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()

    article = clean(cleaner, "\n".join(lines))

    assert len(lines) > 3
    assert article.text == BODY[0]


def test_the_items_of_a_list_stay_on_lines_of_their_own(cleaner):
    items = ["- cod from the Barents Sea", "- haddock", "- mackerel from the west"]

    article = clean(cleaner, "\n\n".join([*BODY, "\n".join(items)]))

    assert article.text.endswith("\n\n" + "\n".join(items))


def test_a_word_that_a_wrap_cut_in_two_is_joined_as_the_text_spells_it(cleaner):
    lines = [
        "The ministers of both countries said that inspections would begin in the",
        "spring. Boats that are found with undersized fish will lose their inspec-",
        "tions certificate, and inspections at sea will be shared by the north-",
        "western harbours of both countries from the first of May of next year on",
    ]

    article = clean(cleaner, "\n".join(lines))

    assert "lose their inspections certificate" in article.text
    assert "the north-western harbours" in article.text
