"""The running process: lanes that read, enrich and commit. Light to import, for `wireroom health`."""
