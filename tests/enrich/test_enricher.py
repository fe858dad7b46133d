"""The enricher as a whole: what loading it or one of its parts does to the process."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import streams.enrich.entities
import streams.enrich.labels
from streams.enrich import load_enricher
from streams.enrich.entities import load_tagger
from streams.enrich.labels import load_labeller


@pytest.mark.parametrize(
    "load",
    [load_tagger, load_labeller, lambda: load_enricher(stages=["cleanup"])],
    ids=["tagger", "labeller", "enricher"],
)
def test_matrices_are_multiplied_on_one_core_once_a_model_is_loaded(load):
    threadpool_limits(2, user_api="blas")

    load()

    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


@pytest.fixture
def loaded(monkeypatch) -> SimpleNamespace:
    """Notes what the loaders of the models are given, in an environment that sets every one of them."""
    monkeypatch.setenv("WIREROOM_TAGGER", "accurate")
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


def test_what_is_not_given_comes_from_the_settings(loaded):
    load_enricher()

    assert loaded.tagger == ("accurate", Path("names.toml"))
    assert loaded.labeller == (Path("labels"),)


def test_none_switches_off_the_files_that_the_environment_sets(loaded):
    load_enricher(gazetteer=None, taxonomy=None)

    assert loaded.tagger == ("accurate", None)
    assert loaded.labeller == (None,)


def test_no_settings_are_read_when_everything_is_given(loaded, monkeypatch):
    monkeypatch.setenv("WIREROOM_PARTITIONS", "many")  # no Settings can be made of this

    load_enricher(tagger="rules", gazetteer=None, taxonomy=Path("mine"))

    assert loaded.tagger == ("rules", None)
    assert loaded.labeller == (Path("mine"),)
