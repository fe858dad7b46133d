"""Train the vectors that help to tell stories apart: one for each word, learned from an encoder."""
