"""`wireroom demo`, as a newcomer types it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from streams.events import EnrichedArticle
from tests.broker.wire import wireroom


@pytest.mark.broker
def test_the_demo_shows_every_sample_article_enriched_and_leaves_nothing_behind(tmp_path: Path):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")},
        "TMPDIR": str(tmp_path),
    }

    ran = subprocess.run(
        [wireroom(), "demo", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    articles = [EnrichedArticle.model_validate_json(line) for line in ran.stdout.splitlines()]
    assert len(articles) >= 10
    assert len({article.article_id for article in articles}) == len(articles)
    assert "articles enriched" in ran.stderr
    assert list(tmp_path.iterdir()) == []
    shaped = [article for article in articles if article.highlights and article.removed]
    both = [
        article for article in shaped if {"climate", "diplomacy"} <= {label.label for label in article.labels}
    ]
    assert [removed.kind for article in both for removed in article.removed if removed.kind == "teaser"]
    assert json.loads(ran.stdout.splitlines()[0])["provenance"]["taxonomy"]


def test_the_demo_of_an_empty_folder_says_what_to_do(tmp_path: Path):
    ran = subprocess.run([wireroom(), "demo", str(tmp_path)], capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        "wireroom: there is nothing to publish; name files or folders with articles"
    )
    assert "Traceback" not in ran.stderr
