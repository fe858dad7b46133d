"""The running process: lanes that read, enrich and commit, and what keeps watch over them."""
