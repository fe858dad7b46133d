"""An article as a block on a terminal: its labels with their evidence, its text, its entities.

Each label has a background colour and each entity type a text colour, here and in the text. Without colours,
words state the same facts.
"""
