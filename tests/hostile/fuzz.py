"""Fuzz the cleaner or the decoder with atheris, guided by the coverage of our own code.

    python -m tests.hostile.fuzz cleaner --minutes 10
    python -m tests.hostile.fuzz decoder --minutes 10

Needs `pip install atheris` (wheels for Python 3.11). Begins with the oddities of tests.hostile and the
articles of seeds/. Ends with 1 at the first input that breaks a promise, which it leaves in a file
`crash-...`; that file as an argument runs it alone. One input may take 20 seconds.
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
    """An article or a reason; spans that hit, and the same bytes every time."""
    clean = Cleaner().clean

    def one(data: bytes) -> None:
        if not data:
            return
        body = data[1:].decode("utf-8", "replace")
        headline = body[:60] if data[0] & 4 else None
        raw = RawArticle(article_id="a", body=body, headline=headline, content_type=KINDS[data[0] % 3])
        try:
            article = clean(raw)
        except EnrichmentError:
            return
        assert CleanArticle.model_validate_json(article.to_bytes()) == article == clean(raw)
        for span in article.source:
            source = body[span.source_start : span.source_end]
            assert span.repaired or article.text[span.start : span.end] == source, span

    return one


def decoder() -> Callable[[bytes], None]:
    """One result or one dead letter that holds what came, whatever stage."""

    def one(data: bytes) -> None:
        if len(data) < 2:
            return
        key = data[1 : 1 + data[1] % 16] if data[0] & 1 else None
        headers = [("ce_id", data[:8]), ("ce_time", data[8:16])] if data[0] & 2 else []
        value = json.dumps(drawn_event(data[2:])).encode() if data[0] & 8 else data[2:]
        for stage in STAGES:
            check(stage, Copied("news.any", 3, 41, 0, key, value, headers))

    return one


def drawn_event(data: bytes) -> dict[str, Any]:
    """An object with fields of our events, and values that DATA stands for: JSON is too rare among bytes."""
    source = atheris.FuzzedDataProvider(data)

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
    """Fuzz what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    targets = {"cleaner": cleaner, "decoder": decoder}
    parser.add_argument("target", choices=targets)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("inputs", nargs="*", help="run these files alone")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wireroom-fuzz-") as corpus:
        begins = {"cleaner": (b"\x00", b"\x02"), "decoder": (b"\x00\x00", b"\x08\x00")}[asked.target]
        bodies = [*TEXTS, *(path.read_bytes() for path in SEEDS.rglob("*") if path.is_file())]
        for number, body in enumerate(begin + body for body in bodies for begin in begins):
            Path(corpus, f"{number}").write_bytes(body)
        limits = [
            f"-max_total_time={asked.minutes * 60:.0f}",
            "-timeout=20",
            "-max_len=20000",
            "-rss_limit_mb=4096",
        ]
        atheris.Setup([sys.argv[0], *(asked.inputs or [*limits, corpus])], targets[asked.target]())
        atheris.Fuzz()


if __name__ == "__main__":
    main()
