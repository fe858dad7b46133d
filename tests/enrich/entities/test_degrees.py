"""A degree after a name is not a name."""

from __future__ import annotations

import pytest

from tests.fakes.marked_text import mended


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Ann Lee|PER], [R.N.|ORG], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [R.D.|LOC], [L.D.|LOC], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [M.D.|ORG], spoke.", ["Ann Lee|PER"]),
        ("It was [Ann Lee|PER], [MD|LOC]. She left.", ["Ann Lee|PER"]),
        ("[Ann Lee, Ph.D.|PER], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [F.A.C.S.|ORG], spoke.", ["Ann Lee|PER"]),
        ("[Ann Lee|PER], [U.S.|LOC] envoy, spoke.", ["Ann Lee|PER", "U.S.|LOC"]),
        ("[Ann Lee|PER], [D.C.|LOC] mayor, spoke.", ["Ann Lee|PER", "D.C.|LOC"]),
        ("[Ann Lee|PER] ([M.D.|PER], Yale) spoke.", ["Ann Lee|PER"]),
        ("[Dover|LOC], [Md.|LOC], froze.", ["Dover|LOC", "Md.|LOC"]),
    ],
)
def test_a_degree_after_a_persons_name_is_no_name(source, expected):
    assert mended(source) == expected
