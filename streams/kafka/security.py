"""TLS contexts, and the reason why a broker refuses a client.

kafka-python and aiokafka retry a broker that refuses them, and then report a time-out. `check_access` makes
one connection to each address first and reads the reason: a wrong password is sent once and reported at once.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.errors import AccessRefused, WireroomError

if TYPE_CHECKING:
    from streams.kafka.connection import Connection

LISTEN_SECONDS = 5.0  # for one address
TLS_ALERT = 0x1503  # the first two bytes of a TLS alert, which a plain client reads as a length
NO_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH

# At DEBUG these show every request and its bytes, the password among them.
for _name in ("kafka.net.connection", "kafka.protocol.parser", "aiokafka.conn"):
    logging.getLogger(_name).addFilter(lambda record: record.levelno > logging.DEBUG)


class HiddenPassword(str):
    """A password whose repr is stars, for clients that log the options they were made with."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'**********'"


@cache
def tls_context(
    cafile: Path | None, certfile: Path | None, keyfile: Path | None, check_hostname: bool
) -> ssl.SSLContext:
    """Return a context for TLS 1.2 or later that trusts `cafile`, or else the system's authorities.

    Raises WireroomError when a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=cafile)
    except OSError as error:
        rule = "must be a PEM file of certificates"
        raise _unusable(f"WIREROOM_SSL_CAFILE: {cafile}", rule, error) from error
    context.check_hostname = check_hostname
    if certfile is not None:
        try:
            # With an encrypted key and no password, OpenSSL would ask for it on the terminal.
            context.load_cert_chain(certfile, keyfile, password="")
        except OSError as error:
            files = (
                f"WIREROOM_SSL_CERTFILE and WIREROOM_SSL_KEYFILE: {certfile}, {keyfile or 'the key in it'}"
            )
            rule = "must be a PEM certificate and its key, not encrypted"
            raise _unusable(files, rule, error) from error
    return context


def _unusable(files: str, rule: str, error: OSError) -> WireroomError:
    """Return the error for `files` that cannot be read, or break the `rule`; OpenSSL gives little detail."""
    why = rule if isinstance(error, ssl.SSLError) else error.strerror
    return WireroomError(f"{files}: {why or error}")


def check_access(connection: Connection) -> None:
    """Raise AccessRefused, with the reason, when the broker refuses a client of `connection`.

    An address that cannot be reached, or is silent, does not refuse: the others are asked all the same. One
    address that accepts the client is enough.
    """
    options, addresses = connection.client_options(), connection.servers
    # In a thread: the caller may run in an event loop of its own.
    with ThreadPoolExecutor(1) as thread:
        obstacles = thread.submit(asyncio.run, _obstacles(addresses, options)).result()
    for address in addresses:
        if address in obstacles and (why := _why_refused(obstacles[address], connection)) is not None:
            raise AccessRefused(f"{address} {why}")


async def _obstacles(addresses: Iterable[str], options: dict[str, Any]) -> dict[str, Exception]:
    """Return the error at each of `addresses`, or nothing as soon as one of them lets the client in.

    All are asked at once, so that those that never answer take no longer than one.
    """

    async def obstacle(address: str) -> tuple[str, Exception | None]:
        try:
            await asyncio.wait_for(_knock(address, options), LISTEN_SECONDS)
        except Exception as error:  # noqa: BLE001 - what says nothing of access is for the client to meet
            return address, error
        return address, None

    errors = {}
    for answer in asyncio.as_completed([obstacle(address) for address in addresses]):
        address, error = await answer
        if error is None:
            return {}
        errors[address] = error
    return errors


async def _knock(address: str, options: dict[str, Any]) -> None:
    """Make one connection to `address` and one request; raise what stands in the way."""
    from aiokafka.conn import create_conn, get_ip_port_afi
    from aiokafka.protocol.metadata import MetadataRequest

    host, port, _ = get_ip_port_afi(address)  # as the clients read it: without a port it is 9092
    connection = await create_conn(host, port, request_timeout_ms=int(1000 * LISTEN_SECONDS), **options)
    try:
        await connection.send(MetadataRequest([]))  # a listener with SASL answers before it hangs up on this
    finally:
        connection.close()


def _why_refused(error: BaseException, connection: Connection) -> str | None:
    """Return the reason that `error` gives, and what to do; None when `error` is not about access."""
    from aiokafka.errors import (
        IllegalSaslStateError,
        SaslAuthenticationFailed,
        UnsupportedSaslMechanismError,
    )

    protocol = connection.security_protocol
    if isinstance(error, SaslAuthenticationFailed):
        return (
            f"refuses user {connection.sasl_username!r} over {protocol} with {connection.sasl_mechanism}: "
            "check WIREROOM_SASL_USERNAME, WIREROOM_SASL_PASSWORD and WIREROOM_SASL_MECHANISM"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return (
            f"does not accept users over {protocol} with {connection.sasl_mechanism}: "
            "set WIREROOM_SASL_MECHANISM to one that it has"
        )
    if isinstance(error, IllegalSaslStateError):
        plain = "SSL" if connection.uses_tls else "PLAINTEXT"
        return f"does not speak {protocol}: it asks for no user, so set WIREROOM_SECURITY_PROTOCOL to {plain}"
    return _why_no_tls(error, connection) if connection.uses_tls else _why_hung_up(error, connection)


def _why_no_tls(error: BaseException, connection: Connection) -> str | None:
    protocol = connection.security_protocol
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        if cause.verify_code in NO_NAME:
            return (
                f"has a certificate for another name ({cause.verify_message}), refused over {protocol}: "
                "use its name in WIREROOM_BROKER, or set WIREROOM_SSL_CHECK_HOSTNAME to false"
            )
        return (
            f"has a certificate that is not trusted ({cause.verify_message}), refused over {protocol}: "
            "set WIREROOM_SSL_CAFILE to the certificate of the authority that issued it"
        )
    if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
        return (
            f"does not accept our certificate, or requires one, over {protocol} ({cause.reason}): "
            "set WIREROOM_SSL_CERTFILE and WIREROOM_SSL_KEYFILE to one that it trusts"
        )
    if isinstance(cause, ssl.SSLError) or isinstance(error, ConnectionResetError):
        plain = "SASL_PLAINTEXT" if connection.uses_sasl else "PLAINTEXT"
        return f"does not speak {protocol}: if it has no TLS, set WIREROOM_SECURITY_PROTOCOL to {plain}"
    return _why_hung_up(error, connection)


def _why_hung_up(error: BaseException, connection: Connection) -> str | None:
    cause = error.__cause__
    if not isinstance(cause, asyncio.IncompleteReadError):
        return None
    protocol = connection.security_protocol
    if not connection.uses_tls and (cause.expected or 0) >> 16 == TLS_ALERT:
        secured = "SASL_SSL or SSL" if connection.uses_sasl else "SSL or SASL_SSL"
        return f"does not speak {protocol} but TLS: set WIREROOM_SECURITY_PROTOCOL to {secured}"
    if connection.uses_sasl:
        return None
    secured = "SASL_SSL" if connection.uses_tls else "SASL_PLAINTEXT"
    return (
        f"hangs up on a client that speaks {protocol}: if it asks for a user, "
        f"set WIREROOM_SECURITY_PROTOCOL to {secured}"
    )
