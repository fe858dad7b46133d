"""Everything Wireroom raises on purpose, in one small tree."""

from __future__ import annotations


class WireroomError(Exception):
    """Base of all; its message is one line that says what to do. Commands print it and exit 1."""


class EnrichmentError(WireroomError):
    """This article can never succeed: it becomes a dead letter with the class name as its reason."""


class EmptyArticle(EnrichmentError):
    """No readable text is left in the article."""


class ArticleTooLarge(EnrichmentError):
    """The article, or what became of it, passes a size limit."""


class UndecodableEvent(EnrichmentError):
    """The bytes are not UTF-8."""


class InvalidJson(EnrichmentError):
    """The bytes are UTF-8 but no JSON."""


class InvalidEvent(EnrichmentError):
    """The JSON is not the event that the topic carries: a field is missing or has the wrong type."""


class Tombstone(EnrichmentError):
    """The record has a key and no value; articles are never deleted over the wire."""


class StageCrashed(EnrichmentError):
    """The process that ran the stage ended over this article, again and again."""


class StageTimedOut(EnrichmentError):
    """The stage did not come to an end with this article in the time allowed."""


class Unexpected(EnrichmentError):
    """A stage raised something that it should not: a fault of ours, kept with its traceback."""


class TaxonomyError(WireroomError):
    """A label file is not usable; the message names file, key and reason."""


class GazetteerError(WireroomError):
    """A user's gazetteer is not usable; the message names file, row and reason."""


class BrokerError(WireroomError):
    """The Kafka broker cannot be reached, or refuses; the message names its address."""


class AccessRefused(BrokerError):
    """The broker is there and does not let this client in: to try again as it is would not help."""


class SourceError(WireroomError):
    """A file or line that was to be published is no article; the message names both."""
