"""The text of a label file: a new one is a label at once, and a calibration changes nothing else in it."""

from __future__ import annotations

import tomllib

import pytest

from streams.enrich.labels.label_file import Calibration, Calibrations, parse_label
from streams.enrich.labels.label_text import calibration_text, new_label_text, with_calibration

FITTED = Calibrations(
    long=Calibration(slope=3.5, intercept=-4.25), short=Calibration(slope=2.0, intercept=-3.0)
)
HEAD = 'label = "chess"\nphrases = { "chess" = 3.0 }\n'
FILES = {
    "without calibration": HEAD,
    "without a line break at the end": HEAD.rstrip(),
    "threshold with a comment": HEAD + "threshold = 0.3  # a guess\n",
    "tables": (
        'label = "chess"\n\n# what counts\n[phrases]\n"chess" = 3.0  # the game\n\n# none yet\n[examples]\n'
    ),
    "calibration first": (
        'label = "chess"\n[calibration]  # by hand\nlong = { slope = 4.0, intercept = -9.0 }  # bold\n'
        '# the game\n[phrases]\n"chess" = 3.0\n'
    ),
    "inline": HEAD + "calibration = { long = { slope = 4.0, intercept = -9.0 } }  # by hand\n",
    "tables in a table": (
        HEAD
        + "[calibration.long]\nslope = 4  # bold\nintercept = -9\n\n[examples]  # none yet\npositive = []\n"
    ),
    "dotted keys": HEAD + "calibration.short.slope = 1  # mild\ncalibration.short.intercept = -2\n",
    "Windows": HEAD.replace("\n", "\r\n") + "# the end\r\n",
    "the template": new_label_text("chess"),
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_calibration_changes_its_own_values_and_no_others(text):
    calibrated = with_calibration(text, 0.42, FITTED)

    assert tomllib.loads(calibrated) == {
        **tomllib.loads(text),
        "threshold": 0.42,
        "calibration": FITTED.model_dump(),
    }


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_comments_and_line_breaks_stay_when_a_file_is_calibrated(text):
    calibrated = with_calibration(text, 0.42, FITTED)

    comments = [line[line.index("#") :] for line in text.splitlines() if "#" in line]
    lost = [comment for comment in comments if comment not in calibrated]
    assert lost == [comment for comment in comments if comment.startswith(("# [calibration]", "# long ="))]
    assert calibrated.count("\r\n") == (calibrated.count("\n") if "\r\n" in text else 0)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_that_is_calibrated_twice_alike_stays_the_same(text):
    calibrated = with_calibration(text, 0.42, FITTED)

    assert with_calibration(calibrated, 0.42, FITTED) == calibrated


def test_a_comment_stays_above_its_table():
    calibrated = with_calibration(FILES["tables"], 0.42, FITTED)

    assert '# what counts\n[phrases]\n"chess" = 3.0  # the game\n\n# none yet\n[examples]\n' in calibrated


def test_the_printed_calibration_is_the_one_that_is_written():
    printed = tomllib.loads(calibration_text(0.42, FITTED))

    written = tomllib.loads(with_calibration(HEAD, 0.42, FITTED))
    assert printed == {key: written[key] for key in ("threshold", "calibration")}


def test_a_new_label_file_is_a_label_with_the_defaults():
    chess = parse_label(new_label_text("chess-960"), "chess-960.toml")

    plain = parse_label('label = "chess-960"\nphrases = { "chess-960" = 3 }', "plain.toml")
    assert chess.phrases == plain.phrases
    assert (chess.threshold, chess.calibration) == (plain.threshold, plain.calibration)


def test_the_calibration_in_the_template_is_the_default_one():
    text = new_label_text("chess")

    commented_out = text.replace("# [calibration]\n# long", "[calibration]\nlong")
    assert commented_out != text
    assert parse_label(commented_out, "chess.toml").calibration == Calibrations()
