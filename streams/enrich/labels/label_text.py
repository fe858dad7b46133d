"""The text of a label file: a new one from the template, and the user's own with another calibration."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from importlib.resources import files
from string import Template
from typing import Any

from streams.enrich.labels.label_file import LONG, Calibration, Calibrations
from streams.enrich.labels.similarity import EXAMPLES_FOR_HEAD

# The calibration in the template, which is a comment: it makes way for the real one.
_COMMENTED_CALIBRATION = re.compile(r"(?m)^# \[calibration\]\n(?:# (?:long|short) = .*(?:\n|\Z))+")


def new_label_text(name: str) -> str:
    """Return a commented label file for a label called `name`."""
    template = Template(files("streams.enrich.labels").joinpath("template.toml").read_text(encoding="utf-8"))
    return template.substitute(
        name=name, examples=EXAMPLES_FOR_HEAD, slope=f"{LONG.slope:g}", intercept=f"{LONG.intercept:g}"
    )


def calibration_text(threshold: float, calibrations: Calibrations) -> str:
    """Return the threshold and the calibrations as lines for a label file."""
    return (
        f"threshold = {threshold:g}\n\n[calibration]\n"
        f"long = {_inline(calibrations.long)}\nshort = {_inline(calibrations.short)}\n"
    )


def with_calibration(text: str, threshold: float, calibrations: Calibrations) -> str:
    """Return `text`, a label file, with this threshold and these calibrations.

    All comments stay, and the layout of everything else.
    """
    import tomlkit  # only for this: no other command rewrites a file

    has_crlf = "\r\n" in text
    lines = text.replace("\r\n", "\n").removesuffix("\n") + "\n"
    document = tomlkit.parse(_COMMENTED_CALIBRATION.sub("", lines))
    added = tomlkit.parse(calibration_text(threshold, calibrations))
    if "threshold" not in document:  # first, because tomlkit would separate a table from the comment above it
        document = tomlkit.parse("threshold = 0.5\n" + document.as_string())
    document["threshold"] = added["threshold"]
    table: MutableMapping[str, Any] = document.setdefault("calibration", tomlkit.table())
    for length, calibration in added["calibration"].items():
        if length in table:
            table[length].update(calibration)
        else:
            table[length] = calibration
    rewritten = document.as_string()
    return rewritten.replace("\n", "\r\n") if has_crlf else rewritten


def _inline(calibration: Calibration) -> str:
    return f"{{ slope = {calibration.slope:g}, intercept = {calibration.intercept:g} }}"
