"""A label file is a label, or is refused in one line with the file, the key, the value and the reason."""

from __future__ import annotations

import pytest

from streams.enrich.labels.label_file import LABEL_NAME_RULE, LONG, SHORT, Calibration, LabelFile, read_label
from streams.errors import TaxonomyError

CHESS = 'label = "chess"\nphrases = { "chess" = 2 }\n'


def test_what_a_file_leaves_out_has_a_default(tmp_path):
    (tmp_path / "chess.toml").write_text('label = "board-games_2"\nphrases = { "chess" = 2 }')

    label = read_label(tmp_path / "chess.toml")

    assert (label.name, label.version, label.threshold) == ("Board games 2", 1, 0.5)
    assert label.phrases == {"chess": 2.0}
    assert (label.contra, label.excludes, label.examples.positive) == ({}, (), ())
    assert (label.entities, label.replaces) == (None, False)
    assert (label.calibration.long, label.calibration.short) == (LONG, SHORT)


def test_a_file_may_calibrate_long_texts_alone(tmp_path):
    (tmp_path / "chess.toml").write_text(CHESS + "calibration.long = { slope = 3, intercept = -6 }")

    label = read_label(tmp_path / "chess.toml")

    assert label.calibration.long == Calibration(slope=3.0, intercept=-6.0)
    assert label.calibration.short == SHORT


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('phrases = { "chess" = 1 }', "label is missing"),
        (
            'label = "Chess Club"\nphrases = { "chess" = 1 }',
            f"label must be {LABEL_NAME_RULE}, not 'Chess Club'",
        ),
        ('label = 3\nphrases = { "chess" = 1 }', "label must be text, not 3"),
        ('label = "chess"', "phrases is missing or empty; a label needs at least one phrase"),
        ('label = "chess"\nphrases = {}', "phrases is missing or empty; a label needs at least one phrase"),
        ('label = "chess"\nphrases = ["chess"]', "phrases must be a table, not ['chess']"),
        *(
            (
                f'label = "chess"\nphrases = {{ "chess" = {weight} }}',
                f"phrases.chess must be a weight above 0 and at most 10, not {shown}",
            )
            for weight, shown in [
                ("0", "0"),
                ("-2", "-2"),
                ("10.5", "10.5"),
                ("nan", "nan"),
                ("true", "True"),
                ('"much"', "'much'"),
                ('"3.0"', "'3.0'"),
            ]
        ),
        *(
            (
                f'label = "chess"\nphrases = {{ "{phrase}" = 1 }}',
                f'phrases."{phrase}" is empty: it has no letters or digits',
            )
            for phrase in ["", " ... chess", "**"]
        ),
        *(
            (
                f'label = "chess"\nphrases = {{ "{phrase}" = 1 }}',
                f"phrases.{phrase} would be found in nearly every article; add a more specific word",
            )
            for phrase in ["the", "e"]
        ),
        (
            'label = "chess"\nphrases = { "a ... b ... c" = 1 }',
            'phrases."a ... b ... c" has more than one gap',
        ),
        (
            'label = "chess"\nphrases = { "play~ a~ game~ move~" = 1 }',
            'phrases."play~ a~ game~ move~" has more than 3 words with ~',
        ),
        (
            'label = "chess"\nphrases = { "chess" = 1, "Chess" = 2 }',
            'phrases.Chess is the same phrase as "chess"',
        ),
        (
            CHESS + 'contra = { "chess" = 1 }',
            "contra.chess speaks for the label as well as against it; keep one of the two",
        ),
        (CHESS + "excludes = [3]", "excludes[0] must be non-empty text, not 3"),
        (CHESS + 'excludes = ["chess pie", ""]', "excludes[1] must be non-empty text, not ''"),
        (CHESS + 'excludes = "chess pie"', "excludes must be a list, not 'chess pie'"),
        (
            CHESS + 'excludes = ["the"]',
            "excludes.the would be found in nearly every article; add a more specific word",
        ),
        (CHESS + "threshold = 1.5", "threshold must be a number between 0 and 1, not 1.5"),
        (CHESS + 'threshold = "low"', "threshold must be a number between 0 and 1, not 'low'"),
        (CHESS + "version = 1.5", "version must be a whole number, not 1.5"),
        (CHESS + "version = true", "version must be a whole number, not True"),
        (CHESS + 'replaces = "yes"', "replaces must be true or false, not 'yes'"),
        (
            CHESS + 'iptc = ["20000419"]',
            'iptc lists "20000419", which is retired by IPTC; use "20000418"',
        ),
        (
            CHESS + 'iptc = ["chess"]',
            "iptc must list Media Topic codes of 8 digits, such as \"20000418\", not 'chess'",
        ),
        (
            'label = "chess"\nphrase = { "chess" = 1 }',
            f"phrase is not a known key; the keys are {', '.join(LabelFile.model_fields)}",
        ),
        (
            CHESS + "examples = { good = [] }",
            "examples.good is not a known key; the keys are positive, negative",
        ),
        (CHESS + "examples = { positive = [1] }", "examples.positive[0] must be non-empty text, not 1"),
        (
            CHESS + "calibration.long = { slope = -1, intercept = 0 }",
            "calibration.long.slope must be a number above 0 and at most 1000, not -1",
        ),
        (CHESS + "calibration.long = { slope = 1 }", "calibration.long.intercept is missing"),
        (CHESS + "calibration.long = 4", "calibration.long must be a table of slope, intercept, not 4"),
        (CHESS + "entities = { weight = 1 }", "entities asks for nothing: give countries, roles or both"),
        (
            CHESS + "entities = { weight = 0, countries = 2 }",
            "entities.weight must be a weight above 0 and at most 10, not 0",
        ),
        (
            CHESS + "entities = { weight = 1, countries = -1 }",
            "entities.countries must be a whole number from 0, not -1",
        ),
        ('label = "chess', "is not valid TOML: Unterminated string (at end of document)"),
        ("a = " + "[" * 5000, "is not valid TOML: nested too deeply"),
    ],
)
def test_a_bad_label_file_is_refused_with_key_value_and_reason(tmp_path, content, problem):
    path = tmp_path / "chess.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(TaxonomyError) as refused:
        read_label(path)

    assert str(refused.value) == f"{path}: {problem}"


def test_a_number_with_more_digits_than_python_reads_is_refused(tmp_path):
    (tmp_path / "chess.toml").write_text(CHESS + "version = 1" + "0" * 5000)

    with pytest.raises(TaxonomyError, match=r"chess\.toml: is not valid TOML: Exceeds the limit"):
        read_label(tmp_path / "chess.toml")


def test_bytes_that_are_not_text_are_refused(tmp_path):
    (tmp_path / "chess.toml").write_bytes(b'label = "\xff"')

    with pytest.raises(TaxonomyError, match=r"chess\.toml: is not UTF-8: invalid start byte at byte 9"):
        read_label(tmp_path / "chess.toml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TaxonomyError, match=r"chess\.toml: cannot be read: No such file or directory"):
        read_label(tmp_path / "chess.toml")
