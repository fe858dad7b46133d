"""The names of the months."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from streams.enrich.cleanup.months import month_number

TABLE = tomllib.loads(files("streams.enrich.cleanup").joinpath("months.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", TABLE)
def test_every_language_names_twelve_months(language):
    months = [names.split() for names in TABLE[language].split("|")]

    assert len(months) == 12
    assert all(months)
    assert [month_number(names[0], language) for names in months] == list(range(1, 13))


@pytest.mark.parametrize(
    ("name", "language", "number"),
    [
        ("March", "en", 3),
        ("MÄRZ", "de-AT", 3),
        ("sept.", "", 9),
        ("марта", "ru", 3),
        ("listopada", "pl", 11),
        ("listopada", "hr_HR", 10),
        ("mars", "no", 3),
        ("août", "", 8),
    ],
)
def test_a_name_is_read_whatever_its_case_and_form(name, language, number):
    assert month_number(name, language) == number


def test_a_name_of_several_months_needs_a_language():
    assert month_number("listopada") is None


def test_another_word_is_not_a_month():
    assert month_number("harbour", "en") is None
