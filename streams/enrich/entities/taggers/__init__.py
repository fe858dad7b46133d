"""Mention taggers: the models that find names in a text, behind one protocol."""
