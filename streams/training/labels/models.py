"""The models of a release: decisions on held-out texts, and the two model files."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.base import Decision
from streams.enrich.labels.calibration import best_threshold
from streams.enrich.labels.encoder import LabelSetup
from streams.enrich.labels.gold import LabelledArticle
from streams.enrich.labels.scoring import SHORT_WORDS
from streams.training.entities.teacher import SMALL
from streams.training.labels.batches import targets_and_mask
from streams.training.labels.calibrating import decide, rate, scores
from streams.training.labels.encoder import READING
from streams.training.labels.encoder_export import write_encoder
from streams.training.labels.export import pack, write
from streams.training.labels.material import HELD_OUT
from streams.training.labels.mixing import Mixture, mix
from streams.training.labels.teachers import ENCODER_WEIGHT, Logits
from streams.training.labels.terms import TermModel

Floats = NDArray[np.float64]

_ENCODER_SHARE = ENCODER_WEIGHT / (1 - ENCODER_WEIGHT)
"""Weight of the encoder's logit beside the compact raw score, which weighs 1."""

Given = dict[str, list[frozenset[str]]]
"""The labels that a model gives to each text of each set."""


@dataclass(frozen=True)
class Models:
    """The decisions of both labellers on each label, and the labels that they give to the measured sets.

    `mixture` says how the student and the terms make the compact raw score.
    """

    mixture: Mixture
    compact: dict[str, Decision]
    accurate: dict[str, Decision]
    compact_given: Given
    accurate_given: Given


def calibrate(
    labels: Sequence[str],
    measured: Mapping[str, Sequence[LabelledArticle]],
    news: Sequence[LabelledArticle],
    student: Logits,
    terms: Logits,
    encoder: Logits,
) -> Models:
    """Fit the decisions of both labellers to the texts that were held out.

    `news` are articles that nobody picked: how often labels hold there is how often they are expected.
    """
    news_rate = rate(*_decided(labels, news))
    mixture = mix(student[HELD_OUT], terms[HELD_OUT], *_decided(labels, measured[HELD_OUT]))
    by_words = {name: mixture.of(student[name], terms[name]).astype(np.float64) for name in measured}
    by_both = {name: by_words[name] + _ENCODER_SHARE * encoder[name].astype(np.float64) for name in measured}
    compact, accurate = (
        _decisions(labels, measured[HELD_OUT], raws[HELD_OUT], news_rate) for raws in (by_words, by_both)
    )
    return Models(
        mixture=mixture,
        compact=compact,
        accurate=accurate,
        compact_given=_given(compact, measured, by_words),
        accurate_given=_given(accurate, measured, by_both),
    )


def write_models(
    models: Models,
    student: Mapping[str, NDArray[np.float32]],
    terms: TermModel,
    encoder: Mapping[str, NDArray[np.float32]],
    work: Path,
    *,
    release: str,
    texts: int,
) -> None:
    """Write compact.npz and accurate.onnx to `work`; `texts` is the number of labelled training texts."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    arrays = pack(
        student,
        models.compact,
        terms,
        mixture=models.mixture,
        version=release,
        date=today,
        trained_on=f"{texts:,} labelled texts",
    )
    write(arrays, work / "compact.npz")
    setups = {label: LabelSetup(_ENCODER_SHARE, decision) for label, decision in models.accurate.items()}
    write_encoder(
        encoder,
        work / "accurate.onnx",
        heads=SMALL.heads,
        version=release,
        labels=setups,
        reading=READING,
    )


def _decisions(
    labels: Sequence[str], articles: Sequence[LabelledArticle], raws: Floats, news_rate: float
) -> dict[str, Decision]:
    targets, mask = _decided(labels, articles)
    short = _short(articles)
    decisions = decide(raws, short, targets, mask, news_rate=news_rate)
    threshold = best_threshold(scores(decisions, raws, short)[mask > 0].tolist())
    return {
        label: decision._replace(threshold=threshold)
        for label, decision in zip(labels, decisions, strict=True)
    }


def _decided(labels: Sequence[str], articles: Sequence[LabelledArticle]) -> tuple[Floats, Floats]:
    """Return targets and mask of the articles: [articles, labels]."""
    pairs = [targets_and_mask(labelled, labels) for labelled in articles]
    targets, mask = (np.stack(column).astype(np.float64) for column in zip(*pairs, strict=True))
    return targets, mask


def _given(
    decisions: Mapping[str, Decision],
    measured: Mapping[str, Sequence[LabelledArticle]],
    raws: Mapping[str, Floats],
) -> Given:
    given: Given = {}
    for name, articles in measured.items():
        probabilities = scores([*decisions.values()], raws[name], _short(articles))
        given[name] = [
            frozenset(
                label
                for (label, decision), probability in zip(decisions.items(), row, strict=True)
                if probability >= decision.threshold
            )
            for row in probabilities.tolist()
        ]
    return given


def _short(articles: Sequence[LabelledArticle]) -> NDArray[np.bool_]:
    return np.array([len(labelled.article.text.split()) < SHORT_WORDS for labelled in articles])
