from __future__ import annotations

import re

import pytest

from streams.enrich.labels import load_labeller
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.errors import TaxonomyError
from streams.events import TaggedArticle

CHESS = """
label = "chess"
phrases = { "chess" = 2.0, "grandmaster" = 3.0 }
"""


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, content in files.items():
            (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
        return tmp_path

    return write


def test_a_users_label_joins_the_shipped_ones(folder):
    labeller = load_labeller(folder(chess=CHESS))

    [enriched] = labeller.label(
        [TaggedArticle(text="The grandmaster won at chess.", language="en", entities=[])]
    )

    assert "chess" in labeller.labels
    assert {"climate", "diplomacy"} <= set(labeller.labels)
    assert [(label.label, label.name) for label in enriched.labels] == [("chess", "Chess")]


def test_any_change_of_a_label_file_changes_the_hash(folder):
    before = load_taxonomy(folder(chess=CHESS)).hash()

    after = load_taxonomy(folder(chess=CHESS.replace("2.0", "2.5"))).hash()

    assert len({before, after, load_taxonomy().hash()}) == 3


def test_a_comment_in_a_label_file_does_not_change_the_hash(folder):
    before = load_taxonomy(folder(chess=CHESS)).hash()

    assert load_taxonomy(folder(chess="# ours\n" + CHESS)).hash() == before


def test_a_shipped_label_can_be_replaced_on_purpose(folder):
    own = 'label = "climate"\nreplaces = true\nphrases = { "permafrost" = 3.0 }'

    labels = {label.label: label for label in load_taxonomy(folder(climate=own)).labels}

    assert labels["climate"].phrases == {"permafrost": 3.0}


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        ('phrases = { "chess" = 1 }', "label", "is missing"),
        ('label = "Chess Club"\nphrases = { "chess" = 1 }', "label", "a-z, 0-9"),
        ('label = "climate"\nphrases = { "chess" = 1 }', "label", "replaces = true"),
        ('label = "chess"', "phrases", "missing or empty"),
        ('label = "chess"\nphrases = { "chess" = 0 }', 'phrases."chess"', "above 0"),
        ('label = "chess"\nphrases = { "chess" = -2 }', 'phrases."chess"', "above 0"),
        ('label = "chess"\nphrases = { "chess" = nan }', 'phrases."chess"', "above 0"),
        ('label = "chess"\nphrases = { "chess" = true }', 'phrases."chess"', "above 0"),
        ('label = "chess"\nphrases = { "chess" = "much" }', 'phrases."chess"', "above 0"),
        ('label = "chess"\nphrases = { "" = 1 }', 'phrases.""', "is empty"),
        ('label = "chess"\nphrases = { " ... chess" = 1 }', 'phrases." ... chess"', "is empty"),
        ('label = "chess"\nphrases = { "**" = 1 }', 'phrases."**"', "is empty"),
        ('label = "chess"\nphrases = { "the" = 1 }', 'phrases."the"', "nearly every article"),
        ('label = "chess"\nphrases = { "e" = 1 }', 'phrases."e"', "nearly every article"),
        ('label = "chess"\nphrases = { "a ... b ... c" = 1 }', "phrases", "more than one gap"),
        (
            'label = "chess"\nphrases = { "chess" = 1, "Chess" = 2 }',
            'phrases."Chess"',
            'same phrase as "chess"',
        ),
        ('label = "chess"\nphrases = { "chess" = 1 }\ncontra = { "chess" = 1 }', 'contra."chess"', "against"),
        ('label = "chess"\nphrases = { "chess" = 1 }\nexcludes = [3]', "excludes", "must list texts"),
        ('label = "chess"\nphrases = { "chess" = 1 }\nthreshold = 1.5', "threshold", "between 0 and 1"),
        ('label = "chess"\nphrases = { "chess" = 1 }\nthreshold = "low"', "threshold", "a number"),
        (
            'label = "chess"\nphrases = { "chess" = 1 }\niptc = ["20000419"]',
            "iptc",
            'retired by IPTC; use "20000418"',
        ),
        ('label = "chess"\nphrases = { "chess" = 1 }\niptc = ["chess"]', "iptc", "8 digits"),
        ('label = "chess"\nphrase = { "chess" = 1 }', "phrase", "no such key"),
        (
            'label = "chess"\nphrases = { "chess" = 1 }\nexamples = { good = [] }',
            "examples.good",
            "no such key",
        ),
        (
            'label = "chess"\nphrases = { "chess" = 1 }\n[calibration]\nlong = { slope = -1, intercept = 0 }',
            "calibration.long.slope",
            "above 0",
        ),
        (
            'label = "chess"\nphrases = { "chess" = 1 }\nentities = { weight = 1 }',
            "entities",
            "asks for nothing",
        ),
        (
            'label = "chess"\nphrases = { "chess" = 1 }\nentities = { weight = 0, countries = 2 }',
            "entities.weight",
            "above 0",
        ),
        ('label = "chess', "not TOML", ""),
    ],
)
def test_a_bad_label_file_is_refused_with_file_key_and_reason(folder, content, key, reason):
    path = folder(chess=content)

    with pytest.raises(TaxonomyError) as refused:
        load_taxonomy(path)

    assert "chess.toml" in str(refused.value)
    assert key in str(refused.value)
    assert reason in str(refused.value)


def test_two_files_cannot_define_the_same_label(folder):
    with pytest.raises(
        TaxonomyError, match=r'zugzwang\.toml: label: "chess" is already defined in chess\.toml'
    ):
        load_taxonomy(folder(chess=CHESS, zugzwang=CHESS))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "chess.toml").write_bytes(b'label = "\xff"')

    with pytest.raises(TaxonomyError, match=r"chess\.toml: not UTF-8"):
        load_taxonomy(tmp_path)


def test_a_missing_folder_says_what_to_set(tmp_path):
    with pytest.raises(TaxonomyError, match="WIREROOM_TAXONOMY"):
        load_taxonomy(tmp_path / "nowhere")


def test_ten_thousand_phrases_are_served(folder):
    phrases = "\n".join(f'"opening number {n}" = 1.0' for n in range(10_000))
    labeller = load_labeller(folder(chess=f'label = "chess"\n[phrases]\n"gambit" = 5.0\n{phrases}\n'))

    text = "Opening number 9041 is a gambit, and a gambit beats a gambit."
    [enriched] = labeller.label([TaggedArticle(text=text, language="en", entities=[])])

    assert [one.text for one in enriched.labels[0].evidence][:2] == ["Opening number 9041", "gambit"]


def test_every_shipped_label_says_what_counts_and_what_does_not():
    for label in load_taxonomy().labels:
        assert re.fullmatch(r"[a-z0-9_-]+", label.label)
        assert label.iptc
        assert label.description
        assert "Does not count" in label.definition
