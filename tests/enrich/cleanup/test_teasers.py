"""A line above an article is the article's own, or the teaser of another article."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.teasers import TeaserJudge, Verdict
from streams.enrich.cleanup.words import words
from tests.enrich.cleanup.texts import BODY, HIGHLIGHTS, TEASER


@pytest.fixture(scope="module")
def judge() -> TeaserJudge:
    return TeaserJudge([words(paragraph) for paragraph in BODY])


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (TEASER, Verdict.TEASER),
        ("A ship comes home after a summer of research in the ice", Verdict.DOUBTFUL),
        ("Norway and Iceland to count mackerel together", Verdict.OWN),
        *((highlight, Verdict.OWN) for highlight in HIGHLIGHTS),
    ],
)
def test_a_line_is_judged_by_what_it_shares_with_the_body(judge, line, verdict):
    assert judge.judge(line) is verdict


def test_coverage_is_the_share_of_the_line_that_the_body_has(judge):
    assert judge.coverage("Mackerel quotas in Reykjavik") == 1
    assert judge.coverage("Bakers of Lisbon") == 0
    assert 0 < judge.coverage("Mackerel in Lisbon") < 1


@pytest.mark.parametrize(
    ("body", "line"), [(BODY[:1], TEASER), (BODY, "Lisbon bakers")], ids=["short body", "short line"]
)
def test_a_text_that_is_too_short_to_judge_gives_no_score(body, line):
    judge = TeaserJudge([words(paragraph) for paragraph in body])

    assert judge.score(line) is None
    assert judge.judge(line) is Verdict.OWN


def test_in_another_language_only_a_line_that_shares_no_word_is_a_teaser():
    judge = TeaserJudge([words(paragraph) for paragraph in BODY], is_english=False)

    assert judge.judge("Bäcker Lissabons wählen ihre besten Törtchen") is Verdict.TEASER
    assert judge.judge("Bäcker Lissabons wählen ihre besten Törtchen, schreibt Nygaard") is Verdict.OWN


def test_lines_above_the_body_count_as_part_of_it(judge):
    line = "Bakers in Lisbon vote for a custard tart"

    assert judge.coverage(line) < 0.5
    assert judge.above([words(TEASER)]).coverage(line) == 1
    assert judge.coverage(line) < 0.5
