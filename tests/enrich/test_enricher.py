"""The enricher as a whole: what loading it does to the process."""

from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from streams.enrich import load_enricher


def test_matrices_are_multiplied_on_one_core_once_an_enricher_is_loaded():
    threadpool_limits(2, user_api="blas")

    load_enricher(stages=["labels"])

    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
