"""Make the model files and tables that the package ships; nothing else in `streams` imports this package.

Each command runs from a checkout: `python -m streams.training.entities`, `.embedding`, `.tables`, `.teasers`.
`python -m streams.training.labels` trains a labeller that is not shipped and that nothing uses yet.
"""
