"""Organisations are shortened to acronyms and lose their legal forms."""

from __future__ import annotations

import pytest

from streams.enrich.entities.abbreviations import (
    acronyms,
    is_syllabic_acronym,
    without_legal_form,
    without_variable_parts,
)
from streams.events import EntityType


@pytest.mark.parametrize(
    ("name", "acronym"),
    [
        ("european union", "eu"),
        ("bank of england", "be"),
        ("bank of england", "boe"),
        ("centers for disease control and prevention", "cdc"),
    ],
)
def test_an_acronym_has_the_initials_with_or_without_small_words_or_the_last_one(name, acronym):
    assert acronym in acronyms(tuple(name.split()))


@pytest.mark.parametrize(
    ("acronym", "name", "fits"),
    [
        ("tepco", "tokyo electric power company", True),
        ("benelux", "belgium netherlands luxembourg", True),
        ("tepco", "tokyo electric company", False),
        ("nato", "national audit office", False),
    ],
)
def test_a_syllabic_acronym_joins_the_beginnings_of_all_words(acronym, name, fits):
    assert is_syllabic_acronym(acronym, tuple(name.split())) is fits


@pytest.mark.parametrize(
    ("key", "short"),
    [("boeing co", "boeing"), ("acme, inc", "acme"), ("acme co ltd", "acme"), ("co", "co"), ("acme", "acme")],
)
def test_a_company_loses_its_legal_form_but_never_its_whole_name(key, short):
    assert without_legal_form(key) == short


@pytest.mark.parametrize(
    ("key", "kind", "short"),
    [
        ("washington, dc", EntityType.LOC, "washington"),
        ("iraqis", EntityType.MISC, "iraqi"),
        ("boeing co", EntityType.ORG, "boeing"),
        ("boeing co", EntityType.LOC, "boeing co"),
    ],
)
def test_the_parts_that_vary_depend_on_the_type(key, kind, short):
    assert without_variable_parts(key, kind) == short
