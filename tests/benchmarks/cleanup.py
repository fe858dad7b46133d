"""Cleanup and its peers: python -m tests.benchmarks.cleanup DATA [--only pages|teasers|...] [--taken FILE]

- pages: 4-gram F1 of the text of the pages under DATA/cleanup, scored as in scrapinghub's
  article-extraction-benchmark (the shares of all pages are added up), with trafilatura and, where installed,
  readability-lxml, newspaper4k and resiliparse. The gold leaves the headline out, and so does the score.
- teasers, boilerplate: news articles under DATA/news, by publishers that model and rules have not seen.
- encoding: the typographic text of these articles, broken and repaired.
- speed: plain text on one core, in CPU time. worst: bodies that are made to be slow.

Nothing here is asserted: the figures are for readers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import ftfy.bad_codecs  # noqa: F401 - registers the Windows-1252 that browsers read
import numpy as np

from streams.enrich.cleanup import Cleaner
from streams.enrich.cleanup.boilerplate import is_boilerplate
from streams.enrich.cleanup.captions import is_caption
from streams.enrich.cleanup.credits import byline, is_credit
from streams.enrich.cleanup.datelines import is_date_line
from streams.events import CleanArticle, RawArticle
from streams.training import teasers as training

Extractor = Callable[[str], str]
SHINGLE = 4
WORD = re.compile(r"\w+")
DIGITS = re.compile(r"\d+")
RECURS = 4  # a line that recurs this often in a publisher's articles, digits masked, is boilerplate
RULES_FROM = 2  # seed of the split of publishers; the rules were written from the first half


# Pages


def pages(data: Path) -> Iterator[tuple[str, str]]:
    """Yield the HTML and the article text of every page."""
    gold = json.loads((data / "cleanup" / "ground-truth.json").read_text(encoding="utf-8"))
    for path in sorted((data / "cleanup" / "pages").glob("*.html.gz")):
        html = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        yield html, gold[path.name.removesuffix(".html.gz")]["articleBody"]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = WORD.findall(text)
    count = max(1, len(tokens) - SHINGLE + 1) if tokens else 0
    return Counter(tuple(tokens[i : i + SHINGLE]) for i in range(count))


def shares(gold: str, found: str) -> tuple[float, float, float]:
    """Return the shares of right, wrong and missing shingles, which add up to 1."""
    a, b = shingles(gold), shingles(found)
    right, wrong, missing = (a & b).total(), (b - a).total(), (a - b).total()
    total = max(1, right + wrong + missing)
    return right / total, wrong / total, missing / total


def our_text(cleaner: Cleaner) -> Extractor:
    def extract(html: str) -> str:
        article = cleaner.clean(RawArticle(article_id="page", body=html))
        return article.text.removeprefix(article.headline or "")

    return extract


def extractors() -> dict[str, Extractor]:
    import trafilatura

    found: dict[str, Extractor] = {
        "wireroom": our_text(Cleaner()),
        "trafilatura": lambda html: trafilatura.extract(html, include_comments=False) or "",
        "trafilatura fast": lambda html: trafilatura.extract(html, fast=True, include_comments=False) or "",
    }
    if find_spec("readability"):
        import lxml.html
        import readability

        found["readability"] = lambda html: lxml.html.document_fromstring(
            readability.Document(html).summary()
        ).text_content()
    if find_spec("newspaper"):
        import newspaper

        def newspaper_text(html: str) -> str:
            article = newspaper.Article("https://example.org/", fetch_images=False)
            article.download(input_html=html)
            article.parse()
            return str(article.text)

        found["newspaper4k"] = newspaper_text
    if find_spec("resiliparse"):
        from resiliparse.extract.html2text import extract_plain_text

        found["resiliparse"] = lambda html: extract_plain_text(html, main_content=True)
    return found


def measure_pages(data: Path) -> None:
    documents = list(pages(data))
    print(f"\n{len(documents)} pages        4-gram F1  precision  recall  pages/s")
    for name, extract in extractors().items():
        extract(documents[0][0])
        began, texts = time.process_time(), []
        for html, _ in documents:
            try:
                texts.append(extract(html))
            except Exception:  # noqa: BLE001 - a peer that fails on a page has no text for it
                texts.append("")
        spent = time.process_time() - began
        marks = np.sum([shares(gold, text) for (_, gold), text in zip(documents, texts, strict=True)], axis=0)
        precision, recall = marks[0] / (marks[0] + marks[1]), marks[0] / (marks[0] + marks[2])
        f1 = 2 * precision * recall / (precision + recall)
        print(f"  {name:18} {f1:9.4f} {precision:10.4f} {recall:7.4f} {len(documents) / spent:8.1f}")
    for peer in ("readability", "newspaper", "resiliparse"):
        if not find_spec(peer):
            print(f"  {peer} is not installed: left out")


# Teasers


def measure_teasers(data: Path) -> None:
    """Print the recall of foreign titles at fixed rates of false alarms, with a model of other publishers."""
    articles = training.read_articles(data)
    print("\nteasers, unseen publishers     recall at false alarms of")
    print("                               0.3 %   0.7 %     1 %     2 %   highlights lost at 0.7 %")
    for kinds, scores in training.cross_fit(articles):
        own, teasers, highlights = (scores[kinds == kind, 1] for kind in training.Kind)
        highest = np.quantile(own, [0.997, 0.993, 0.99, 0.98])
        recall = [(teasers >= score).mean() for score in highest]
        lost = f"{(highlights >= highest[1]).mean():.1%} of {len(highlights)}" if len(highlights) else "none"
        print(f"  {len(own):5} own, {len(teasers):5} others ", end="")
        print("".join(f"{share:8.3f}" for share in recall), f"  {lost}")


# Boilerplate


def news(data: Path) -> list[dict[str, Any]]:
    with gzip.open(data / "news" / "abp_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def recurring_and_unique(articles: Sequence[dict[str, Any]]) -> tuple[Counter[str], list[str]]:
    """Return the lines that recur among `articles`, with their counts, and the lines of only one article."""
    times: Counter[str] = Counter()
    example: dict[str, str] = {}
    for article in articles:
        lines = {
            DIGITS.sub("0", " ".join(line.split())).casefold(): line for line in article["text"].split("\n")
        }
        for key, line in lines.items():
            if key:
                times[key] += 1
                example.setdefault(key, line.strip())
    recurring = Counter({example[key]: count for key, count in times.items() if count >= RECURS})
    return recurring, [example[key] for key, count in times.items() if count == 1]


def is_removed(line: str) -> bool:
    return bool(
        is_boilerplate(line) or is_caption(line) or is_date_line(line) or is_credit(line) or byline(line)
    )


def measure_boilerplate(data: Path, listed: Path | None = None) -> None:
    by_publisher: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for article in news(data):
        by_publisher[article["publisher"]].append(article)
    publishers = sorted(by_publisher)
    random.Random(RULES_FROM).shuffle(publishers)
    print("\nboilerplate                    recall   unique lines taken for it")
    print("                                        all    that are prose")
    for name, half in (("publishers read", publishers[::2]), ("unseen publishers", publishers[1::2])):
        recurring: Counter[str] = Counter()
        unique: list[str] = []
        for publisher in half:
            again, once = recurring_and_unique(by_publisher[publisher])
            recurring += again
            unique += once
        found = sum(count for line, count in recurring.items() if is_removed(line))
        taken = [line for line in unique if is_boilerplate(line)]
        prose = [line for line in taken if len(line.split()) >= 12 and line[-1] in '.!?”"']
        print(
            f"  {name:26} {found / recurring.total():8.3f} {len(taken) / len(unique):8.3%} "
            f"{len(prose) / len(unique):8.3%}"
        )
    if listed:  # those of the unseen publishers
        listed.write_text("".join(f"{line}\n" for line in sorted(taken)), encoding="utf-8")
    print("  (a unique line may be boilerplate, such as Read more: and a title; it counts as taken)")


# Encoding


def measure_encoding(data: Path) -> None:
    cleaner = Cleaner()
    texts = [a["text"] for a in news(data)[:1500] if re.search("[“”’—é]", a["text"])][:500]
    plain = [RawArticle(article_id="a", body=text) for text in texts]
    whole = [cleaner.clean(article).text for article in plain]
    print(f"\nencoding, {len(texts)} articles      repaired")
    for encoding in ("sloppy-windows-1252", "latin-1"):
        repaired = total = 0
        for text, right in zip(texts, whole, strict=True):
            broken = text.encode().decode(encoding)
            total += 1
            repaired += cleaner.clean(RawArticle(article_id="a", body=broken)).text == right
        print(f"  {'read as ' + encoding:28} {repaired} of {total}")
    untouched = sum(not any(span.repaired for span in cleaner.clean(article).source) for article in plain)
    print(f"  whole text left as it is     {untouched} of {len(plain)}")


# Worst case


def measure_worst(data: Path) -> None:
    """Print the time per character of slow bodies and of their doubles, which should be the same."""
    cleaner = Cleaner()
    sentence = "The minister said on Monday that talks with the union would resume next week. "
    bodies: dict[str, Callable[[int], str]] = {
        "dates without end": lambda n: f"Updated {'1' * 700}~x\n" * n,
        "calls without end": lambda n: f"Have a tip{'@' * 700}~x\n" * n,
        "copyright of signs": lambda n: f"© {'@' * 700}~x\n" * n,
        "abbreviations": lambda n: "A." * 300 * n + "x.\n" + sentence * 4,
        "list above the story": lambda n: (
            "\n".join(f"- {sentence}{i}" for i in range(10 * n)) + f"\n\n{sentence * 4}" * n
        ),
        "one said again": lambda n: (
            " ".join(f"word{i}" for i in range(100 * n))
            + ".\n\n"
            + "\n\n".join(" ".join(f"word{i + k}" for k in range(30)) for i in range(0, 100 * n - 30, 30))
        ),
        "broken characters": lambda n: "â€œHi thereâ€™s Ã© " * 40 * n,
        "menu and sentences": lambda n: (
            "<html><body><nav>"
            + "".join(f"<a href=x>Story number {i} about towns</a> " for i in range(8 * n))
            + "".join(f"<div>{sentence}{i}.</div>" for i in range(8 * n))
        ),
        "empty elements": lambda n: "<html><body><p>" + f"{sentence}<b></b>" * 50 * n,
        "spans": lambda n: "<html><body><p>" + f"<span>{sentence}</span>" * 10 * n,
    }
    print("\nworst case             us a character, of a body and its doubles")
    for name, body in bodies.items():
        costs = []
        for size in (200, 400, 800):
            article = RawArticle(article_id="a", body=body(size))
            spent, _ = timed(cleaner, [article])
            costs.append(spent / len(article.body) * 1e6)
        print(f"  {name:20} " + "".join(f"{cost:8.2f}" for cost in costs))


# Speed


def timed(cleaner: Cleaner, articles: Sequence[RawArticle]) -> tuple[float, list[CleanArticle]]:
    began = time.process_time()
    cleaned = [cleaner.clean(article) for article in articles]
    return time.process_time() - began, cleaned


def measure_speed(data: Path) -> None:
    began = time.process_time()
    cleaner = Cleaner()
    cleaner.clean(RawArticle(article_id="a", body="The first article loads the models."))
    print(f"\nspeed\n  models loaded in {time.process_time() - began:.2f} s")
    articles = [
        RawArticle(article_id=article["id"], body=f"{article['title']}\n\n{article['text']}")
        for article in news(data)
        if 450 <= len(article["text"].split()) <= 750
    ][:1000]
    words = sum(len(article.body.split()) for article in articles)
    spent, _ = timed(cleaner, articles)
    print(f"  plain text: {len(articles) / spent:.0f} articles/s of {words / len(articles):.0f} words")
    story = articles[0].body
    for count in (10, 100, 1000):
        body = "\n\n".join(f"{story} {n}" for n in range(count))
        spent, _ = timed(cleaner, [RawArticle(article_id="a", body=body)])
        print(f"  article of {len(body):9,} characters: {spent:.2f} s, {spent / len(body) * 1e6:.2f} us each")
    for rounds in (5, 10):
        for _ in range(5):
            timed(cleaner, articles)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  memory after {rounds * len(articles):,} articles: {peak:.0f} MB at most")


MEASURES = {
    "pages": measure_pages,
    "teasers": measure_teasers,
    "boilerplate": measure_boilerplate,
    "encoding": measure_encoding,
    "speed": measure_speed,
    "worst": measure_worst,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=MEASURES)
    parser.add_argument(
        "--taken",
        type=Path,
        metavar="FILE",
        help="write the unique lines of unseen publishers that are taken for boilerplate to FILE",
    )
    options = parser.parse_args()
    measures = MEASURES | {"boilerplate": partial(measure_boilerplate, listed=options.taken)}
    for name, measure in measures.items():
        if options.only in {None, name}:
            measure(options.data)


if __name__ == "__main__":
    main()
