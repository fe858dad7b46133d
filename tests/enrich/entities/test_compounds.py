"""A hyphen joins the parts of one name, and stands between two names."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import mended


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("in [Ashby|LOC]-upon-[Wold|PER].", ["Ashby-upon-Wold|LOC"]),
        ("in [Brive|PER]-la-Gaillarde.", ["Brive-la-Gaillarde|LOC"]),
        ("in Ashby-upon-Wold's church.", ["Ashby-upon-Wold|LOC"]),
        ("in [Saint-Ay|LOC]-du-[Bois|LOC].", ["Saint-Ay-du-Bois|LOC"]),
        ("in [Aix-les-Bains|ORG].", ["Aix-les-Bains|LOC"]),
        ("[Rosa|PER]-[Lena Brandt|ORG]-[Kohl|LOC]'s shop", ["Rosa-Lena Brandt-Kohl|PER"]),
        ("[Mary Ames|PER]-Stone won.", ["Mary Ames-Stone|PER"]),
        ("[Union Saint|ORG]-Albin won.", ["Union Saint-Albin|ORG"]),
        ("a [US|LOC]-[China|LOC] deal", ["US|LOC", "China|LOC"]),
        ("the [Ames|PER]-[Stone|PER] debate", ["Ames|PER", "Stone|PER"]),
        ("a [New York|LOC]-[London|LOC] flight", ["New York|LOC", "London|LOC"]),
        ("[Phoebe Hale-Stone|LOC] won.", ["Phoebe Hale-Stone|PER"]),
        ("[Phoebe Hale-Bridge|LOC] won.", ["Phoebe Hale-Bridge|PER"]),
        ("in [Port Ames-Stone|LOC].", ["Port Ames-Stone|LOC"]),
        ("in [Ashby-on-Wold North|LOC].", ["Ashby-on-Wold North|LOC"]),
        ("in [Congo|LOC]-[Brazzaville|LOC] again", ["Congo-Brazzaville|LOC"]),
        ("an [Oslo|LOC]-based firm", ["Oslo|LOC"]),
    ],
)
def test_a_hyphen_joins_the_parts_of_a_name_but_not_two_names(source, expected):
    assert mended(source) == expected
