"""The enricher as a whole, and what loading a part of it does to the process."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from streams.enrich import load_enricher
from streams.enrich.cleanup.teaser_model import load_teaser_model
from streams.enrich.embedding import load_embedding, load_vectors
from streams.enrich.entities import load_tagger
from streams.enrich.labels import load_labeller


@pytest.fixture
def no_model_in_memory():
    """Forget the models that other tests loaded: a model that is kept is not read again."""
    for cached in (load_vectors, load_embedding, load_teaser_model):
        cached.cache_clear()


@pytest.mark.parametrize(
    "load",
    [load_tagger, load_labeller, lambda: load_enricher(stages=["cleanup"])],
    ids=["tagger", "labeller", "enricher"],
)
def test_matrices_are_multiplied_on_one_core_once_a_model_is_loaded(load, no_model_in_memory):
    threadpool_limits(2, user_api="blas")

    load()

    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
