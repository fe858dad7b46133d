from __future__ import annotations

import pytest

from streams.enrich.labels import load_labeller
from streams.enrich.labels.label_file import LABEL_NAME
from streams.enrich.labels.taxonomy import Taxonomy, load_taxonomy
from streams.errors import TaxonomyError
from streams.events import TaggedArticle

CHESS = """
label = "chess"
phrases = { "chess" = 2.0, "grandmaster" = 3.0 }
"""
EVERY_KEY = """
label = "chess"
name = "Chess"
version = 2
iptc = ["20000418"]
description = "Chess: games, players and tournaments."
definition = \"\"\"
Counts: chess. Does not count: chess pie.
\"\"\"
threshold = 0.4
excludes = ["chess pie"]
phrases = { "chess tournament" = 2, "grandmaster~" = 1.5 }
contra = { "pie" = 1.0 }
examples = { positive = ["The chess tournament began."], negative = ["A pie."] }
entities = { weight = 0.5, countries = 2, roles = ["Coach"] }
calibration = { long = { slope = 4, intercept = -6.0 } }
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


def test_the_hash_of_a_label_file_is_the_same_in_every_release(folder):
    labels = load_taxonomy(folder(chess=EVERY_KEY)).labels
    [chess] = [label for label in labels if label.label == "chess"]

    assert Taxonomy((chess,)).hash("vectors") == "5b86cbb2a62cdde8"


def test_a_comment_in_a_label_file_does_not_change_the_hash(folder):
    before = load_taxonomy(folder(chess=CHESS)).hash()

    assert load_taxonomy(folder(chess="# ours\n" + CHESS)).hash() == before


def test_a_shipped_label_can_be_replaced_on_purpose(folder):
    own = 'label = "climate"\nreplaces = true\nphrases = { "permafrost" = 3.0 }'

    labels = {label.label: label for label in load_taxonomy(folder(climate=own)).labels}

    assert labels["climate"].phrases == {"permafrost": 3.0}


def test_a_shipped_label_is_not_replaced_by_accident(folder):
    path = folder(climate='label = "climate"\nphrases = { "chess" = 1 }')

    with pytest.raises(TaxonomyError) as refused:
        load_taxonomy(path)

    assert str(refused.value) == (
        f'{path / "climate.toml"}: label "climate" is shipped with Wireroom; rename yours, or add '
        "`replaces = true` to use it"
    )


def test_two_files_cannot_define_the_same_label(folder):
    with pytest.raises(
        TaxonomyError, match=r'zugzwang\.toml: label "chess" is already defined in chess\.toml; rename one'
    ):
        load_taxonomy(folder(chess=CHESS, zugzwang=CHESS))


def test_a_missing_folder_says_what_to_set(tmp_path):
    with pytest.raises(TaxonomyError, match="WIREROOM_TAXONOMY"):
        load_taxonomy(tmp_path / "nowhere")


def test_a_label_may_have_ten_thousand_phrases(folder):
    phrases = "\n".join(f'"opening number {n}" = 1.0' for n in range(10_000))
    labeller = load_labeller(folder(chess=f'label = "chess"\n[phrases]\n"gambit" = 5.0\n{phrases}\n'))

    text = "Opening number 9041 is a gambit, and a gambit beats a gambit."
    [enriched] = labeller.label([TaggedArticle(text=text, language="en", entities=[])])

    assert [evidence.text for evidence in enriched.labels[0].evidence][:2] == [
        "Opening number 9041",
        "gambit",
    ]


def test_every_shipped_label_says_what_counts_and_what_does_not():
    for label in load_taxonomy().labels:
        assert LABEL_NAME.fullmatch(label.label)
        assert label.iptc
        assert label.description
        assert "Does not count" in label.definition
