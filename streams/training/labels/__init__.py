"""Train a labeller on articles that readers labelled.

The product does not use it yet: the labels that it gives come from label files alone.
"""
