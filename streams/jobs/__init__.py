"""Runs that end: replay dead letters, relabel articles, trace an article, examine a wire."""
