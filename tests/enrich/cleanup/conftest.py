from __future__ import annotations

import pytest

from streams.enrich.cleanup import Cleaner


@pytest.fixture(scope="session")
def cleaner() -> Cleaner:
    return Cleaner()
