"""Linking: the identity of an entity, given only where it is certain."""
