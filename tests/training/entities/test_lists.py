"""The name lists give each token the classes that it has in the names."""

from __future__ import annotations

import numpy as np
import pytest

from streams.enrich.entities.taggers.features import CLASSES, ClassIndex
from streams.training.entities.lists import classes_of

LISTS = [
    (["Mexico", "Republic of Mexico"], "place"),
    (["Mexico City", "Ciudad de México"], "large_city"),
    (["Bank of America"], "organization"),
    (["Paris", "Juan Carlos"], "given_name"),
    (["People's Democratic Republic of a Country with a Long Name"], "place"),
]


@pytest.mark.parametrize(
    ("form", "classes"),
    [
        ("Mexico", {"place", "place_goes_on", "city_begins"}),
        ("Republic", {"place_begins"}),
        ("America", {"organization_goes_on"}),
        ("Carlos", {"given_name"}),
        ("of", set()),
        ("Democratic", set()),
    ],
)
def test_a_token_has_the_classes_of_its_places_in_the_names(form, classes):
    index = ClassIndex(*classes_of(LISTS))

    flags = index.flags([form])[0]

    assert set(np.array(CLASSES)[flags == 1]) == classes
