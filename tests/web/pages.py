"""A client of the page as programs use it, and a writer of what the page shows."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kafka import KafkaProducer

from streams.events import EnrichedArticle
from streams.headers import Header, rfc3339
from streams.host_port import Address
from tests.broker.wire import PATIENCE, Wire, wait_until
from tests.web.articles import story_value


class Answer(NamedTuple):
    """The answer to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Event(NamedTuple):
    """A server-sent event."""

    kind: str
    id: str | None
    data: dict[str, Any]


class Page:
    """The page at `address`; `stop` ends its server."""

    def __init__(self, address: Address, stop: Callable[[], None]) -> None:
        self.address = address
        self.stop = stop

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{self.address}/"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Return the answer to one request."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def post(self, path: str, content: Any, headers: Mapping[str, str] = {}) -> Answer:
        """Return the answer to `content`, sent as JSON."""
        return self.ask(
            path, "POST", json.dumps(content).encode(), {"Content-Type": "application/json", **headers}
        )

    def watch(self, query: str = "", last_id: str | None = None) -> Stream:
        """Connect as a viewer."""
        return Stream(self.address, query, last_id)

    def wait_for(self, check: Callable[[dict[str, Any]], Any], event: str) -> dict[str, Any]:
        """Return the state once `check` of it is true."""

        def look() -> dict[str, Any] | None:
            state: dict[str, Any] = self.ask("/state").json
            return state if check(state) else None

        seen = wait_until(look, event)
        assert seen is not None
        return seen


class Stream:
    """A viewer: a context manager that reads events with a deadline."""

    def __init__(self, address: Address, query: str = "", last_id: str | None = None) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self._connection.request("GET", f"/events?{query}", headers=headers)
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def read(self, count: int, timeout: float = PATIENCE) -> list[Event]:
        """Return the next `count` events; comments are passed over."""
        deadline = time.monotonic() + timeout
        events: list[Event] = []
        for event in self._events():
            events.append(event)
            if len(events) == count:
                return events
            assert time.monotonic() < deadline, f"{len(events)} of {count} events in {timeout:.0f} s"
        raise AssertionError(f"the stream ended after {len(events)} of {count} events")

    def _events(self) -> Iterator[Event]:
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            text = line.decode().rstrip("\n")
            if not text:
                if "data" in fields:
                    yield Event(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))
                fields = {}
                continue
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")


class WireWriter:
    """Writes to the topics of `wire`, as the stages do."""

    def __init__(self, wire: Wire) -> None:
        self._topics = wire.topics
        self._producer = KafkaProducer(bootstrap_servers=wire.bootstrap, max_request_size=30_000_000)

    def enrich(self, *articles: EnrichedArticle, partition: int | None = None) -> None:
        """Write `articles` to the topic of enriched articles; all are acknowledged."""
        headers = [("ce_time", rfc3339_now())]
        for article in articles:
            self.send(self._topics.enriched, article.key, article.to_bytes(), headers, partition)
        self._producer.flush()

    def tell(self, article: EnrichedArticle, story_id: str, **fields: Any) -> None:
        """Write the story of `article`."""
        topic = self._topics.stories
        self.send(topic, article.key, story_value(article, story_id, **fields))
        self._producer.flush()

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[Header] = (),
        partition: int | None = None,
    ) -> None:
        """Write a record."""
        self._producer.send(topic, key=key, value=value, headers=list(headers), partition=partition)

    def close(self) -> None:
        """Close the connection to the broker."""
        self._producer.close()


def rfc3339_now() -> bytes:
    """Return the present time as a header has it."""
    return rfc3339(datetime.now(UTC)).encode()
