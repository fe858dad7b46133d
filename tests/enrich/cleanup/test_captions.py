"""Lines that belong to a picture are removed as captions."""

from __future__ import annotations

import pytest

from tests.enrich.cleanup.texts import BODY, clean, removed


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Anna Berg/Northern Pictures",
        "FILE PHOTO: Trawlers in the harbour of Reykjavik, June 2, 2020",
        "Enlarge this image toggle caption Anna Berg/Northern Pictures",
        "Trawlers lie in the harbour of Reykjavik in June. Hide Caption",
        "Bild: Anna Berg",
        "AFP/Anna Berg",
    ],
)
def test_a_line_that_belongs_to_a_picture_is_a_caption(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, "caption") == [line]
    assert article.text == "\n\n".join(BODY)
