"""Fuzz the cleaner or the decoder with atheris, guided by the coverage of our own code.

    python -m tests.hostile.fuzz cleaner --minutes 10
    python -m tests.hostile.fuzz decoder --minutes 10

It needs `pip install atheris` (wheels for Python 3.11). It starts with the oddities of tests.hostile and the
articles of seeds/. At the first input that breaks a promise it exits with 1 and writes the input to a file
`crash-...`; to run that input alone, pass the file as an argument. The limit for one input is 20 seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["streams", "producers"]):
    from streams.enrich.cleanup import Cleaner
    from streams.errors import EnrichmentError
    from streams.events import (
        CleanArticle,
        ContentType,
        EnrichedArticle,
        Entity,
        Mention,
        RawArticle,
        SourceSpan,
    )
    from tests.fakes.records import Copied
    from tests.hostile.oddities import TEXTS
    from tests.hostile.test_decoder import STAGES, check

SEEDS = Path(__file__).parents[2] / "seeds"
EVENTS = (RawArticle, EnrichedArticle, Entity, Mention, SourceSpan)
FIELDS = sorted({name for event in EVENTS for name in event.model_fields})
KINDS = (None, ContentType.TEXT, ContentType.HTML)


def cleaner() -> Callable[[bytes], None]:
    """Return a check: the result is an article or an error, with right spans, and is always the same."""
    clean = Cleaner().clean

    def check_cleaner(content: bytes) -> None:
        if not content:
            return
        body = content[1:].decode("utf-8", "replace")
        headline = body[:60] if content[0] & 4 else None
        raw = RawArticle(article_id="a", body=body, headline=headline, content_type=KINDS[content[0] % 3])
        try:
            article = clean(raw)
        except EnrichmentError:
            return
        assert CleanArticle.model_validate_json(article.to_bytes()) == article == clean(raw)
        for span in article.source:
            source = body[span.source_start : span.source_end]
            assert span.repaired or article.text[span.start : span.end] == source, span

    return check_cleaner


def decoder() -> Callable[[bytes], None]:
    """Return a check: each stage gives one result, or one dead letter with the original record."""

    def check_stages(content: bytes) -> None:
        if len(content) < 2:
            return
        key = content[1 : 1 + content[1] % 16] if content[0] & 1 else None
        headers = [("ce_id", content[:8]), ("ce_time", content[8:16])] if content[0] & 2 else []
        value = json.dumps(drawn_event(content[2:])).encode() if content[0] & 8 else content[2:]
        for stage in STAGES:
            check(stage, Copied("news.any", 3, 41, 0, key, value, headers))

    return check_stages


def drawn_event(content: bytes) -> dict[str, Any]:
    """Return an object with fields of our events and values drawn from `content`.

    Random bytes are rarely JSON, so most of the fuzzing starts here.
    """
    source = atheris.FuzzedDataProvider(content)

    def value(depth: int) -> Any:
        kind = source.ConsumeIntInRange(0, 8 if depth < 3 else 5)
        match kind:
            case 0:
                return None
            case 1:
                return source.ConsumeBool()
            case 2:
                return source.ConsumeInt(source.ConsumeIntInRange(1, 12))
            case 3:
                return source.ConsumeFloat()
            case 4 | 5:
                return source.ConsumeUnicode(source.ConsumeIntInRange(0, 40))
            case 6:
                return [value(depth + 1) for _ in range(source.ConsumeIntInRange(0, 3))]
            case _:
                return fields(depth + 1)

    def fields(depth: int) -> dict[str, Any]:
        return {source.PickValueInList(FIELDS): value(depth) for _ in range(source.ConsumeIntInRange(0, 7))}

    return fields(0)


def main() -> None:
    """Fuzz the target that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    targets = {"cleaner": cleaner, "decoder": decoder}
    parser.add_argument("target", choices=targets)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("inputs", nargs="*", help="run these files alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wireroom-fuzz-") as corpus:
        begins = {"cleaner": (b"\x00", b"\x02"), "decoder": (b"\x00\x00", b"\x08\x00")}[arguments.target]
        bodies = [*TEXTS, *(path.read_bytes() for path in SEEDS.rglob("*") if path.is_file())]
        for number, body in enumerate(begin + body for body in bodies for begin in begins):
            Path(corpus, f"{number}").write_bytes(body)
        limits = [
            f"-max_total_time={arguments.minutes * 60:.0f}",
            "-timeout=20",
            "-max_len=20000",
            "-rss_limit_mb=4096",
        ]
        atheris.Setup([sys.argv[0], *(arguments.inputs or [*limits, corpus])], targets[arguments.target]())
        atheris.Fuzz()


if __name__ == "__main__":
    main()
