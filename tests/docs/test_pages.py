"""The pages tell the truth: what they name exists, what they list is complete, and no link is dead."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click import Group
from click.testing import CliRunner
from pydantic import BaseModel

from streams import dead, errors
from streams.cli import COMMANDS, main
from streams.enrich import STAGES
from streams.events import EVENTS, Entity, Label
from streams.headers import raw_headers
from streams.settings import Settings
from streams.topics import Topics
from tests.docs.pages import (
    PAGES,
    README,
    ROOT,
    anchors,
    blocks,
    code_spans,
    links,
    name_of,
    prose,
    read,
    section,
    with_generated_parts,
)

DOCS = ROOT / "docs"
CONTRACT = DOCS / "contract.md"
RENAMES = DOCS / "decisions" / "renames.md"
LINKED = (
    *PAGES,
    ROOT / "streams/enrich/entities/models/MODEL_CARD.md",
    ROOT / "streams/enrich/entities/tables/README.md",
    ROOT / "streams/stories/vectors.md",
)
README_WORDS = 900
DECISIONS = (
    "0001-producer-per-partition.md",
    "0002-faust-kept-and-quarantined.md",
    "0003-two-client-libraries.md",
    "0004-a-child-process-for-the-stages.md",
    "0005-no-state-in-tables.md",
    "0006-several-stages-in-one-pass.md",
    "renames.md",
)
DECISION_HEADINGS = ("## Context", "## Decision", "## Consequences", "## Given up")
_PATH = re.compile(r"(?<![\w/.])(?:streams|producers|tests|docs|seeds|\.ci)/[\w./-]*\w/?")

every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def test_the_readme_is_read_in_minutes():
    assert len(read(README).split()) <= README_WORDS


@every_page
def test_tables_and_articles_on_the_page_are_what_the_code_says(page: Path):
    text = read(page)

    assert text == with_generated_parts(text), "run `python -m tests.docs`"


@pytest.mark.parametrize("page", LINKED, ids=name_of)
def test_no_link_on_the_page_is_dead(page: Path):
    dead_links = [target for _, target in links(page) if not _leads_somewhere(page, target)]

    assert dead_links == []


@every_page
def test_code_that_the_page_links_to_has_the_name_it_gives(page: Path):
    named = [
        (name[1], (page.parent / target).resolve())
        for text, target in links(page)
        if target.endswith(".py") and (name := re.fullmatch(r"`(?:\w+\.)*(\w+)`", text))
    ]

    missing = [f"{path.name}: {name}" for name, path in named if not _defines(path, name)]

    assert missing == []


@every_page
def test_paths_that_the_page_names_exist(page: Path):
    text = _new_names() if page == RENAMES else "\n".join([*code_spans(page), *blocks(page, "text")])

    missing = [path for path in _PATH.findall(text) if not (ROOT / path).exists()]

    assert missing == []


@every_page
def test_settings_that_the_page_names_exist(page: Path):
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    existing = {f"WIREROOM_{name.upper()}" for name in Settings.model_fields}
    existing |= set(re.findall(r"\$\{(WIREROOM_\w+)", compose))

    named = set(re.findall(r"\bWIREROOM_[A-Z_]+\b", read(page)))

    assert {name for name in named - existing if not name.startswith("WIREROOM_TEST_")} == set()


def test_new_names_on_the_page_of_renames_are_in_the_code():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "streams").rglob("*.py"))
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|", section(RENAMES, "## Names"), re.MULTILINE)
    new = {
        name for row in rows for span in re.findall(r"`([^`]+)`", row) for name in re.findall(r"\w+", span)
    }

    assert len(new) >= 30
    assert [name for name in sorted(new) if not re.search(rf"\b{name}\b", source)] == []


def test_every_page_is_found_from_the_readme():
    reached: set[Path] = set()
    waiting = [README]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets_of_page = [target.partition("#")[0] for _, target in links(page) if "://" not in target]
        waiting += [(page.parent / target).resolve() for target in targets_of_page if target]

    assert set(PAGES) - reached == set()


@pytest.mark.parametrize("name", DECISIONS)
def test_each_decision_has_its_page_and_is_listed(name: str):
    listed = [target for _, target in links(DOCS / "decisions" / "README.md")]

    assert name in listed
    assert (DOCS / "decisions" / name).is_file()


@pytest.mark.parametrize("page", sorted(DOCS.glob("decisions/0*.md")), ids=name_of)
def test_each_decision_says_what_was_given_up(page: Path):
    missing = [heading for heading in DECISION_HEADINGS if heading not in read(page).splitlines()]

    assert missing == []
    assert page.name in DECISIONS


def test_every_command_is_in_the_contract():
    table = section(CONTRACT, "## Commands")

    assert [name for name in COMMANDS if f"`wireroom {name}" not in table] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str):
    assert isinstance(main, Group)
    shown = CliRunner().invoke(main, [name, "--help"])

    assert shown.exit_code == 0
    command = main.get_command(None, name)  # type: ignore[arg-type]
    has_own_commands = isinstance(command, Group)
    usage, *rest = shown.output.split("\n", 1)
    assert has_own_commands or f"wireroom {name}" in rest[0] or name in {"health", "schema"}, usage


def test_every_topic_is_in_the_contract_with_its_cleanup_policy():
    topics = Topics()
    rows = section(CONTRACT, "## Topics").splitlines()
    specs = topics.specs(["<label>"], partitions=1, retention_days=1, max_message_bytes=1)

    missing = [
        spec.name
        for spec in specs
        if not any(
            row.startswith(f"| `{spec.name}` |") and row.endswith(f"| {_policy(spec.config)} |")
            for row in rows
        )
    ]

    assert missing == []


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_field_of_an_event_is_in_the_contract(event: type[BaseModel]):
    chain = [model for model in EVENTS if issubclass(event, model)]
    described = "".join(section(CONTRACT, f"### {model.__name__}") for model in chain)

    assert [name for name in event.model_fields if f"`{name}`" not in described] == []


@pytest.mark.parametrize(
    ("model", "heading"), [(Entity, "### TaggedArticle"), (Label, "### EnrichedArticle")]
)
def test_every_field_of_entities_and_labels_is_in_the_contract(model: type[BaseModel], heading: str):
    described = section(CONTRACT, heading)

    assert [
        name for name in model.model_fields if f"`{name}`" not in described and f".{name}`" not in described
    ] == []


def test_every_header_is_in_the_contract(utc_now, raw_article):
    described = section(CONTRACT, "## Headers") + section(CONTRACT, "## Dead letters")
    letter = dead.dead_letter_headers(
        [],
        error=errors.Unexpected("a bug"),
        topic="news.raw",
        partition=0,
        offset=0,
        stage="cleanup",
        at="2026-03-01T12:00:00.000Z",
        replays=0,
    )

    names = [name for name, _ in [*raw_headers(raw_article, utc_now), *letter]]

    assert [name for name in names if f"`{name}`" not in described] == []


def test_every_reason_of_a_dead_letter_is_in_the_contract():
    described = section(CONTRACT, "## Dead letters")
    kinds = errors.EnrichmentError.__subclasses__()
    reasons = [
        kind.__name__ for kind in kinds if kind.__module__.startswith("streams.")
    ]  # not those of tests

    assert len(reasons) >= 10
    assert [reason for reason in reasons if f"| `{reason}` |" not in described] == []


def test_every_warning_of_the_stages_is_in_the_contract():
    described = section(CONTRACT, "### Warnings")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "streams").rglob("*.py")]
    codes = {code for source in sources for code in re.findall(r"\bwarn(?:ed)?\(\s*\"(\w+)\"", source)}

    assert len(codes) >= 9
    assert [code for code in sorted(codes) if f"`{code}`" not in described] == []


def test_the_pictures_name_every_stage_and_topic():
    topics = Topics()
    pictures = [blocks(README, "text")[0], blocks(DOCS / "architecture.md", "mermaid")[0]]
    labels = topics.label("<label>")
    names = [*topics.stages(), topics.dead, labels, *STAGES]

    for picture in pictures:
        plain = picture.replace("&lt;", "<").replace("&gt;", ">")
        assert [name for name in names if name not in plain] == []


def test_log_lines_that_operations_explains_are_written_by_a_worker():
    table = section(DOCS / "operations.md", "## Logs")
    lines = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "streams").rglob("*.py"))

    assert len(lines) >= 5
    assert [line for line in lines if f'"{line}"' not in source] == []


def test_every_benchmark_has_its_command_and_its_day():
    page = DOCS / "benchmarks.md"
    rows = [
        row
        for row in prose(page).splitlines()
        if row.startswith("| ") and not row.startswith(("| fig", "| -"))
    ]

    assert len(rows) >= 18
    assert [row for row in rows if not re.search(r"\| `[^`]+` \| 20\d\d-\d\d-\d\d \|$", row)] == []


@pytest.mark.parametrize("page", [README, ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_the_python_versions_on_the_page_are_those_that_can_be_installed(page: Path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first, beyond = re.findall(r"3\.(\d+)", project["requires-python"])

    assert f"Python 3.{first} to 3.{int(beyond) - 1}" in read(page)


def _leads_somewhere(page: Path, target: str) -> bool:
    if "://" in target:
        return target.startswith("https://")
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or (file.suffix == ".md" and anchor in anchors(file)))


def _defines(path: Path, name: str) -> bool:
    """Return True if the module at `path` has a class, function or constant called `name`."""
    source = path.read_text(encoding="utf-8")
    return re.search(rf"^\s*(?:async def|def|class) {name}\b|^{name}\b.*=", source, re.MULTILINE) is not None


def _policy(config: dict[str, str]) -> str:
    return ", ".join(config["cleanup.policy"].split(","))


def _new_names() -> str:
    """Return the right-hand column of the tables of renames: the old names are gone on purpose."""
    return "\n".join(re.findall(r"^\| [^|]+ \| ([^|]+) \|", read(RENAMES), re.MULTILINE))
