"""The errors that Wireroom raises on purpose.

WireroomError               a command prints the message and exits with 1
├── EnrichmentError         this article can never succeed: it becomes a dead letter
│   ├── EmptyArticle
│   ├── ArticleTooLarge
│   ├── UndecodableEvent
│   ├── InvalidJson
│   ├── InvalidEvent
│   ├── Tombstone
│   ├── UnknownFingerprint
│   ├── StageCrashed
│   ├── StageTimedOut
│   └── Unexpected          a bug of ours
├── BrokerError
│   └── AccessRefused       do not retry
├── SourceError
├── TaxonomyError
├── GazetteerError
├── UnknownTagger
├── UnknownLabeller
└── UnknownVectors
"""

from __future__ import annotations


class WireroomError(Exception):
    """The base of all errors; its message is one line that says what happened and what to do."""


class EnrichmentError(WireroomError):
    """The article can never succeed; it becomes a dead letter with the class name as its reason."""


class EmptyArticle(EnrichmentError):
    """The article has no readable text."""


class ArticleTooLarge(EnrichmentError):
    """The article, or the event that a stage made of it, is larger than the limit."""


class UndecodableEvent(EnrichmentError):
    """The bytes are not UTF-8."""


class InvalidJson(EnrichmentError):
    """The bytes are UTF-8 but not valid JSON."""


class InvalidEvent(EnrichmentError):
    """The JSON is not the event of this topic: a field is missing or has the wrong type."""


class Tombstone(EnrichmentError):
    """The record has a key and no value; stages do not accept deletions."""


class UnknownFingerprint(EnrichmentError):
    """The fingerprint has a version or a form that this release does not read."""


class StageCrashed(EnrichmentError):
    """The stage process ended while it worked on this article, each time that it was tried."""


class StageTimedOut(EnrichmentError):
    """The stage did not finish this article within the time limit."""


class Unexpected(EnrichmentError):
    """The stage raised an error that it should not raise; the dead letter contains the traceback."""


class BrokerError(WireroomError):
    """The Kafka broker cannot be reached or refuses a request; the message names its address."""


class AccessRefused(BrokerError):
    """The broker answers and rejects this client; another attempt with the same settings cannot succeed."""


class SourceError(WireroomError):
    """A file or a line cannot be published as an article; the message names file and line."""


class TaxonomyError(WireroomError):
    """A label file is not usable; the message names file, key and reason."""


class GazetteerError(WireroomError):
    """A user's gazetteer is not usable; the message names file, row and reason."""


class UnknownTagger(WireroomError):
    """There is no tagger of this name, or a package that it needs is missing."""


class UnknownLabeller(WireroomError):
    """There is no labeller of this name, or a package or a model file that it needs is missing or damaged."""


class UnknownVectors(WireroomError):
    """No story vectors have this name, or a package or a model file that they need is missing or damaged."""
