"""Any file that a user names is read or refused: articles, label files, gazetteers."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producers.sources import ArticleReader
from streams.enrich.entities.gazetteer import Gazetteer
from streams.enrich.labels.label_file import read_label
from streams.errors import GazetteerError, SourceError, TaxonomyError
from tests.hostile.oddities import ANY_BYTES, TEXTS

LABEL = """
label = "chess"
threshold = 0.5
iptc = ["20000418"]
excludes = ["chess pie"]
phrases = { "chess tournament" = 2.0, "grandmaster~" = 1.5 }
contra = { "pie" = 1.0 }
examples = { positive = ["The chess tournament began."], negative = ["A pie."] }
entities = { weight = 0.5, countries = 2, roles = ["coach"] }
calibration = { long = { slope = 4.0, intercept = -6.0 } }
"""
NAMES = """
[[entity]]
names = ["Acme Robotics", "Acme"]
type = "ORG"
ids = { crm = "A-17" }
"""

SCALAR = st.sampled_from(
    [
        "1" + "0" * 400,
        "-1",
        "nan",
        "inf",
        "true",
        '""',
        '"\\u0000"',
        "[]",
        "{}",
        "1979-05-27",
        "0x7f",
        "[" * 2000,
    ]
)


def mutated(text: str) -> st.SearchStrategy[str]:
    """Return variants of `text`: a value replaced, a line removed, or characters inserted."""
    lines = text.splitlines()
    values = [line for line in lines if " = " in line]

    def replaced(line: str, value: str) -> str:
        return text.replace(line, f"{line.split(' = ')[0]} = {value}", 1)

    return st.one_of(
        st.builds(replaced, st.sampled_from(values), SCALAR),
        st.sampled_from(lines).map(lambda line: text.replace(line, "", 1)),
        st.tuples(st.integers(0, len(text)), st.text(max_size=8)).map(
            lambda at: text[: at[0]] + at[1] + text[at[0] :]
        ),
    )


def outcome_of(load: Callable[[], Any], refusal: type[Exception]) -> Any:
    """Return what `load` returns, or the `refusal` that it raises."""
    try:
        return load()
    except refusal as error:
        return error


def read(content: bytes, name: str | None = None, folder: Path | None = None) -> tuple[int, list[str]]:
    problems: list[SourceError] = []
    reader = ArticleReader(problems.append, lambda _: None, 1_000_000, standard_input=io.BytesIO(content))
    path = Path("-")
    if name is not None and folder is not None:
        path = folder / name
        path.write_bytes(content)
    return sum(1 for _ in reader.read([path])), [str(problem) for problem in problems]


@given(ANY_BYTES)
def test_any_standard_input_gives_articles_or_named_problems(content):
    count, problems = read(content)

    assert count or problems or not content.strip(b"\xff\xfe \n\r\t\v\f")
    assert all(problem.startswith("standard input") for problem in problems)


@pytest.mark.parametrize("suffix", ["txt", "html", "jsonl"])
def test_each_oddity_in_a_file_gives_an_article_or_a_problem_that_names_the_file(tmp_path, suffix):
    for content in TEXTS:
        count, problems = read(content, f"a.{suffix}", tmp_path)

        assert count or problems or not content.strip(b"\xff\xfe\r\n"), content[:80]
        assert all(f"a.{suffix}" in problem for problem in problems)


@given(st.one_of(mutated(LABEL), st.text(max_size=200), st.sampled_from(TEXTS)))
@example(LABEL.replace("2.0", "1" + "0" * 400))
@example(LABEL.replace("0.5\niptc", "1" + "0" * 400 + "\niptc"))
@example("a = " + "[" * 5000)
def test_any_label_file_is_a_label_or_refused_by_name(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("labels") / "chess.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))

    made = outcome_of(lambda: read_label(path), TaxonomyError)

    if isinstance(made, TaxonomyError):
        assert "chess.toml" in str(made)
    else:
        assert made.phrases
        assert tomllib.loads(path.read_text())["label"] == made.label


@given(
    st.sampled_from(["toml", "csv"]),
    st.one_of(
        mutated(NAMES), mutated("names,type,case,crm\nAcme|Acme Robotics,ORG,exact,A-17\n = "), ANY_BYTES
    ),
)
@example("csv", "names,type\n" + "A" * 200_000 + ",ORG\n")
@example("csv", "names,type\nA\x00B,ORG\n")
@example("toml", "entity = " + "[" * 5000)
def test_any_file_of_names_is_a_gazetteer_or_refused_by_name(tmp_path_factory, suffix, content):
    path = tmp_path_factory.mktemp("names") / f"names.{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))

    made = outcome_of(lambda: Gazetteer.load(path), GazetteerError)

    if isinstance(made, GazetteerError):
        assert f"names.{suffix}" in str(made)
    else:
        assert all(0 <= span.start < span.end <= 22 for span in made.merge("Acme Robotics and Acme", []))
