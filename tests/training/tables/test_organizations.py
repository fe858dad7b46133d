"""The table of organisations has only names that mean one organisation in the news."""

from __future__ import annotations

from streams.training.tables.organizations import organizations
from streams.training.tables.territories import territories
from tests.fakes.table_sources import FakeSources


def test_a_well_known_company_is_listed_with_and_without_its_legal_form():
    sources = FakeSources()

    rows = list(organizations(sources, territories(sources)))

    assert rows == [("Q500", "Boeing Company", "Boeing"), ("Q700", "Acme Corporation", "Acme")]
