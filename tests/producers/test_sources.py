"""Articles out of files: what is read, and what is reported while the rest is read."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from producers.sources import ArticleReader, find_sources
from streams.errors import SourceError
from streams.events import ContentType, RawArticle


@dataclass
class Reading:
    """Reads paths, and keeps the problems and remarks."""

    max_article_bytes: int = 8_000_000
    publisher: str | None = None
    standard_input: io.BytesIO | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read_bytes: int = 0

    def articles(self, *paths: Path) -> list[RawArticle]:
        def report(error: SourceError) -> None:
            self.problems.append(str(error))

        def advance(count: int) -> None:
            self.read_bytes += count

        reader = ArticleReader(
            report,
            self.notes.append,
            self.max_article_bytes,
            publisher=self.publisher,
            standard_input=self.standard_input,
            advance=advance,
        )
        sources = find_sources(paths, report, self.notes.append)
        return [sourced.article for sourced in reader.read(sources)]


@pytest.fixture
def reading():
    return Reading()


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_text_file_is_one_article(tmp_path, reading):
    articles = reading.articles(write(tmp_path / "a.txt", "Rates rise\n\nThe bank said so."))

    assert [(a.body, a.content_type, a.published_at) for a in articles] == [
        ("Rates rise\n\nThe bank said so.", ContentType.TEXT, None)
    ]
    assert reading.problems == reading.notes == []


def test_a_page_is_one_article(tmp_path, reading):
    (article,) = reading.articles(write(tmp_path / "a.HTM", "<h1>Rates rise</h1>"))

    assert (article.body, article.content_type) == ("<h1>Rates rise</h1>", ContentType.HTML)


def test_each_line_of_a_json_lines_file_is_an_article(tmp_path, reading):
    record = {
        "article_id": "a1",
        "publisher": "The Example",
        "url": "https://example.org/1",
        "published_at": "2026-03-01T12:00:00+02:00",
        "headline": "Rates rise",
        "body": "The bank said so.",
        "content_type": "text/plain",
        "language": "en",
        "desk": "ignored",
    }
    path = write(tmp_path / "a.jsonl", json.dumps(record) + "\r\n\n" + json.dumps({"body": "Rates fall."}))

    first, second = reading.articles(path)

    assert first == RawArticle.model_validate(record)
    assert second.body == "Rates fall."
    assert reading.problems == []


def test_the_same_article_has_the_same_id_every_time(tmp_path, reading):
    text = write(tmp_path / "a.txt", "Rates rise.")

    first, second = reading.articles(text, text)

    assert first == second


def test_folders_are_read_in_the_order_of_their_names_without_hidden_files(tmp_path, reading):
    for name in ("b/2.txt", "b/1.html", "a.txt", "c.jsonl", ".hidden.txt", ".git/x.txt"):
        write(tmp_path / name, json.dumps({"body": name}))
    write(tmp_path / "b/photo.png", b"\x89PNG")

    articles = reading.articles(tmp_path)

    assert [json.loads(a.body)["body"] if a.content_type else a.body for a in articles] == [
        "a.txt",
        "c.jsonl",
        "b/1.html",
        "b/2.txt",
    ]
    assert len(reading.notes) == 1
    assert "photo.png: skipped" in reading.notes[0]
    assert reading.problems == []


def test_a_folder_without_articles_is_a_problem(tmp_path, reading):
    assert reading.articles(tmp_path) == []
    assert "has no article files" in reading.problems[0]


@pytest.mark.parametrize(
    ("content", "content_type", "bodies"),
    [
        (b'{"body": "one"}\n{"body": "two"}\n', None, ["one", "two"]),
        (b'\xef\xbb\xbf {"body": "one"}', None, ["one"]),
        (b"<!DOCTYPE html><p>Rates rise", ContentType.HTML, ["<!DOCTYPE html><p>Rates rise"]),
        (b"Rates rise. {sic}", ContentType.TEXT, ["Rates rise. {sic}"]),
        (b"[Updated] Rates rise", ContentType.TEXT, ["[Updated] Rates rise"]),
        (b"{Updated} Rates rise", ContentType.TEXT, ["{Updated} Rates rise"]),
        (b"<3 rates", ContentType.TEXT, ["<3 rates"]),
    ],
)
def test_the_format_of_standard_input_is_detected_from_its_start(content, content_type, bodies):
    reading = Reading(standard_input=io.BytesIO(content))

    articles = reading.articles(Path("-"))

    assert [article.body for article in articles] == bodies
    assert {article.content_type for article in articles} == {content_type}
    assert reading.problems == []


@pytest.mark.parametrize(
    ("content", "text", "note"),
    [
        ("Café Zürich".encode(), "Café Zürich", None),
        ("Café Zürich".encode("utf-8-sig"), "Café Zürich", None),
        ("Café Zürich".encode("utf-16"), "Café Zürich", None),
        ("\ufeffCafé Zürich".encode("utf-16-be"), "Café Zürich", None),
        ("“Café” Zürich".encode("cp1252"), "“Café” Zürich", "a.txt: is not UTF-8, read as Windows-1252"),
        ("Café Zürich…".encode()[:-1], "Café Zürich\ufffd", "a.txt: 1 broken UTF-8 characters were replaced"),
    ],
)
def test_text_is_read_in_its_encoding(tmp_path, reading, content, text, note):
    (article,) = reading.articles(write(tmp_path / "a.txt", content))

    assert article.body == text
    assert [n.removeprefix(f"{tmp_path}/") for n in reading.notes] == ([note] if note else [])


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("windows-1251", "cp1251"), ("Shift_JIS", "shift_jis"), ("ISO-8859-1", "cp1252"), ("utf-16", "utf-8")],
)
def test_a_page_is_read_in_the_charset_that_it_declares(tmp_path, reading, charset, encoding):
    words = {"cp1251": "Ставки растут", "shift_jis": "金利上昇", "cp1252": "“Zürich”", "utf-8": "Zürich"}
    page = f'<meta charset="{charset}"><p>{words[encoding]}</p>'

    (article,) = reading.articles(write(tmp_path / "a.html", page.encode(encoding)))

    assert words[encoding] in article.body
    assert reading.notes == []


def test_json_lines_are_read_in_their_encoding(tmp_path, reading):
    line = json.dumps({"body": "Café"}, ensure_ascii=False) + "\n"
    paths = [
        write(tmp_path / "bom.jsonl", line.encode("utf-8-sig") + line.encode()),
        write(tmp_path / "utf16.jsonl", (line * 2).encode("utf-16")),
        write(tmp_path / "cp1252.jsonl", (line * 2).encode("cp1252")),
    ]

    articles = reading.articles(*paths)

    assert [article.body for article in articles] == ["Café"] * 6
    assert reading.notes == [f"{paths[2]}:1: is not UTF-8, read as Windows-1252"]
    assert reading.problems == []


@pytest.mark.parametrize("published_at", ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01T00:00:00Z"])
def test_a_date_alone_is_its_midnight_in_utc(tmp_path, reading, published_at):
    path = write(tmp_path / "a.jsonl", json.dumps({"body": "Rates rise.", "published_at": published_at}))

    (article,) = reading.articles(path)

    assert '"published_at":"2026-03-01T00:00:00Z"' in article.to_bytes().decode()


def test_articles_without_a_publisher_get_the_one_given(tmp_path):
    reading = Reading(publisher="The Example")
    lines = [{"body": "one"}, {"body": "two", "publisher": "Another"}, {"body": "three", "publisher": None}]
    path = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))

    articles = reading.articles(path, write(tmp_path / "a.txt", "four"))

    assert [article.publisher for article in articles] == [
        "The Example",
        "Another",
        "The Example",
        "The Example",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is not valid JSON"),
        ("not json", "is not valid JSON"),
        ('"a string"', "is not a JSON object"),
        ('[{"body": "x"}]', "is not a JSON object; write one article on each line"),
        ("[" * 100_000, "is not valid JSON"),
        ("{}", "body is missing"),
        ('{"text": "x"}', "body is missing"),
        ('{"body": 7}', "body must be text, not 7"),
        ('{"body": null}', "body must be text, not None"),
        ('{"body": "x", "article_id": ""}', "article_id must have 1 or more characters, not ''"),
        ('{"body": "x", "published_at": "yesterday"}', "not 'yesterday'"),
        ('{"body": "x", "published_at": 1772366400}', "published_at must be RFC 3339 text"),
        ('{"body": "x", "content_type": "application/pdf"}', "not 'application/pdf'"),
        ('{"body": 7, "headline": 7}', "(and 1 more)"),
        ('{"body": "\\ud800"}', "is not valid JSON"),
    ],
)
def test_a_line_that_is_not_an_article_is_reported_and_the_rest_is_read(tmp_path, reading, line, problem):
    path = write(tmp_path / "a.jsonl", f'{{"body": "before"}}\n{line}\n{{"body": "after"}}\n')

    articles = reading.articles(path)

    assert [article.body for article in articles] == ["before", "after"]
    assert len(reading.problems) == 1
    assert reading.problems[0].startswith(f"{path}:2: ")
    assert problem in reading.problems[0]
    assert len(reading.problems[0]) < 500


def test_one_json_document_over_many_lines_is_reported_once(tmp_path, reading):
    path = write(tmp_path / "a.json", json.dumps([{"body": "x"}] * 50, indent=2))

    assert reading.articles(path) == []
    assert reading.problems == [f"{path}: is one JSON document: write one article on each line"]


def test_a_file_that_cannot_be_read_is_reported_and_the_rest_is_read(tmp_path, reading):
    missing, empty, binary = tmp_path / "missing.txt", tmp_path / "empty.txt", tmp_path / "binary.txt"
    write(empty, " \n")
    write(binary, bytes(range(256)) * 8)
    broken_link = tmp_path / "folder" / "link.txt"
    broken_link.parent.mkdir()
    broken_link.symlink_to(missing)

    articles = reading.articles(
        missing, empty, binary, broken_link.parent, write(tmp_path / "a.txt", "Rates rise.")
    )

    assert [article.body for article in articles] == ["Rates rise."]
    assert reading.problems == [
        f"{missing}: No such file or directory",
        f"{empty}: is empty",
        f"{binary}: is neither UTF-8 nor in an encoding that can be told; convert it to UTF-8",
        f"{broken_link}: No such file or directory",
    ]


def test_utf16_without_a_byte_order_mark_is_refused(tmp_path, reading):
    assert reading.articles(write(tmp_path / "a.txt", "Rates rise.".encode("utf-16-le"))) == []
    assert "is binary, or UTF-16 without a byte order mark" in reading.problems[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_reported(tmp_path, reading):
    write(tmp_path / "a.txt", "Rates rise.").chmod(0)

    assert reading.articles(tmp_path / "a.txt") == []
    assert reading.problems == [f"{tmp_path}/a.txt: Permission denied"]


def test_an_article_over_the_limit_is_reported_and_the_rest_is_read(tmp_path):
    reading = Reading(max_article_bytes=1_000)
    text = write(tmp_path / "large.txt", "x" * 1_001)
    lines = [
        '{"body": "before"}',
        json.dumps({"body": "x" * 990}),
        json.dumps({"body": "x" * 9_000}),
        '{"body": "after"}',
    ]
    path = write(tmp_path / "a.jsonl", "\n".join(lines))

    articles = reading.articles(text, path)

    assert [article.body for article in articles] == ["before", "after"]
    assert [problem.partition(": ")[0] for problem in reading.problems] == [
        str(text),
        f"{path}:2",
        f"{path}:3",
    ]
    assert all("1,000 bytes" in problem for problem in reading.problems)


def test_letters_that_json_escapes_do_not_count_against_the_limit(tmp_path):
    reading = Reading(max_article_bytes=1_000)
    path = write(tmp_path / "a.jsonl", json.dumps({"body": "ж" * 300}))

    (article,) = reading.articles(path)

    assert article.body == "ж" * 300


def test_a_file_larger_than_memory_allows_is_read_line_by_line(tmp_path):
    line = json.dumps({"body": "Rates rise. " * 800}).encode() + b"\n"
    path = tmp_path / "large.jsonl"
    with path.open("wb") as file:
        file.writelines(line for _ in range(1_000))
        file.write(b'{"body": "' + b"x" * 20_000_000)  # a line without end
    reader = ArticleReader(lambda _: None, lambda _: None, 100_000)

    tracemalloc.start()
    count = sum(1 for _ in reader.read([path]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 1_000
    assert path.stat().st_size > 25_000_000
    assert peak < 3_000_000


def test_the_format_of_a_named_pipe_is_detected_from_its_start(tmp_path, reading):
    pipe = tmp_path / "articles"
    os.mkfifo(pipe)
    writer = os.fork()
    if writer == 0:
        pipe.write_bytes(b'{"body": "one"}\n')
        os._exit(0)

    articles = reading.articles(pipe)

    os.waitpid(writer, 0)
    assert [article.body for article in articles] == ["one"]


def test_progress_counts_every_byte(tmp_path, reading):
    paths = [write(tmp_path / "a.txt", "Rates rise."), write(tmp_path / "b.jsonl", '{"body": "one"}\nnone\n')]

    reading.articles(*paths)

    assert reading.read_bytes == sum(path.stat().st_size for path in paths)


FEED = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0"><channel><title>Harbour Post</title>
<item><title>Müller wins</title><link>https://post.example/1</link>
<description>He said: “Yes.”</description></item>
<item><title>A title alone</title></item>
<item><title>Rates rise</title><link>https://post.example/2</link>
<description>The bank said so.</description></item>
</channel></rss>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_a_feed_is_an_article_for_each_entry(tmp_path, reading, encoding):
    path = write(tmp_path / "news.xml", FEED.format(encoding=encoding).encode(encoding))

    articles = reading.articles(path)

    assert [(a.headline, a.publisher, a.url) for a in articles] == [
        ("Müller wins", "Harbour Post", "https://post.example/1"),
        ("Rates rise", "Harbour Post", "https://post.example/2"),
    ]
    assert reading.problems == [f"{path}: entry 2 ('A title alone') has no text"]


def test_the_publisher_given_takes_precedence_over_the_name_of_the_feed(tmp_path):
    reading = Reading(publisher="The Example")

    articles = reading.articles(write(tmp_path / "news.rss", FEED.format(encoding="utf-8")))

    assert {article.publisher for article in articles} == {"The Example"}


def test_a_table_is_an_article_for_each_row(tmp_path, reading):
    rows = '"Rates rise";"The bank; it said so.";2026-03-01\nRates fall;No;soon\nRates stay;Yes;\n'
    path = write(tmp_path / "news.csv", f"title;text;date\n{rows}")

    articles = reading.articles(path)

    assert [(a.headline, a.body) for a in articles] == [
        ("Rates rise", "The bank; it said so."),
        ("Rates stay", "Yes"),
    ]
    assert len(reading.problems) == 1
    assert reading.problems[0].startswith(f"{path}:3: ")
    assert "not 'soon'" in reading.problems[0]


def test_a_table_without_rows_is_a_problem(tmp_path, reading):
    path = write(tmp_path / "news.csv", "headline,body\n")

    assert reading.articles(path) == []
    assert reading.problems == [f"{path}: is a table without rows"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_in_its_encoding(tmp_path, reading, encoding):
    table = "headline,body\r\nMüller wins,He said: “Yes”\r\n"

    (article,) = reading.articles(write(tmp_path / "news.csv", table.encode(encoding)))

    assert (article.headline, article.body) == ("Müller wins", "He said: “Yes”")


@pytest.mark.parametrize(
    ("name", "content", "headlines"),
    [
        ("a.txt.gz", "Rates rise", [None]),
        ("a.jsonl.gz", '{"headline": "one", "body": "x"}\n{"headline": "two", "body": "y"}', ["one", "two"]),
        ("a.csv.gz", "headline,body\none,x\n", ["one"]),
        ("a.gz", '{"headline": "one", "body": "x"}', ["one"]),
        ("a.jsonl", '{"headline": "one", "body": "x"}', ["one"]),
    ],
)
def test_a_compressed_file_is_read(tmp_path, reading, name, content, headlines):
    path = write(tmp_path / name, gzip.compress(content.encode()))

    articles = reading.articles(path)

    assert [article.headline for article in articles] == headlines
    assert reading.problems == []
    assert reading.read_bytes == path.stat().st_size


def test_standard_input_may_be_compressed():
    reading = Reading(standard_input=io.BytesIO(gzip.compress(b'{"body": "one"}')))

    assert [article.body for article in reading.articles(Path("-"))] == ["one"]


def test_a_file_that_unpacks_to_more_than_the_limit_is_not_unpacked_further(tmp_path):
    reading = Reading(max_article_bytes=10_000)
    path = write(tmp_path / "bomb.txt.gz", gzip.compress(bytes(50_000_000)))

    tracemalloc.start()
    articles = reading.articles(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert articles == []
    assert "is over 10,000 bytes" in reading.problems[0]
    assert peak < 3_000_000


def test_a_damaged_gzip_file_gives_the_lines_before_the_damage(tmp_path, reading):
    content = gzip.compress("".join(f'{{"body": "article {n} of many"}}\n' for n in range(9_000)).encode())
    path = write(tmp_path / "a.jsonl.gz", content[: len(content) // 2])

    articles = reading.articles(path, write(tmp_path / "b.txt", "Rates rise."))

    assert articles[0].body == "article 0 of many"
    assert articles[-1].body == "Rates rise."
    assert len(reading.problems) == 1
    assert reading.problems[0].startswith(f"{path}: is gzip that is damaged: ")


def test_a_file_of_another_kind_is_refused_by_its_name(tmp_path, reading):
    path = write(tmp_path / "report.txt", b"%PDF-1.7 and more")

    assert reading.articles(path) == []
    assert reading.problems == [f"{path}: is a PDF; publish text, HTML, JSON Lines, RSS, Atom or CSV"]
