"""Taggers: models that find mentions in a text, behind one protocol."""
