"""A user's own names win over the tagger; an unusable file is refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.enrich.entities import EntityTagger, load_tagger
from streams.errors import GazetteerError
from streams.events import CleanArticle, Entity, EntityType

TOML = """
[[entity]]
names = ["Acme Robotics", "Acme"]
type = "ORG"
ids = { wikidata = "Q1", crm = "A-17" }

[[entity]]
names = ["big blue house"]
type = "LOC"
case = "ignore"

[[entity]]
names = ["Paris Berlin"]
type = "PER"
"""

CSV = """names,type,case,wikidata,crm
Acme Robotics|Acme,ORG,,Q1,A-17
big blue house,LOC,ignore,,
Paris Berlin,PER,exact,,
"""

TEXT = (
    "Paris Berlin of Acme Robotics went to the Big Blue House in Berlin. Acme will not sell. The acme of art."
)


@pytest.fixture(params=["toml", "csv"])
def tagger(request: pytest.FixtureRequest, tmp_path: Path) -> EntityTagger:
    path = tmp_path / f"own.{request.param}"
    path.write_text(TOML if request.param == "toml" else CSV, encoding="utf-8")
    return load_tagger("rules", path)


def entities(tagger: EntityTagger, text: str) -> dict[str, Entity]:
    (tagged,) = tagger.tag([CleanArticle(text=text, language="en")])
    return {e.name: e for e in tagged.entities}


def test_own_names_have_their_type_and_ids_and_are_one_entity(tagger):
    acme = entities(tagger, TEXT)["Acme Robotics"]

    assert acme.type is EntityType.ORG
    assert acme.ids == {"wikidata": "Q1", "crm": "A-17"}
    assert [m.text for m in acme.mentions] == ["Acme Robotics", "Acme"]


def test_an_own_name_wins_over_the_names_that_the_tagger_finds_in_it(tagger):
    found = entities(tagger, TEXT)

    assert found["Paris Berlin"].type is EntityType.PER
    assert [m.start for m in found["Berlin"].mentions] == [TEXT.rindex("Berlin")]


def test_case_matters_unless_the_entry_ignores_it(tagger):
    found = entities(tagger, TEXT)

    assert found["Big Blue House"].type is EntityType.LOC
    assert "acme" not in {m.text for e in found.values() for m in e.mentions}


def test_the_provenance_changes_with_the_gazetteer(tagger, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("names,type\nAcme,ORG\n", encoding="utf-8")

    versions = {t.provenance.version for t in (tagger, load_tagger("rules", other), load_tagger("rules"))}
    assert len(versions) == 3


def test_an_own_name_is_found_only_as_whole_words(tagger):
    assert "Acme Robotics" not in entities(tagger, "Acmeism is a school; NeoAcme is a shop.")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("own.toml", "[[entity]\n", "is not valid TOML"),
        ("own.toml", "names = ['x']\n", "must hold [[entity]] tables and nothing else (found names)"),
        ("own.toml", "entity = [1]\n", "entity 1: must be a table of names, type, ids, case, not 1"),
        (
            "own.toml",
            "[[entity]]\nnames = []\ntype = 'ORG'\n",
            "entity 1: names must be one or more surface forms, not []",
        ),
        ("own.toml", "[[entity]]\ntype = 'ORG'\n", "entity 1: names is missing"),
        (
            "own.toml",
            "[[entity]]\nnames = ['x']\ntype = 'FIRM'\n",
            "entity 1: type must be one of PER, ORG, LOC, MISC, not 'FIRM'",
        ),
        (
            "own.toml",
            "[[entity]]\nnames = ['x']\ntype = 'ORG'\nids = 'Q1'\n",
            "entity 1: ids must be a table of schemes and ids, both text, not 'Q1'",
        ),
        (
            "own.toml",
            "[[entity]]\nnames = ['x']\ntype = 'ORG'\ncase = 'low'\n",
            "entity 1: case must be one of exact, ignore, not 'low'",
        ),
        (
            "own.toml",
            "[[entity]]\nname = ['x']\ntype = 'ORG'\n",
            "entity 1: name is not a known key; the keys are names, type, ids, case",
        ),
        ("own.csv", "name,type\nx,ORG\n", "row 1: the header lacks names"),
        (
            "own.csv",
            "names,type\nx,ORG\ny,FIRM\n",
            "row 3: type must be one of PER, ORG, LOC, MISC, not 'FIRM'",
        ),
        ("own.csv", "names,type\n|,ORG\n", "row 2: names must be one or more surface forms, not ['', '']"),
        ("own.csv", "names,type\nx\n", "row 2: does not have as many columns as the header"),
        ("own.json", "{}", "must end in .toml or .csv"),
    ],
)
def test_an_unusable_gazetteer_is_refused_with_file_row_and_reason(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")

    with pytest.raises(GazetteerError) as error:
        load_tagger("rules", path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_a_gazetteer_that_is_missing_or_not_utf8_is_refused(tmp_path):
    broken = tmp_path / "own.csv"
    broken.write_bytes(b"names,type\n\xff,ORG\n")

    with pytest.raises(GazetteerError, match="not UTF-8 at byte 11"):
        load_tagger("rules", broken)
    with pytest.raises(GazetteerError, match="cannot be read"):
        load_tagger("rules", tmp_path / "none.toml")
