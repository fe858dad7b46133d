"""What a viewer asks for: the articles of a label, an entity, a publisher, a language, a story, or words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from streams.web.article import Article, as_lines

FIELDS = ("label", "entity", "publisher", "language", "story", "q")
MOST_VALUES = 50
VALUE_CHARACTERS = 500


class Query(Protocol):
    """The query of a URL, in which a name can occur several times."""

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """Return the values of `key`."""
        ...


@dataclass(frozen=True)
class Filter:
    """A choice of articles. Of several values of one field any may match; all fields must.

    Of `words`, every one must be in the headline, the publisher, a name or the text.
    """

    labels: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Query) -> Self:
        """Return the filter that `query` describes. Raises ValueError if it is too long."""
        values = {name: _values(name, query.getall(name, [])) for name in FIELDS}
        return cls(
            labels=values["label"],
            entities=tuple(as_lines([name]) for name in values["entity"]),
            publishers=tuple(name.casefold() for name in values["publisher"]),
            languages=tuple(code.casefold() for code in values["language"]),
            stories=values["story"],
            words=tuple(word for phrase in values["q"] for word in phrase.casefold().split()),
        )

    def admits(self, article: Article) -> bool:
        """Return True if a viewer with this filter sees `article`."""
        return (
            (not self.labels or any(label in article.labels for label in self.labels))
            and (not self.publishers or article.publisher in self.publishers)
            and (not self.languages or article.language in self.languages)
            and (not self.stories or article.story_id in self.stories)
            and (not self.entities or any(name in article.names for name in self.entities))
            and (not self.words or _has_all(self.words, article.text))
        )


def _has_all(words: tuple[str, ...], text: str) -> bool:
    return all(word in text for word in words)


def _values(name: str, given: list[str]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value.strip() for value in given if value.strip()))
    if len(values) > MOST_VALUES or any(len(value) > VALUE_CHARACTERS for value in values):
        raise ValueError(
            f"the filter {name} may have {MOST_VALUES} values of {VALUE_CHARACTERS} characters; shorten it"
        )
    return values
