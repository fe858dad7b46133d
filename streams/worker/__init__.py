"""The running process: lanes that read, enrich and commit. Light to import, for the sake of `wireroom health`."""
