"""`load_enricher`: which of its arguments come from the settings, and that `streams.enrich` reads none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import streams.enrich.entities
import streams.enrich.labels
from streams.enrich import build_enricher, load_enricher
from streams.loading import load_enricher as loaded_at_the_edge


@pytest.fixture
def loaded(monkeypatch) -> SimpleNamespace:
    """Notes the arguments of the loaders of models, in an environment that sets every one of them."""
    monkeypatch.setenv("WIREROOM_TAGGER", "accurate")
    monkeypatch.setenv("WIREROOM_LABELLER", "accurate")
    monkeypatch.setenv("WIREROOM_GAZETTEER", "names.toml")
    monkeypatch.setenv("WIREROOM_TAXONOMY", "labels")
    noted = SimpleNamespace(tagger=None, labeller=None)
    monkeypatch.setattr(
        streams.enrich.entities, "load_tagger", lambda *given: setattr(noted, "tagger", given)
    )
    monkeypatch.setattr(
        streams.enrich.labels, "load_labeller", lambda *given: setattr(noted, "labeller", given)
    )
    return noted


def test_an_argument_that_is_not_given_comes_from_the_settings(loaded):
    load_enricher()

    assert loaded.tagger == ("accurate", Path("names.toml"))
    assert loaded.labeller == (Path("labels"), "accurate")


def test_none_switches_off_the_files_that_the_environment_sets(loaded):
    load_enricher(gazetteer=None, taxonomy=None)

    assert loaded.tagger == ("accurate", None)
    assert loaded.labeller == (None, "accurate")


@pytest.mark.parametrize("load", [load_enricher, build_enricher])
def test_no_settings_are_read_when_every_argument_is_given(loaded, monkeypatch, load):
    monkeypatch.setenv("WIREROOM_PARTITIONS", "many")  # Settings() would refuse this

    load(tagger="rules", labeller="compact", gazetteer=None, taxonomy=Path("mine"))

    assert loaded.tagger == ("rules", None)
    assert loaded.labeller == (Path("mine"), "compact")


def test_load_enricher_can_be_imported_from_where_the_enrichment_is():
    assert load_enricher is loaded_at_the_edge


def test_the_enrichment_loads_without_the_settings():
    code = "import sys, streams.enrich; sys.exit('streams.settings' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
