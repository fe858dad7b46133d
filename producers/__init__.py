"""Publish articles: `from producers import publish`."""
