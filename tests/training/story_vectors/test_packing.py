"""The packed file keeps the directions, and the product reads it as it was measured."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from streams.stories import vectors as product
from streams.stories.fingerprint import COUNT
from streams.training.story_vectors.bags import Bag
from streams.training.story_vectors.packing import LARGEST, LARGEST_ZONE, embed, pack, write
from streams.training.story_vectors.targets import unit

CARD: dict[str, Any] = {"version": "3", "date": "2026-02-01", "teacher": "a teacher", "texts": 12}


@pytest.fixture
def trained():
    rng = np.random.default_rng(1)
    hashes = np.sort(rng.choice(2**32, 300, replace=False)).astype(np.uint32)
    matrix = rng.normal(size=(300, product.WIDTH)).astype(np.float32)
    mean = rng.normal(scale=0.03, size=product.WIDTH).astype(np.float32)
    return hashes, matrix, np.array([2.5, 1.6, 0.4], np.float32), mean


@pytest.fixture
def bags():
    rng = np.random.default_rng(2)
    return [
        Bag(
            rng.choice(300, 60, replace=False),
            np.sort(rng.integers(0, 3, 60)),
            1 + np.log(rng.integers(1, COUNT, 60)).astype(np.float32),
        )
        for _ in range(20)
    ]


def test_the_file_has_whole_numbers_and_a_card(trained, tmp_path):
    path = tmp_path / "vectors.npz"

    size = write(pack(*trained), path, **CARD)

    assert [file.name for file in tmp_path.iterdir()] == ["vectors.npz"]
    assert size == path.stat().st_size
    with np.load(path) as stored:
        assert {name: (stored[name].dtype.name, stored[name].shape) for name in stored} == {
            "hashes": ("uint32", (300,)),
            "matrix": ("int8", (300, product.WIDTH)),
            "zones": ("int16", (3,)),
            "mean": ("float32", (product.WIDTH,)),
            "card": ("uint8", (len(json.dumps(CARD)),)),
        }
        assert json.loads(bytes(stored["card"])) == CARD
        assert (stored["hashes"] == trained[0]).all()
        assert (stored["mean"] == trained[3]).all()


def test_the_same_vectors_make_the_same_file(trained, tmp_path):
    for name in ("first", "second"):
        write(pack(*trained), tmp_path / f"{name}.npz", **CARD)

    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_rounding_hardly_turns_a_vector(trained, bags):
    _, matrix, zones, mean = trained
    exact = np.stack([(bag.weights * zones[bag.zones]) @ matrix[bag.rows] for bag in bags])

    found = embed(pack(*trained), bags)

    assert ((unit(unit(exact) - mean) * found).sum(axis=1) > 0.999).all()


def test_the_heaviest_zone_has_the_largest_weight(trained):
    zones = pack(*trained).zones

    assert zones.tolist() == [LARGEST_ZONE, round(LARGEST_ZONE * 1.6 / 2.5), round(LARGEST_ZONE * 0.4 / 2.5)]


def test_one_far_number_does_not_make_the_steps_coarse(trained):
    hashes, matrix, zones, mean = trained
    matrix[7, 3] = 1000

    whole = pack(hashes, matrix, zones, mean).matrix

    assert whole[7, 3] == LARGEST
    assert abs(whole.astype(int)).mean() > 15


def test_the_sums_of_the_product_stay_exact():
    heaviest = round(16 * (1 + np.log(COUNT))) * LARGEST_ZONE >> 6

    assert product.MOST_WORDS * heaviest * LARGEST < 2**24


def test_the_product_gets_the_same_vectors_from_the_file(trained, bags, tmp_path, monkeypatch):
    packed = pack(*trained)
    write(packed, tmp_path / "vectors.npz", **CARD)
    monkeypatch.setattr(product, "files", lambda package: tmp_path)
    product._table.cache_clear()
    try:
        found = [
            product.vector_of(packed.hashes[bag.rows], bag.zones, np.rint(16 * bag.weights).astype(np.int64))
            for bag in bags
        ]
    finally:
        product._table.cache_clear()

    assert ((unit(np.array(found, np.float64)) * embed(packed, bags)).sum(axis=1) > 0.99).all()


def test_a_bag_without_words_has_no_direction_but_that_of_the_mean(trained):
    packed = pack(*trained)
    empty = Bag(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))

    assert embed(packed, [empty])[0] == pytest.approx(-unit(packed.mean), abs=1e-6)


@pytest.mark.parametrize("place", [1, 2, 3], ids=["matrix", "zones", "mean"])
def test_a_training_that_failed_is_refused(trained, place):
    trained[place].flat[0] = np.nan

    with pytest.raises(ValueError, match="not a number"):
        pack(*trained)


def test_hashes_that_cannot_be_searched_are_refused(trained):
    hashes, *others = trained

    with pytest.raises(ValueError, match="ascending"):
        pack(hashes[::-1], *others)
