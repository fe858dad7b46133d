"""Near duplicates and stories: which articles are the same text, and which are about the same event.

index = StoryIndex(days=3)          # pure, for one thread; it remembers the articles of three days
index.add(enriched)                 # EnrichedArticle -> StoryArticle
index.restore(story_article)        # takes over what was decided before
"""

from __future__ import annotations

from streams.stories.fingerprint import fingerprint_of
from streams.stories.index import StoryIndex

__all__ = ["StoryIndex", "fingerprint_of"]
