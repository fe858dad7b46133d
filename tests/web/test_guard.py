"""Who may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from streams.web.guard import COOKIE, LOOPBACK, Guard, add_headers, guarded, host_name, is_loopback

TOKEN = "an example token"  # noqa: S105 - nobody's


def ask(
    guard: Guard, method: str = "GET", path: str = "/", headers: Mapping[str, str] = {}
) -> tuple[int, Mapping[str, str], bytes]:
    """Return status, headers and body of the answer to one request."""

    async def run() -> tuple[int, Mapping[str, str], bytes]:
        async def answer(request: web.Request) -> web.Response:
            if request.path == "/fails":
                raise ValueError("an example")
            return web.Response(text="ours")

        app = web.Application(middlewares=[guarded(guard)])
        app.on_response_prepare.append(add_headers)
        app.router.add_route("*", "/{rest:.*}", answer)
        async with TestClient(TestServer(app)) as client:
            answered = await client.request(method, path, headers=headers, allow_redirects=False)
            return answered.status, answered.headers, await answered.read()

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST"])
def test_our_own_names_are_answered(host):
    status, headers, _ = ask(Guard(LOOPBACK), headers={"Host": host})

    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8000", "", "[", "localhost.evil.example"]
)
def test_another_name_for_this_machine_is_refused(host):
    status, headers, body = ask(Guard(LOOPBACK), headers={"Host": host})

    assert status == 421
    assert orjson.loads(body)["error"] == "WrongHost"
    assert "Content-Security-Policy" in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_the_page_of_another_site_cannot_post(headers):
    status, _, body = ask(Guard(LOOPBACK), "POST", headers={"Host": "localhost:8000", **headers})

    assert status == 403
    assert orjson.loads(body)["error"] == "OtherSite"


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}]
)
def test_our_page_and_programs_can_post(headers):
    status, _, _ = ask(Guard(LOOPBACK), "POST", headers={"Host": "localhost:8000", **headers})

    assert status == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/events", {}),
        ("/events?token=" + TOKEN, {}),
        ("/?token=wrong", {}),
        ("/", {"Authorization": f"Basic {TOKEN}"}),
        ("/", {"Cookie": f"{COOKIE}=wrong"}),
    ],
)
def test_without_the_token_nothing_is_shown(path, headers):
    status, answered, body = ask(Guard((), TOKEN), path=path, headers=headers)

    assert status == 401
    assert b"ours" not in body
    assert "Set-Cookie" not in answered


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {TOKEN}"}, {"Cookie": f'{COOKIE}="{TOKEN}"'}])
def test_with_the_token_any_host_name_is_answered(headers):
    status, _, _ = ask(Guard((), TOKEN), headers={"Host": "news.example", **headers})

    assert status == 200


def test_the_token_in_the_url_becomes_a_cookie_that_scripts_cannot_read():
    status, headers, _ = ask(Guard((), TOKEN), path=f"/?label=climate&token={TOKEN}")

    assert status == 303
    assert headers["Location"] == "/?label=climate"
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Strict" in headers["Set-Cookie"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_addresses_are_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "news.example", "localhost.example"])  # noqa: S104
def test_other_addresses_are_not_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "name"), [("a:80", "a"), ("[::1]", "::1"), ("A.", "a"), ("[", ""), ("", "")]
)
def test_the_name_of_a_host_is_read_without_its_port(host, name):
    assert host_name(host) == name


def test_a_bug_is_told_as_json_and_logged(caplog):
    status, headers, body = ask(Guard(LOOPBACK), path="/fails", headers={"Host": "localhost"})

    assert status == 500
    assert orjson.loads(body)["error"] == "Unexpected"
    assert "Content-Security-Policy" in headers
    assert "an example" in caplog.text


def test_a_token_of_strange_bytes_is_only_wrong():
    status, _, _ = ask(Guard((), TOKEN), headers={"Authorization": "Bearer caf\u00e9"})

    assert status == 401


def test_that_the_server_lives_is_told_to_everybody():
    assert ask(Guard((), TOKEN), path="/livez")[0] == 200
