"""What requests ask for, read from their bodies and queries; a request that is wrong raises BadRequest."""

from __future__ import annotations

import asyncio
import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs

import orjson
from aiohttp import web
from pydantic import ValidationError

from producers.decoding import UndecodableContent, decode
from streams.events import ContentType, RawArticle
from streams.web.letters import Selection
from streams.wording import describe_invalid

BODY_SECONDS = 20.0
MOST_LETTERS = 10_000

JSON = "application/json"
MULTIPART = "multipart/form-data"
PAGES = ("text/html", "application/xhtml+xml")
FORM_START = re.compile(rb"(?:body|text|html|page|headline|publisher|url|language|content_type)=")


class BadRequest(ValueError):
    """The request cannot be answered; `status` is that of the answer."""

    def __init__(self, message: str, status: int = 400, error: str = "BadRequest") -> None:
        super().__init__(message)
        self.status = status
        self.error = error


async def read_body(request: web.Request, limit: int) -> bytes:
    """Return the body. Raises BadRequest if it is over `limit` bytes, or does not come."""
    too_large = f"the body is over the limit of {limit:,} bytes; send a shorter one"
    if (request.content_length or 0) > limit:
        raise BadRequest(too_large, 413, "ArticleTooLarge")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise BadRequest(too_large, 413, "ArticleTooLarge")
    except TimeoutError:
        raise BadRequest(f"the body did not come within {BODY_SECONDS:g} s", 408, "RequestTimeout") from None
    return bytes(body)


def read_trial(
    content_type: str, charset: str | None, body: bytes, boundary: str | None = None
) -> RawArticle:
    """Return the article in `body`: a text, a page, a form, or JSON with the fields of a RawArticle.

    The content type tells which; where it tells nothing, the body does. Raises BadRequest.
    """
    if content_type == JSON:
        return _from_fields(_json(body))
    if content_type == MULTIPART:
        return _from_parts(body, boundary)
    if content_type not in ("text/plain", *PAGES):
        fields = _fields_or_none(body) or _form_or_none(body)
        if fields is not None:
            return _from_fields(fields)
    return _from_text(content_type, charset, body)


def read_selection(body: bytes) -> tuple[Selection, bool]:
    """Return which letters to replay, and whether it is a dry run, which it is unless `dry_run` is false."""
    fields = _json(body)
    ids, reason, dry_run = fields.get("ids", []), fields.get("reason"), fields.get("dry_run", True)
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids) or len(ids) > MOST_LETTERS:
        raise BadRequest(f"ids must be a list of at most {MOST_LETTERS:,} ids such as 0-17")
    if not isinstance(dry_run, bool) or not (reason is None or isinstance(reason, str)):
        raise BadRequest("dry_run must be true or false, and reason must be text")
    if bool(ids) == (reason is not None):
        raise BadRequest("nothing is selected; give either ids or a reason")
    return Selection(frozenset(ids), reason), dry_run


def read_count(text: str | None, limit: int) -> int | None:
    """Return how many articles a viewer wants at first; None for all that are kept."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadRequest(f"last={text[:40]} is not a number of articles; write last=100")
    return min(int(text), limit)


def _json(body: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not valid JSON: {error}", 400, "InvalidJson") from error
    if not isinstance(fields, dict):
        raise BadRequest("the body must be a JSON object", 400, "InvalidJson")
    return fields


def _fields_or_none(body: bytes) -> dict[str, Any] | None:
    """Return the fields of an article if `body` is JSON of one; a text can begin with a brace as well."""
    try:
        fields = orjson.loads(body) if body.lstrip()[:1] == b"{" else None
    except orjson.JSONDecodeError:
        return None
    return fields if isinstance(fields, dict) and "body" in fields else None


def _text(body: bytes, charset: str | None, *, html: bool) -> str:
    if charset:
        try:
            return body.decode(charset)
        except (LookupError, UnicodeDecodeError):
            pass  # browsers and scripts name a charset that does not hold
    try:
        return decode(body, html=html).text
    except UndecodableContent as error:
        raise BadRequest(f"the body {error}; send text or HTML", 422, "UndecodableEvent") from error


def _form_or_none(body: bytes) -> dict[str, Any] | None:
    """Return the fields of a form in a URL's encoding; programs send any text with that content type."""
    if not FORM_START.match(body):
        return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    return {name: values[0] for name, values in fields.items()}


def _from_parts(body: bytes, boundary: str | None) -> RawArticle:
    """Return the article in the first part of a form with files."""
    head = f'Content-Type: {MULTIPART}; boundary="{boundary}"\r\n\r\n'.encode("utf-8", "replace")
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content.strip():
            return _from_text(part.get_content_type(), part.get_content_charset(), content)
    raise BadRequest("the form has no part with a text; send the text or the page alone")


def _from_text(content_type: str, charset: str | None, body: bytes) -> RawArticle:
    html = content_type in PAGES
    kind = ContentType.HTML if html else None
    return _article({"body": _text(body, charset, html=html), "content_type": kind})


def _from_fields(fields: dict[str, Any]) -> RawArticle:
    for name, kind in (("text", None), ("html", ContentType.HTML), ("page", ContentType.HTML)):
        if "body" not in fields and isinstance(fields.get(name), str):
            fields = {"content_type": kind, **fields, "body": fields[name]}
    return _article(fields)


def _article(fields: dict[str, Any]) -> RawArticle:
    try:
        return RawArticle.model_validate(fields)
    except ValidationError as error:
        raise BadRequest(f"not a valid article: {describe_invalid(error)}", 422, "InvalidEvent") from error
