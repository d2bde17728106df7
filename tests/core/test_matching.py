"""Pairing the neurons of two networks."""

import numpy as np
import pytest
from neuronaut.core.matching import match, match_layers


def test_a_shuffled_layer_is_found_again() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(60, 12)).astype("f4")
    order = rng.permutation(12)
    noisy = 3.0 * a[:, order] + 1.0 + 0.01 * rng.normal(size=(60, 12))
    np.testing.assert_array_equal(match(a, noisy), order)


def test_neurons_too_many_are_left_alone() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(40, 3))
    b = np.concatenate([rng.normal(size=(40, 2)), a], axis=1)
    found = match(a, b)
    np.testing.assert_array_equal(found[2:], [0, 1, 2])
    assert (found[:2] == -1).all()


def test_dead_neurons_make_no_trouble() -> None:
    a, b = np.zeros((5, 2)), np.zeros((5, 2))
    assert sorted(match(a, b).tolist()) == [0, 1]


def test_layers_are_paired_each_by_itself() -> None:
    rng = np.random.default_rng(2)
    sizes = (2, 4, 3)
    a = rng.normal(size=(50, 9))
    order = np.array([0, 1, 5, 4, 3, 2, 6, 7, 8])
    np.testing.assert_array_equal(match_layers(a, a[:, order], sizes, sizes), order)


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(ValueError, match="same inputs"):
        match(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="as many layers"):
        match_layers(np.zeros((3, 4)), np.zeros((3, 3)), (2, 1, 1), (2, 1))
