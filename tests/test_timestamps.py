"""Times of mail, feeds and Unix are read with their zones."""

from __future__ import annotations

from datetime import datetime

import pytest

from streams.timestamps import read_timestamp


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Sun, 12 Apr 2026 18:05:00 GMT", "2026-04-12T18:05:00+00:00"),
        ("Sun, 12 Apr 2026 18:05:00 +0200", "2026-04-12T18:05:00+02:00"),
        ("12 Apr 2026 18:05 EST", "2026-04-12T18:05:00-05:00"),
        ("Sunday, 12-Apr-26 18:05:00 GMT", "2026-04-12T18:05:00+00:00"),
        ("Sun, 12 Apr 2026 18:05:00 +0530 (IST)", "2026-04-12T18:05:00+05:30"),
        ("Sun, 12 Apr 2026 18:05:00 CEST", "2026-04-12T18:05:00+02:00"),
        ("12 April 2026", "2026-04-12T00:00:00"),
        ("Sun, 12 Apr 2026 18:05:00 -0000", "2026-04-12T18:05:00"),
        ("Sun, 12 Apr 2026 18:05:00 XYZ", "2026-04-12T18:05:00"),
        ("2026-04-12 18:05:00 UTC", "2026-04-12T18:05:00+00:00"),
        ("2026-04-12 18:05:00 +0200", "2026-04-12T18:05:00+02:00"),
        ("April 12, 2026", "2026-04-12T00:00:00"),
        ("Sunday, Apr. 12th, 2026, 18:05 BST", "2026-04-12T18:05:00+01:00"),
        ("2026/04/12 18:05", "2026-04-12T18:05:00"),
        ("Sun Apr 12 18:05:00 JST 2026", "2026-04-12T18:05:00+09:00"),
    ],
)
def test_a_time_is_read_with_its_zone(text, iso):
    assert read_timestamp(text) == datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "12 Foo 2026 18:05:00 GMT", "31 Feb 2026", "12 Apr 2026 25:00", "04/12/2026", "1e9"],
)
def test_what_is_not_such_a_time_is_none(text):
    assert read_timestamp(text) is None
