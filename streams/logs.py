"""Log lines on standard error: one line for each outcome, its fields after the message.

Loggers are named `wireroom.*` and pass fields as `extra=`. The text format is for people, with fields as in
logfmt: values are quoted where they contain spaces or quotes. The formats logfmt and JSON are for machines.
"""

from __future__ import annotations

import json
import logging
import math
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from logfmter import Logfmter
from logfmter.formatter import REPLACEMENTS

LogFormat = Literal["text", "logfmt", "json"]

TEXT_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# The least level that is logged of each library, unless the level is DEBUG.
LIBRARY_LEVELS = {
    "faust": "WARNING",
    "mode": "WARNING",
    "streams": "WARNING",  # Faust logs under the names of our modules; our own loggers are wireroom.*
    # Both clients log every attempt to reach a broker; our own loggers report one.
    "aiokafka": "CRITICAL",
    "kafka": "CRITICAL",
    "opentelemetry": "CRITICAL",  # our queue of spans reports what is lost
}

ARTICLES = "wireroom.articles"
"""The logger of articles that are done: a line for each, for debugging or where a setting asks for it."""

# Libraries whose warnings quote the article; the worker tells its outcome, and never its text.
QUOTING = ("charset_normalizer", "courlan", "dateparser", "htmldate", "justext", "trafilatura")

_ESCAPED_CONTROLS = str.maketrans(REPLACEMENTS)  # a line break in a message must not start a second log line


class TextFormatter(logging.Formatter):
    """Format a record as one line with its fields: `article buried stage=cleanup offset=41`.

    A traceback follows on lines of its own.
    """

    def __init__(self) -> None:
        super().__init__(TEXT_FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Return the line; logging appends the traceback."""
        line = super().formatMessage(record).translate(_ESCAPED_CONTROLS)
        fields = Logfmter.format_params(record_fields(record))
        return f"{line} {fields}" if fields else line


class LogfmtFormatter(logging.Formatter):
    """Format a record as one line of logfmt: time (RFC 3339), level, logger, msg, fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; `exception` is there only when the record has a traceback, with escaped breaks."""
        line: dict[str, Any] = {
            "time": _rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
            **record_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return Logfmter.format_params(line)


class JsonFormatter(logging.Formatter):
    """Format a record as one JSON object: time (RFC 3339), level, logger, message, fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object on one line; `exception` is there only when the record has a traceback."""
        line: dict[str, Any] = {
            "time": _rfc3339(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "fields": {name: _json_value(value) for name, value in record_fields(record).items()},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def record_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields that the caller passed as `extra=`."""
    fields = Logfmter.get_extra(record)
    return {name: value for name, value in fields.items() if name != "data"}  # mode adds its own as `data`


FORMATTERS: dict[LogFormat, type[logging.Formatter]] = {
    "text": TextFormatter,
    "logfmt": LogfmtFormatter,
    "json": JsonFormatter,
}


def configure_logging(level: str, log_format: LogFormat = "text", *, articles: bool = False) -> None:
    """Log to standard error from `level` on; libraries only when something is wrong.

    With `articles`, each article that is done is a line too, whatever the level.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATTERS[log_format]())
    logging.getLogger(ARTICLES).setLevel(logging.DEBUG if articles else logging.NOTSET)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(level if level == "DEBUG" else least)
    for name in QUOTING:
        logging.getLogger(name).setLevel("CRITICAL")


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json_value(value: object) -> str | int | float | bool | None:
    """Return `value` as JSON can carry it; everything but a plain value becomes text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)
