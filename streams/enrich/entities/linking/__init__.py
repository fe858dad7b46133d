"""Linking: the identity of an entity in public tables, given only where it is certain."""
