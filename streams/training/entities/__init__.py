"""Training of the entity taggers: a teacher on gold text, silver labels from it, and a student on both."""
