"""Who may ask, and what a browser may do with the answer.

On the loopback address only this machine asks. But a page of somebody else in a browser here can send
requests too: so the host name must be ours (DNS rebinding), and a request that changes something must come
from our own page. On other addresses a token is needed.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

log = logging.getLogger("wireroom.web")

COOKIE = "wireroom_token"
OWN_HEADER = "X-Wireroom"  # a form or a link of another page cannot send it
LIVENESS = "/livez"  # says nothing but that the server answers
LOOPBACK = ("localhost", "127.0.0.1", "::1")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Server": "wireroom",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Guard:
    """Checks requests. Without a `token` the host name must be one of `hosts`."""

    hosts: Collection[str]
    token: str | None = None

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return the answer to a request that may not pass, or None."""
        if request.path == LIVENESS:
            return None
        if self.token is None:
            name = host_name(request.headers.get("Host", ""))
            if name not in self.hosts:
                return problem(421, "WrongHost", _WRONG_HOST.format(name or "without a name"))
        elif not self._has_token(request):
            return self._enter(request)
        if request.method not in ("GET", "HEAD") and not is_from_own_page(request):
            return problem(
                403, "OtherSite", "this request came from a page of another site; open this page itself"
            )
        return None

    def _has_token(self, request: web.Request) -> bool:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        return self.token is not None and _are_equal(given, self.token)

    def _enter(self, request: web.Request) -> web.Response:
        """Exchange the token in the URL for a cookie, or tell that one is needed."""
        given = request.query.get("token", "") if request.path == "/" else ""
        if self.token is None or not _are_equal(given, self.token):
            return problem(401, "TokenNeeded", _UNKNOWN_VIEWER, headers={"WWW-Authenticate": "Bearer"})
        rest = request.url.without_query_params("token")
        answer = web.Response(status=303, headers={"Location": rest.raw_path_qs})
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="Strict", path="/")
        return answer


_WRONG_HOST = (
    "the host {} is not known here; open http://localhost at this port, or name it in WIREROOM_WEB_HOSTS"
)
_UNKNOWN_VIEWER = (
    "a token is needed: open /?token=TOKEN once, or send the header `Authorization: Bearer TOKEN`; "
    "`wireroom web` prints it, or WIREROOM_WEB_TOKEN has it"
)


def _are_equal(given: str, token: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def is_from_own_page(request: web.Request) -> bool:
    """Return False if a browser says that another site's page sent `request`."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def host_name(host: str) -> str:
    """Return the name in a Host header, without the port, in lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Return True if only programs on this machine reach `host`, a name or an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def problem(status: int, error: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return an answer that tells what went wrong, as JSON."""
    body = orjson.dumps({"error": error, "message": message})
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def guarded(guard: Guard) -> Middleware:
    """Return a middleware that applies `guard`, and answers errors as JSON."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if refused := guard.refusal(request):
            return refused
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return problem(
                error.status, (error.reason or "Error").replace(" ", ""), error.text or error.reason
            )
        except Exception as error:
            if isinstance(error, ConnectionError):  # the client has gone
                raise
            log.exception("a request failed", extra={"path": request.path[:200]})
            return problem(
                500, "Unexpected", f"the server failed: {type(error).__name__}; its log tells more"
            )

    return check


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer has."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
