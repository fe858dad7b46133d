"""Debian's Chromium, driven by Playwright, on the page of one test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, Never

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

PATIENCE_MS = 20_000


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Return Playwright, until the last test of this folder: meanwhile its event loop runs in this thread."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Return Chromium. Without it the tests skip, or fail if it is required."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        absent("Chromium is not installed: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return `visit(url)`, which opens a page in a window of its own.

    Options are those of a context, such as `color_scheme`. After the test no script may have failed and the
    policy of the page may have stopped nothing.
    """
    problems: list[str] = []
    contexts = []

    def open_page(url: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"script: {error}"))
        page.on(
            "console", lambda message: problems.append(message.text) if "Policy" in message.text else None
        )
        page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def absent(reason: str) -> Never:
    """Skip the test; with WIREROOM_REQUIRE_BROWSER fail it, so that a missing browser shows in CI."""
    if os.environ.get("WIREROOM_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)
