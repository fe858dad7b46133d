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
        "[2/5] Trawlers lie in the harbour of Reykjavik",
        "3 of 12 | Trawlers lie in the harbour of Reykjavik.",
        "Trawlers lie in the harbour of Reykjavik, June 2, 2020. REUTERS/Anna Berg/File Photo",
        "Trawlers lie in the harbour of Reykjavik on June 2, 2020. — AFP",
        "Trawlers lie in the harbour of Reykjavik. Getty Images",
        "Trawlers lie in the harbour of Reykjavik. File photo",
        "Trawlers in the harbour. Photo courtesy of the Museum of Reykjavik",
        "Trawlers in the harbour.Credit...Anna Berg for The Harbour Post",
        "Trawlers in the harbour of Reykjavik. © Anna Berg",
        "Un chalutier devant le port de Bergen. Crédit photo : Jean Morel",
    ],
)
def test_a_line_that_belongs_to_a_picture_is_a_caption(cleaner, line):
    article = clean(cleaner, "\n\n".join([BODY[0], line, *BODY[1:]]))

    assert removed(article, "caption") == [line]
    assert article.text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "The photo shows Nygaard on a trawler, said Anna Berg, who has kept it in her purse since 1988.",
        "Nygaard told Reuters/Ipsos pollsters that she eats mackerel twice a week and trusts the count.",
        "The image of the trawler owners as men who never count has changed, the minister said on Tuesday.",
        "The trawler owners said that they would publish their own count of the mackerel in May. — AFP",
    ],
)
def test_a_sentence_that_names_a_picture_or_an_agency_is_text(cleaner, line):
    article = clean(cleaner, "\n\n".join([*BODY, line]))

    assert line in article.text


def test_a_byline_with_an_agency_behind_a_bar_is_no_caption(cleaner):
    article = clean(cleaner, "\n\n".join(["By Anna Berg | Reuters", *BODY]), headline="Mackerel quotas")

    assert (article.byline, removed(article, "caption")) == ("Anna Berg", [])
