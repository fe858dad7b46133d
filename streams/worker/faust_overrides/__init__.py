"""Everything that we change in Faust: the table in README.md says what, why, and which test would fail."""
