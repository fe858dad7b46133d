from __future__ import annotations

import pytest

from streams.enrich.entities.linking.tables import IdentityTables, load_tables


@pytest.fixture(scope="module")
def tables() -> IdentityTables:
    return load_tables()
