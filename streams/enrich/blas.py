"""Matrices on one core."""

from __future__ import annotations


def limit_blas_threads() -> None:
    """Let numpy's BLAS work on one thread from now on, in the whole process.

    Our matrices are small: threads that wait for each other take several times the CPU, most of all where
    they share one core. Work is spread by processes.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
