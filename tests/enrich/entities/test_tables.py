"""The identity tables are well-formed, and their README says what is in them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from streams.enrich.entities.linking.tables import TABLES
from streams.enrich.entities.surfaces import key_of
from streams.training import tables

README = (tables.TABLES / "README.md").read_text(encoding="utf-8")


def rows(name: str) -> list[dict[str, str]]:
    lines = (tables.TABLES / name).read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def names_of_organisations() -> set[str]:
    return {
        key_of(form)
        for row in rows("organizations.tsv")
        for form in (row["name"], *row["aliases"].split("|"))
    }


@pytest.mark.parametrize("name", TABLES)
def test_the_readme_tells_how_many_rows_a_table_has(name):
    stated = re.search(rf"\| {re.escape(name)} \| ([\d,]+) \|", README)

    assert stated is not None
    assert int(stated[1].replace(",", "")) == len(rows(name))


@pytest.mark.parametrize(("name", "version"), [*tables.WHEELS.items(), *tables.TARBALLS.items()])
def test_the_readme_tells_every_source_with_its_version(name, version):
    assert f"| {name} | {version} |" in README


def test_ids_have_the_form_of_their_scheme():
    for row in rows("territories.tsv"):
        assert re.fullmatch(r"Q\d+", row["wikidata"])
        assert re.fullmatch(r"([A-Z]{2}(-[A-Z0-9]{1,3})?)?", row["iso3166"])
        assert re.fullmatch(r"\d*", row["geonames"])
    assert all(re.fullmatch(r"Q\d+", row["wikidata"]) for row in rows("organizations.tsv"))
    for name in ("cities.tsv", "towns.tsv"):
        assert all(row["geonames"].isdigit() and row["population"].isdigit() for row in rows(name))


def test_no_two_countries_share_a_name_or_a_demonym():
    forms: Counter[str] = Counter()
    for row in rows("territories.tsv"):
        if row["kind"] == "country":
            named = {row["name"], *row["aliases"].split("|"), *row["demonyms"].split("|")} - {""}
            forms.update({key_of(form) for form in named})

    assert [form for form, count in forms.items() if count > 1] == []


def test_no_two_organisations_share_a_name():
    forms = Counter(
        form
        for row in rows("organizations.tsv")
        for form in {key_of(f) for f in (row["name"], *row["aliases"].split("|")) if f}
    )

    assert [form for form, count in forms.items() if count > 1] == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "House",
            "People",
            "Commons",
            "Action",
            "Free",
            "New Yorker",
            "Big Apple",
            "Breakfast Club",
            "Hera",
        ),
        *("Volkswagen", "Chrysler", "First National Bank", "Blue Cross", "Lafayette Police Department"),
    ],
)
def test_a_word_or_the_name_of_a_brand_or_another_thing_is_not_in_the_table_of_organisations(name):
    assert name.casefold() not in names_of_organisations()


@pytest.mark.parametrize(
    "name", ["Google", "Apple", "Tesla", "Huawei", "Boeing", "Bank of America", "Internal Revenue Service"]
)
def test_a_company_is_in_the_table_by_the_name_that_news_uses(name):
    assert name.casefold() in names_of_organisations()


def test_work_folder_names_are_those_that_npm_gives():
    assert tables.tarball_name("@rapideditor/country-coder", "5.6.1") == "rapideditor-country-coder-5.6.1.tgz"
    assert Path(tables.tarball_name("world-countries", "5.1.0")).name == "world-countries-5.1.0.tgz"
