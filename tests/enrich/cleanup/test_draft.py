"""A draft notes what was removed, in order, and each warning once."""

from __future__ import annotations

from streams.enrich.cleanup.draft import Draft
from streams.enrich.cleanup.paragraphs import Paragraph
from streams.events import Removed


def test_removed_lines_are_noted_in_order_with_their_kind():
    draft = Draft(headline=None)

    draft.remove("boilerplate", Paragraph("Sign up"), Paragraph("Read more"))
    draft.remove("byline", Paragraph("By Anna Berg"))

    assert draft.removed == [
        Removed(kind="boilerplate", text="Sign up"),
        Removed(kind="boilerplate", text="Read more"),
        Removed(kind="byline", text="By Anna Berg"),
    ]


def test_a_warning_is_given_once():
    draft = Draft(headline=None)

    for code in ("naive_date", "doubtful_teaser", "naive_date"):
        draft.warn(code)

    assert draft.warnings == ["naive_date", "doubtful_teaser"]
