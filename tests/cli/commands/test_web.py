"""`wireroom web`: where it listens, who may look, and how it ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.cli.commands.web import announce, web_options
from streams.errors import WireroomError
from streams.host_port import Address
from streams.settings import Settings
from tests.broker.wire import wireroom
from tests.web.pages import Page

pytestmark = pytest.mark.usefixtures("no_settings")

TOKEN = "correct horse"  # noqa: S105 - nobody's
ANYWHERE = Address("0.0.0.0", 8000)  # noqa: S104 - nothing listens there


def test_on_the_loopback_address_no_token_is_needed():
    assert web_options(Settings()).token is None
    assert web_options(Settings(), Address("::1", 1)).token is None
    assert web_options(Settings(web_token=TOKEN)).token == TOKEN


def test_elsewhere_each_start_has_a_new_token():
    first, second = web_options(Settings(), ANYWHERE).token, web_options(Settings(), ANYWHERE).token

    assert first
    assert second
    assert first != second
    assert web_options(Settings(web_token=TOKEN), ANYWHERE).token == TOKEN


def test_without_a_token_nobody_elsewhere_may_replay():
    assert web_options(Settings(web_token="off"), ANYWHERE).token is None  # noqa: S106
    with pytest.raises(WireroomError, match="WIREROOM_WEB_TOKEN=off"):
        web_options(Settings(web_token="off", web_replay=True), ANYWHERE)  # noqa: S106


def test_a_token_that_can_be_guessed_is_refused_without_being_shown():
    with pytest.raises(WireroomError) as refused:
        web_options(Settings(web_token="secret"), ANYWHERE)  # noqa: S106

    assert "6 characters" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_further_host_names_are_taken_from_the_settings():
    assert web_options(Settings(web_hosts=" News.example, other.example ,")).hosts == (
        "news.example",
        "other.example",
    )


def test_the_address_is_printed_with_the_token(capsys):
    announce(ANYWHERE, token=TOKEN, opens=False)

    assert f"http://127.0.0.1:8000/?token={TOKEN}" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["8000", "localhost", "localhost:99999", ":8000"])
def test_an_address_that_is_none_is_wrong_usage(value):
    ran = CliRunner().invoke(main, ["web", "--listen", value])

    assert ran.exit_code == 2
    assert "HOST:PORT" in ran.output


def test_it_serves_without_a_broker_and_ends_in_order():
    environment = {**os.environ, "WIREROOM_BROKER": "127.0.0.1:9"}
    process = subprocess.Popen(
        [wireroom(), "web", "--listen", "127.0.0.1:0"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        match = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert match, line
        connection = http.client.HTTPConnection("127.0.0.1", int(match[1]), timeout=30)
        connection.request("GET", "/livez")
        assert connection.getresponse().status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "Traceback" not in rest


def test_a_port_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = subprocess.run(
            [wireroom(), "web", "--listen", f"127.0.0.1:{taken.getsockname()[1]}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith("wireroom: cannot listen on 127.0.0.1:")
    assert "another program has this port" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.broker
def test_the_demo_shows_its_articles_on_the_page(tmp_path):
    (tmp_path / "talks.txt").write_text(
        "Norway's climate envoy met Brazil's foreign minister in Oslo for talks."
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "WIREROOM_WEB_LISTEN": "127.0.0.1:0"}
    process = subprocess.Popen(
        [wireroom(), "demo", "--web", "--json", str(tmp_path / "talks.txt")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        line = next((line for line in process.stderr if "the live page is at" in line), "")
        match = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert match, line
        with Page(Address("127.0.0.1", int(match[1])), process.terminate).watch() as viewer:
            (came,) = viewer.read(1)
    finally:
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=90)

    assert process.returncode == 0
    assert came.data["article_id"] == json.loads(printed)["article_id"]
