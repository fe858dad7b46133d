"""`wireroom web`: the live page."""

from __future__ import annotations

import os
import secrets
import sys
import threading
import webbrowser
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from streams.cli.options import broker_option
from streams.errors import WireroomError
from streams.host_port import Address, parse_address
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.web.run import WebOptions

SHORTEST_TOKEN = 8
OFF = "off"
TRIAL_SECONDS = 20.0  # a person waits for it


class AddressParameter(click.ParamType):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Return `value` as an address; fail if it is not one."""
        try:
            return parse_address(str(value))
        except ValueError:
            self.fail(f"{value!r} is not HOST:PORT; write 127.0.0.1:8000", param, ctx)


@click.command()
@click.option(
    "--listen",
    type=AddressParameter(),
    help="Where to listen.  [default: WIREROOM_WEB_LISTEN or 127.0.0.1:8000]",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@broker_option
def web(listen: Address | None, opens: bool, broker: str | None) -> None:
    """Serve the live page until Ctrl-C or SIGTERM.

    The page shows the articles as they come out, why each has its labels, and whether the pipeline is well.
    It waits for a broker that is away. On the loopback address anybody on this machine may read it; on any
    other address it asks for a token, which is printed. Dead letters can be replayed with
    WIREROOM_WEB_REPLAY=1.

    \b
    Example: wireroom web --listen 127.0.0.1:8000
    """
    from streams.logs import configure_logging
    from streams.web.run import run

    settings = Settings() if broker is None else Settings(broker=broker)
    configure_logging("INFO", settings.log_format)
    options = web_options(settings, listen)
    run(options, partial(announce, token=options.token, opens=opens))


def web_options(settings: Settings, listen: Address | None = None) -> WebOptions:
    """Return what the server is to do, as `settings` say. Raises WireroomError if the token is too short."""
    from streams.kafka.connection import Connection
    from streams.web.run import WebOptions
    from streams.web.trial import build_trial

    address = listen or parse_address(settings.web_listen)
    return WebOptions(
        connection=Connection.from_settings(settings),
        topics=settings.topics,
        group=settings.group,
        listen=address,
        build_trial=partial(
            build_trial,
            settings.tagger,
            settings.labeller,
            settings.gazetteer,
            settings.taxonomy,
            settings.max_event_bytes,
        ),
        articles=settings.web_articles,
        token=_token(settings, address),
        hosts=tuple(name.strip().lower() for name in (settings.web_hosts or "").split(",") if name.strip()),
        may_replay=settings.web_replay,
        replay_limit=settings.replay_limit,
        trial_seconds=min(TRIAL_SECONDS, settings.stage_seconds),
        trial_memory=settings.stage_memory_mb * 2**20,
        max_event_bytes=settings.max_event_bytes,
    )


def announce(address: Address, *, token: str | None, opens: bool) -> None:
    """Print where the page is, on standard error, and open it in a browser if that is wanted."""
    url = f"http://{address.here}/" + (f"?token={token}" if token else "")
    click.echo(f"the live page is at {url}; Ctrl-C stops it", err=True)
    if opens and _has_screen():
        # In a thread, because a browser may take its time to start.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _has_screen() -> bool:
    """Return False on a server, where a browser for the terminal would take this terminal."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _token(settings: Settings, address: Address) -> str | None:
    """Return the token that requests need; None if it is off, or not set on the loopback address."""
    from streams.web.guard import is_loopback

    given = settings.web_token.get_secret_value() if settings.web_token else None
    if given == OFF:
        if settings.web_replay and not is_loopback(address.host):
            raise WireroomError(
                f"WIREROOM_WEB_TOKEN=off on {address} would let anybody replay dead letters; "
                "set a token, or leave WIREROOM_WEB_REPLAY out"
            )
        return None
    if given is not None and len(given) < SHORTEST_TOKEN:
        raise WireroomError(
            f"WIREROOM_WEB_TOKEN has {len(given)} characters; it needs {SHORTEST_TOKEN} or more, or off"
        )
    if given is None and not is_loopback(address.host):
        return secrets.token_urlsafe(24)
    return given
