"""The pages that people read, taken apart: links, headings, code blocks, and the parts that code generates.

`python -m tests.docs` rewrites the generated parts; the tests check that they are up to date.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic_core import PydanticUndefined

import streams
from streams.settings import Settings
from streams.worker.metrics.definitions import METRICS, Metric
from tests.broker.wire import wireroom

ROOT = Path(streams.__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
COLUMNS = "100"
CUT = "[…]"
FEW = 4  # values of a label

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_OR_SHELL = re.compile(
    r"^<!-- file: (?P<path>\S+) -->\n```\w+\n(?P<content>.*?)^```$|^```sh\n(?P<shell>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_TARGET = re.compile(r"^([a-z][a-z-]*):.*## (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One thing to do on a page: write the file `path` with `text`, or run the command line `text`."""

    text: str
    path: str | None = None


def name_of(page: Path) -> str:
    """Return the path of `page` in the project, as a test's id."""
    return str(page.relative_to(ROOT))


def read(page: Path) -> str:
    """Return the text of `page`."""
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """Return the text of `page` without its code blocks."""
    return _FENCE.sub("", read(page))


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of `page` in `language`."""
    return [code for tag, code in _FENCE.findall(read(page)) if tag == language]


def code_spans(page: Path) -> list[str]:
    """Return what stands in backticks in the prose of `page`."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(page))


def links(page: Path) -> list[tuple[str, str]]:
    """Return the text and the target of each link of `page`."""
    return re.findall(r"\[((?:`[^`]*`|[^\]\[])*)\]\(([^)\s]+)\)", prose(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of `page`."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(page: Path, heading: str) -> str:
    """Return what stands under `heading` of `page`, up to the next heading of its level or above."""
    level = heading.split(" ")[0]
    text = read(page)
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    following = re.search(rf"^#{{1,{len(level)}}} ", text[start:], re.MULTILINE)
    return text[start : start + following.start()] if following else text[start:]


def steps(page: Path) -> list[Step]:
    """Return the files and the command lines of `page`, in reading order, without comments."""
    found: list[Step] = []
    for match in _FILE_OR_SHELL.finditer(read(page)):
        if match["path"]:
            found.append(Step(match["content"], match["path"]))
            continue
        lines = (re.sub(r"\s+#\s.*$", "", line).strip() for line in match["shell"].splitlines())
        found += [Step(line) for line in lines if line]
    return found


def with_generated_parts(text: str) -> str:
    """Return `text`, a page, with its generated tables and its enriched articles as they are now."""
    text = _with_table(text, "settings", settings_table())
    text = _with_table(text, "make targets", targets_table())
    text = _with_table(text, "metrics", metrics_table())
    return re.sub(
        r"<!-- block: (\S+)((?: \d+-\d+)*) -->\n```text\n.*?```",
        lambda match: f"<!-- block: {match[1]}{match[2]} -->\n```text\n{_cut(match[1], match[2])}\n```",
        text,
        flags=re.DOTALL,
    )


def _with_table(text: str, marker: str, table: str) -> str:
    """Return `text` with `table` in the place that `marker` names."""
    old = rf"<!-- {marker} -->\n(\n(\|.*\n)+)?"
    return re.sub(old, lambda _: f"<!-- {marker} -->\n\n{table}\n", text)


def settings_table() -> str:
    """Return the table of settings."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
        rows.append(f"| `WIREROOM_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def metrics_table() -> str:
    """Return the table of a worker's metrics."""
    rows = ["| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"]
    for metric in METRICS:
        labels = ", ".join(_label(metric, label) for label in metric.labels)
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(rows)


def _label(metric: Metric, label: str) -> str:
    """Return `label` with its values, if they are known and few."""
    values = metric.values.get(label, ())
    return f"`{label}` ({', '.join(values)})" if 0 < len(values) <= FEW else f"`{label}`"


def targets_table() -> str:
    """Return the table of make targets with the comments that `make help` prints."""
    rows = ["| target | does |", "| --- | --- |"]
    rows += [f"| `make {target}` | {comment} |" for target, comment in targets().items()]
    return "\n".join(rows)


def targets() -> dict[str, str]:
    """Return the documented targets of the Makefile with their comments."""
    return dict(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def _cut(seed: str, ranges: str) -> str:
    """Return the lines of the block of `seed` that `ranges` names, with a mark for those left out."""
    lines = enriched_block(seed).splitlines()
    if not ranges:
        return "\n".join(lines)
    parts = [lines[int(first) - 1 : int(last)] for first, last in re.findall(r"(\d+)-(\d+)", ranges)]
    return f"\n\n{CUT}\n\n".join("\n".join(part).strip("\n") for part in parts)


@lru_cache
def enriched_block(seed: str) -> str:
    """Return what `wireroom enrich --pretty` prints for `seed`."""
    printed = subprocess.run(
        [wireroom(), "enrich", "--pretty", seed],
        cwd=ROOT,
        env={**plain_environment(), "COLUMNS": COLUMNS, "NO_COLOR": "1"},
        capture_output=True,
        check=True,
    )
    return printed.stdout.decode().strip("\n")


def plain_environment() -> dict[str, str]:
    """Return our environment without Wireroom's settings, and with our `wireroom` and `python` first."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")}
    return {**inherited, "PATH": f"{Path(wireroom()).parent}:{os.environ['PATH']}"}
