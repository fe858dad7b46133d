"""Options that several commands share."""

from __future__ import annotations

import click
import pytest

from streams.cli.options import SecondsParameter


@pytest.mark.parametrize(("written", "seconds"), [("0", 0.0), ("30", 30.0), ("0.5", 0.5), ("1e3", 1000.0)])
def test_seconds_are_a_number(written, seconds):
    assert SecondsParameter().convert(written, None, None) == seconds


@pytest.mark.parametrize("written", ["", "soon", "-1", "nan", "1 minute"])
def test_a_text_that_is_not_a_number_of_seconds_is_refused(written):
    with pytest.raises(click.BadParameter, match=f"'{written}' is not a number of seconds; write 30 or 0.5"):
        SecondsParameter().convert(written, None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("worker", "--wait", "nan"),
        ("subscribe", "--idle", "nan"),
        ("health", "--silent-seconds", "nan"),
        ("health", "--busy-seconds", "nan"),
    ],
    ids=" ".join,
)
def test_every_time_limit_refuses_what_is_not_a_number(run, arguments):
    outcome = run(*arguments)

    assert outcome.code == 2
    assert "'nan' is not a number of seconds" in outcome.err
