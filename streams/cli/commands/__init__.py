"""The commands of `wireroom`, one module each; loaded only when called."""
