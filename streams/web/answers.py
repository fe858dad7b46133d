"""Answers of the server: JSON, files of the page, and our errors with their status."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from streams.errors import BrokerError, WireroomError
from streams.web.assets import Asset
from streams.web.guard import problem
from streams.web.requests import BadRequest

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answering(answer: Answer) -> Answer:
    """Return `answer` with our errors as JSON."""

    async def answer_or_tell(request: web.Request) -> web.StreamResponse:
        with contextlib.suppress(ConnectionResetError):
            try:
                return await answer(request)
            except BadRequest as error:
                return problem(error.status, error.error, str(error))
            except BrokerError as error:
                return problem(503, "BrokerError", str(error))
            except WireroomError as error:
                return problem(400, type(error).__name__, str(error))
        return web.Response(status=400)

    return answer_or_tell


def json_answer(content: Any) -> web.Response:
    """Return `content` as JSON."""
    return web.Response(body=orjson.dumps(content, default=str), content_type="application/json")


def file_answer(request: web.Request, asset: Asset) -> web.Response:
    """Return a file of the page, or that the browser has it already."""
    headers = {"Content-Type": asset.content_type, "ETag": f'"{asset.etag}"', "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.content, headers=headers)
