"""A labeller is loaded by its name; what is missing is told in words that help."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from streams import __version__
from streams.enrich.labels import compact, encoder, load_labeller
from streams.enrich.labels.base import Decision, Line
from streams.enrich.labels.encoder import LabelSetup, Reading
from streams.enrich.labels.labeller import Labeller
from streams.enrich.labels.registry import NAMES
from streams.enrich.labels.taxonomy import load_taxonomy
from streams.errors import TaxonomyError, UnknownLabeller
from streams.events import Component, TaggedArticle
from streams.training.labels.export import write
from tests.enrich.labels.networks import DECISION, packed, random_state
from tests.fakes.tiny_encoder import PIECES, write_tiny_encoder

SHIPPED = [label.label for label in load_taxonomy().labels]
SETUPS = {
    label: LabelSetup(0.5 + at / 10, Decision(0.3, Line(0.8, at / 5), Line(0.7, 0.1)))
    for at, label in enumerate(reversed(SHIPPED))  # the models need not have the same order
}
TEXT = (
    "Ministers of Norway and Chile signed a treaty on emissions in Oslo. The embassy said that the talks on "
    "global warming would continue after the election."
)
ARTICLE = TaggedArticle(text=TEXT, language="en", entities=[])
CHESS = 'label = "chess"\n[phrases]\n"treaty" = 2.0\n'
OWN_CLIMATE = 'label = "climate"\nreplaces = true\n[phrases]\n"emissions" = 2.0\n'


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """Return a folder of small random models."""
    folder = tmp_path_factory.mktemp("models")
    state, decisions = random_state(len(SHIPPED), seed=1), dict.fromkeys(SHIPPED, DECISION)
    arrays = packed(state, decisions, version="3")
    write(arrays, folder / "compact.npz")
    write_tiny_encoder(folder / "accurate.onnx", SETUPS, Reading(pieces=30, least=5, chunks=3))
    (folder / "vocab.txt").write_text("\n".join(PIECES), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def models(written, monkeypatch, tmp_path) -> Path:
    """Put copies of the small models in the place of the shipped ones, and return their folder."""
    folder = shutil.copytree(written, tmp_path / "models")
    monkeypatch.setattr(compact, "MODEL", folder / "compact.npz")
    monkeypatch.setattr(encoder, "MODEL", folder / "accurate.onnx")
    monkeypatch.setattr(encoder, "VOCABULARY", folder / "vocab.txt")
    return folder


@pytest.fixture(scope="module")
def labellers(written) -> dict[str, Labeller]:
    """Return both labellers over the small models, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compact, "MODEL", written / "compact.npz")
        patch.setattr(encoder, "MODEL", written / "accurate.onnx")
        patch.setattr(encoder, "VOCABULARY", written / "vocab.txt")
        return {name: load_labeller(None, name) for name in NAMES}


def own_labels(folder: Path, *files: str) -> Path:
    own = folder / "own"
    own.mkdir()
    for at, content in enumerate(files):
        (own / f"{at}.toml").write_text(content)
    return own


@pytest.mark.parametrize("name", ["precise", "", "Compact", "rules"])
def test_an_unknown_labeller_is_refused_with_the_choice_of_names(name):
    with pytest.raises(UnknownLabeller) as caught:
        load_labeller(None, name)

    assert str(caught.value) == f"no labeller is called {name!r}; choose one of compact, accurate"


def test_the_compact_labeller_is_the_default(labellers):
    assert load_labeller().taxonomy_hash == labellers["compact"].taxonomy_hash


def test_the_accurate_labeller_adds_the_encoder_to_the_compact_raw_score(labellers, written):
    scorer = encoder.Encoder.load(written / "accurate.onnx")
    added = dict(zip(scorer.labels, scorer.logits(ARTICLE).tolist(), strict=True))

    both = zip(*(labellers[name].assess(ARTICLE) for name in NAMES), strict=True)

    for compact_only, accurate in both:
        logit = added[accurate.definition.label]
        assert accurate.parts["encoder"] == pytest.approx(logit, abs=1e-4)
        assert accurate.raw == pytest.approx(compact_only.raw + logit, abs=2e-4)
        assert accurate.shares == compact_only.shares
        shown = sum(share.weight for share in accurate.shares) + sum(accurate.parts.values())
        assert accurate.raw == pytest.approx(shown, abs=1e-9)


def test_the_accurate_labeller_decides_by_its_own_calibration_and_threshold(labellers):
    for assessment in labellers["accurate"].assess(ARTICLE):
        decision = SETUPS[assessment.definition.label].decision
        assert assessment.threshold == decision.threshold
        assert assessment.score == decision.score(assessment.raw, short=True)


def test_labels_of_ones_own_and_replaced_ones_are_the_same_with_either(tmp_path):
    own = own_labels(tmp_path, CHESS, OWN_CLIMATE)

    by_name = {
        name: {
            assessment.definition.label: (assessment.score, assessment.shares, assessment.parts)
            for assessment in load_labeller(own, name).assess(ARTICLE)
        }
        for name in ("compact", "accurate")
    }

    same = {label for label in by_name["compact"] if by_name["compact"][label] == by_name["accurate"][label]}
    assert same == {"chess", "climate"}


def test_the_hash_changes_with_the_labeller_and_its_models(labellers, models):
    write_tiny_encoder(models / "accurate.onnx", SETUPS, Reading(pieces=30, least=5, chunks=2))
    other = load_labeller(None, "accurate")

    assert len({other.taxonomy_hash, *(labeller.taxonomy_hash for labeller in labellers.values())}) == 3


def test_an_article_says_which_labeller_and_models_made_its_labels(labellers, models):
    (models / "compact.npz").unlink()
    accurate, compact_only, phrases = labellers["accurate"], labellers["compact"], load_labeller()

    for labeller in (accurate, compact_only, phrases):
        assert labeller.label([ARTICLE])[0].provenance.labeller == labeller.provenance

    assert re.fullmatch(r"accurate\.tiny\.[0-9a-f]{8}\+compact\.3", accurate.provenance.model or "")
    assert (accurate.provenance.name, accurate.provenance.version) == ("accurate", __version__)
    assert compact_only.provenance == Component(name="compact", version=__version__, model="compact.3")
    assert phrases.provenance == Component(name="phrases", version=__version__)


def test_the_bytes_do_not_depend_on_what_is_labelled_beside_it(labellers):
    labeller = labellers["accurate"]
    others = [
        TaggedArticle(text=text, language="en", entities=[]) for text in ("x" * 5000, "Ice. " * 300, "A")
    ]
    alone = labeller.label([ARTICLE])[0].to_bytes()

    assert labeller.label([*others, ARTICLE, *others])[3].to_bytes() == alone


def test_an_article_in_another_language_has_no_scores(labellers):
    (enriched,) = labellers["accurate"].label([ARTICLE.model_copy(update={"language": "de"})])

    assert set(enriched.scores.values()) == {None}
    assert enriched.warnings == ["labels_english_only"]


def test_without_onnxruntime_the_accurate_labeller_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(UnknownLabeller, match=r"pip install 'wireroom\[accurate\]'"):
        load_labeller(None, "accurate")


@pytest.mark.parametrize("name", ["compact.npz", "accurate.onnx"])
def test_the_accurate_labeller_needs_both_models(models, name):
    (models / name).unlink()

    with pytest.raises(UnknownLabeller, match=f"{name} (is missing|cannot be used)"):
        load_labeller(None, "accurate")


def test_without_a_model_the_compact_labeller_goes_by_the_files_of_the_labels(models):
    (models / "compact.npz").unlink()

    assert load_labeller().assess(ARTICLE) == Labeller(load_taxonomy()).assess(ARTICLE)


def test_models_of_different_releases_are_refused(models):
    fewer = {label: setup for label, setup in SETUPS.items() if label != "trade"}
    write_tiny_encoder(models / "accurate.onnx", fewer, Reading(pieces=30, least=5, chunks=3))

    with pytest.raises(UnknownLabeller, match=r"accurate\.onnx and compact\.npz have different labels"):
        load_labeller(None, "accurate")


def test_a_label_file_is_checked_before_a_model_is_loaded(models, tmp_path):
    (models / "accurate.onnx").unlink()

    with pytest.raises(TaxonomyError, match="label"):
        load_labeller(own_labels(tmp_path, 'label = "Chess!"'), "accurate")
