"""Train the entity taggers: a teacher on gold text, its silver labels for news, and a student on both."""
