"""The server of the live page: its routes, and what they answer with."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web
from aiohttp.helpers import parse_mimetype

from streams import __version__
from streams.errors import BrokerError, EnrichmentError, StageTimedOut, WireroomError
from streams.web.answers import answering, file_answer, json_answer
from streams.web.article import Article
from streams.web.assets import INDEX, Asset
from streams.web.feed import Feed
from streams.web.filters import Filter
from streams.web.guard import LIVENESS, OWN_HEADER, Guard, add_headers, guarded, problem
from streams.web.history import History
from streams.web.letters import Letters
from streams.web.lookup import Lookup
from streams.web.pipeline import Pipeline
from streams.web.positions import parse_id
from streams.web.requests import read_body, read_count, read_selection, read_trial
from streams.web.stream import Stalled, Streams
from streams.web.trends import Trends, percentile
from streams.web.trial import Busy, Trial

log = logging.getLogger("wireroom.web")

MOST_VIEWERS = 1000
SEND_BUFFER_BYTES = 256 * 1024  # of the system, for a viewer; else some megabytes each
TRIAL_BYTES = 2_000_000
SELECTION_BYTES = 500_000
NO_LETTER = "this dead letter does not exist any more"
STATE_SECONDS, TRENDS_SECONDS, LETTERS_SECONDS = 1.0, 2.0, 2.0  # how long an answer is shared


@dataclass(frozen=True)
class Parts:
    """What the server answers from."""

    bootstrap: str
    history: History
    trends: Trends
    streams: Streams
    feed: Feed
    pipeline: Pipeline
    lookup: Lookup
    letters: Letters
    trial: Trial
    assets: Mapping[str, Asset]
    guard: Guard
    may_replay: bool
    trial_bytes: int = TRIAL_BYTES


class Server:
    """Answers the requests of the page."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._began = time.time()
        self._cached: dict[str, tuple[float, bytes]] = {}
        self._letters_lock = asyncio.Lock()

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[guarded(self._parts.guard)])
        app.on_response_prepare.append(add_headers)
        get, post = app.router.add_get, app.router.add_post
        get("/", self.page)
        get("/static/{name}", self.asset)
        get(LIVENESS, self.live)
        get("/events", self.events, allow_head=False)
        get("/articles/{id:.+}", answering(self.article))
        get("/traces/{id:.+}", answering(self.trace))
        get("/state", self.state)
        get("/trends", self.trends)
        get("/dead", answering(self.dead))
        get("/dead/{id}", answering(self.letter))
        get("/dead/{id}/bytes", answering(self.letter_bytes))
        post("/dead/replay", answering(self.replay))
        post("/try", answering(self.try_article))
        return app

    async def live(self, _request: web.Request) -> web.StreamResponse:
        """Return that the server answers."""
        return json_answer({"status": "ok"})

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Return the page."""
        return file_answer(request, self._parts.assets[INDEX])

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Return a file of the page."""
        asset = self._parts.assets.get(request.match_info["name"])
        if asset is None:
            return problem(404, "NotFound", f"there is no file {request.match_info['name'][:100]}")
        return file_answer(request, asset)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream the articles that the query admits."""
        parts = self._parts
        if parts.streams.viewers >= MOST_VIEWERS:
            return problem(503, "Busy", f"{MOST_VIEWERS} viewers are connected; try again later")
        try:
            chosen = Filter.of(request.query)
            count = read_count(request.query.get("last"), parts.history.limit)
        except ValueError as error:
            return problem(400, "BadRequest", str(error))
        last_id = request.headers.get("Last-Event-ID") or request.query.get("after")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        response.headers["X-Accel-Buffering"] = "no"  # a proxy must pass each event on at once
        await response.prepare(request)
        transport = request.transport
        if transport is not None:
            client = transport.get_extra_info("socket")
            if client is not None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        try:
            await parts.streams.follow(response.write, chosen, parse_id(last_id), count)
        except Stalled as error:
            log.info("a viewer was dropped", extra={"why": error})
            if transport is not None:
                transport.abort()
        except (ConnectionError, RuntimeError) as error:
            if transport is not None and not transport.is_closing():
                raise
            log.debug("a viewer went", extra={"why": error})
        return response

    async def article(self, request: web.Request) -> web.StreamResponse:
        """Return the EnrichedArticle."""
        article_id = request.match_info["id"]
        latest: Article | None = self._parts.history.find(article_id)
        place = (latest.partition, latest.offset) if latest else None
        value = await asyncio.to_thread(self._parts.lookup.find, article_id, place)
        if value is None:
            return problem(404, "NotFound", f"no enriched article has the id {article_id[:200]!r}")
        return web.Response(body=value, content_type="application/json")

    async def trace(self, request: web.Request) -> web.StreamResponse:
        """Return the way of an article through the topics."""
        try:
            way = await asyncio.to_thread(self._parts.lookup.way, request.match_info["id"])
        except BrokerError:
            raise
        except WireroomError as error:
            return problem(404, "NotFound", str(error))
        return json_answer(way)

    async def state(self, _request: web.Request) -> web.StreamResponse:
        """Return whether all is well: the broker, the pipeline, the viewers."""
        return self._shared("state", STATE_SECONDS, self._state)

    async def trends(self, _request: web.Request) -> web.StreamResponse:
        """Return the numbers of the charts."""
        return self._shared("trends", TRENDS_SECONDS, self._parts.trends.report)

    async def dead(self, _request: web.Request) -> web.StreamResponse:
        """Return the open dead letters."""
        async with self._letters_lock:
            made, body = self._cached.get("dead", (0.0, b""))
            if time.monotonic() - made > LETTERS_SECONDS or not body:
                body = orjson.dumps(await asyncio.to_thread(self._parts.letters.list))
                self._cached["dead"] = time.monotonic(), body
        return web.Response(body=body, content_type="application/json")

    async def letter(self, request: web.Request) -> web.StreamResponse:
        """Return a dead letter in full."""
        letter = await asyncio.to_thread(self._parts.letters.show, request.match_info["id"])
        return json_answer(letter) if letter else problem(404, "NotFound", NO_LETTER)

    async def letter_bytes(self, request: web.Request) -> web.StreamResponse:
        """Return the original bytes of a dead letter, as a file."""
        letter_id = request.match_info["id"]
        content = await asyncio.to_thread(self._parts.letters.content, letter_id)
        if content is None:
            return problem(404, "NotFound", NO_LETTER)
        disposition = f'attachment; filename="dead-letter-{letter_id}.bin"'
        headers = {"Content-Disposition": disposition, "Content-Type": "application/octet-stream"}
        return web.Response(body=content, headers=headers)

    async def replay(self, request: web.Request) -> web.StreamResponse:
        """Send dead letters back, or tell which ones would go."""
        if not self._parts.may_replay:
            return problem(403, "ReplayIsOff", "the page may not replay; start it with WIREROOM_WEB_REPLAY=1")
        if request.headers.get(OWN_HEADER) is None:
            return problem(403, "OtherSite", f"a replay needs the header {OWN_HEADER}: replay")
        selection, dry_run = read_selection(await read_body(request, SELECTION_BYTES))
        async with self._letters_lock:
            outcome = await asyncio.to_thread(self._parts.letters.replay, selection, dry_run=dry_run)
            self._cached.pop("dead", None)
        if not dry_run:
            log.info("dead letters replayed", extra={"count": len(outcome["letters"])})
        return json_answer(outcome)

    async def try_article(self, request: web.Request) -> web.StreamResponse:
        """Enrich a text or a page, and return the EnrichedArticle."""
        body = await read_body(request, self._parts.trial_bytes)
        boundary = parse_mimetype(request.headers.get("Content-Type", "")).parameters.get("boundary")
        article = await asyncio.to_thread(read_trial, request.content_type, request.charset, body, boundary)
        try:
            enriched = await self._parts.trial.enrich(article)
        except Busy as error:
            return problem(503, "Busy", str(error), headers={"Retry-After": "5"})
        except StageTimedOut as error:
            return problem(504, "StageTimedOut", f"the article took too long: {error}")
        except EnrichmentError as error:
            return problem(422, type(error).__name__, str(error))
        return web.Response(body=enriched, content_type="application/json")

    def _state(self) -> dict[str, Any]:
        parts, ages = self._parts, self._parts.trends.ages
        return {
            "version": __version__,
            "now": time.time(),
            "began": self._began,
            "broker": {"address": parts.bootstrap, "problem": parts.pipeline.problem or parts.feed.problem},
            "loaded": parts.history.is_loaded,
            "articles": parts.history.count,
            "limit": parts.history.limit,
            "invalid": parts.feed.invalid,
            "viewers": parts.streams.viewers,
            "dropped": parts.streams.dropped,
            "may_replay": parts.may_replay,
            "latency": {
                "count": len(ages),
                "p50": percentile(ages, 0.5),
                "p99": percentile(ages, 0.99),
            },
            "pipeline": parts.pipeline.report(),
        }

    def _shared(self, name: str, seconds: float, make: Callable[[], Any]) -> web.Response:
        """Return the answer of `make`, which all requests within `seconds` share."""
        made, body = self._cached.get(name, (0.0, b""))
        if not body or time.monotonic() - made > seconds:
            body = orjson.dumps(make())
            self._cached[name] = time.monotonic(), body
        return web.Response(body=body, content_type="application/json")
