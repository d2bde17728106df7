"""Silhouettes against scikit-learn, and p values: exact by chance, small where there is order."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import responses
from neuronaut.core.analysis import AnalysisOptions, separability_by_layer
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.core.separability import (
    Separability,
    Statistic,
    agreements,
    combined,
    label_source,
    separability,
    served_classes,
    silhouettes,
)
from sklearn.metrics import silhouette_score

CONFIG = NetworkConfig((12, 20, 16, 4))
TRIALS = 200


def unit(rows):
    rows = np.asarray(rows, np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def random_network(trial):
    """A network and a probe whose classes lie apart, both drawn anew."""
    rng = np.random.default_rng(trial)
    y = (np.arange(60) % 4).astype(np.int32)
    x = rng.normal(size=(4, 12))[y] + 0.5 * rng.normal(size=(60, 12))
    params = tuple(
        Layer(jnp.float32(rng.normal(0, np.sqrt(2 / i), (i, o))), jnp.zeros(o))
        for i, o in pairwise(CONFIG.sizes)
    )
    return params, x.astype(np.float32), y


def vectors_of(params, x, metric):
    first, second, last = (np.asarray(layer.weight) for layer in params)
    if metric == "incoming":
        return [unit(first.T), unit(second.T)]
    if metric == "outgoing":
        return [unit(second), unit(last)]
    if metric == "output":
        return [unit(second @ last), unit(last)]
    hidden = [np.maximum(x @ first, 0)]
    hidden.append(np.maximum(hidden[0] @ second, 0))
    return [unit((layer - layer.mean(axis=0)).T) for layer in hidden]


@pytest.mark.parametrize("dimensions", [3, 40])
def test_silhouettes_are_those_of_scikit_learn(dimensions):
    rng = np.random.default_rng(0)
    rows = unit(rng.normal(size=(50, dimensions)))
    labelings = rng.integers(4, size=(5, 50))
    labelings[0, :] = 0
    labelings[0, 0] = 1  # a class of one counts 0
    labelings[0, 1:20] = 3  # and a label that no neuron has is no class
    expected = [silhouette_score(rows, labels, metric="cosine") for labels in labelings]
    np.testing.assert_allclose(silhouettes(rows, labelings), expected, atol=1e-6)


def test_agreement_is_the_share_of_neighbours_with_the_same_label():
    chosen = np.array([[1, 2], [0, 3], [3, 0], [2, 1]])
    alike = np.array([[True, True], [True, True], [True, False], [True, True]])
    labelings = np.array([[0, 0, 1, 1], [0, 1, 0, 1], [2, 2, 2, 2]])
    np.testing.assert_allclose(agreements(chosen, alike, labelings), [4 / 7, 3 / 7, 1])
    assert agreements(chosen, np.zeros_like(alike), labelings).tolist() == [0, 0, 0]


def test_classes_in_opposite_places_are_found_where_silhouettes_see_little():
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=120)
    side = rng.choice([-1.0, 1.0], size=(120, 1))
    rows = unit(side * np.eye(4)[labels] + 0.3 * rng.normal(size=(120, 4)))
    found = separability(rows, labels)
    assert abs(found.silhouette.value) < 0.1
    assert found.agreement.value > 0.7
    assert found.agreement.p_value == 1 / 1000
    assert found.p_value < 0.01


def test_planted_order_is_found_whatever_the_labels_are_called():
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=90) * 10 + 5
    rows = unit(np.eye(3)[labels // 10] + 0.8 * rng.normal(size=(90, 3)))
    found = separability(rows, labels, permutations=199)
    assert found.p_value == pytest.approx(1 / 200)
    assert found.silhouette.effect_size > 10
    assert found.agreement.effect_size > 5
    assert (found.neurons, found.classes) == (90, 3)
    expected = silhouette_score(rows, labels, metric="cosine")
    assert found.silhouette.value == pytest.approx(expected, abs=1e-6)
    assert found == separability(rows, labels, permutations=199)


def test_tiles_of_permutations_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    rows, labels = unit(rng.normal(size=(30, 5))), rng.integers(3, size=30)
    whole = separability(rows, labels, 99)
    monkeypatch.setattr("neuronaut.core.separability._TILE", 30 * 3 * 7)
    assert separability(rows, labels, 99) == whole


@pytest.mark.parametrize("metric", ["output", "outgoing", "incoming", "activation"])
def test_random_networks_are_separable_in_one_of_twenty_trials(metric):
    options = AnalysisOptions(metric, permutations=99)
    p_values: list[tuple[float, float]] = []
    for trial in range(TRIALS):
        params, x, y = random_network(trial)
        found = responses.measure(params, CONFIG, x, y)
        layers = vectors_of(params, x, metric)
        tests, _ = separability_by_layer(params, found, layers, options)
        joint = combined(tests)
        p_values.append((joint.p_value, joint.silhouette.p_value))
    share = (np.array(p_values) < 0.05).mean(axis=0)
    assert (share >= 0.01).all()
    assert (share <= 0.09).all()


def test_labels_from_the_vectors_own_weights_would_find_order_in_chance():
    for trial in range(10):
        params, _, _ = random_network(trial)
        own = responses.served_by_weights(params)[-1]
        assert separability(unit(params[-1].weight), own, 99).p_value < 0.05


def test_labels_come_from_the_other_side_of_the_neuron():
    params, x, y = random_network(0)
    found = responses.measure(params, CONFIG, x, y)
    above = (*params[:2], params[2]._replace(weight=-params[2].weight))
    below = (params[0]._replace(weight=-params[0].weight), *params[1:])
    for metric, other_side in (("output", below), ("incoming", above)):
        labels = served_classes(params, found, metric)[0]
        same_side = above if metric == "output" else below
        for changed, moves in ((same_side, False), (other_side, True)):
            again = responses.measure(changed, CONFIG, x, y)
            assert moves == (served_classes(changed, again, metric)[0] != labels).any()
    assert label_source("output") == label_source("dominance") == "activity"
    assert label_source("activation") == "votes"


def test_layers_are_joined_by_the_cauchy_combination():
    strong, weak = Statistic(0.1, 0.0, 3.0, 0.002), Statistic(0.3, -0.1, 1.0, 0.4)
    against = Statistic(-0.2, 0.0, -2.0, 1.0)
    one, other = Separability(0.002, strong, strong, 30, 4), Separability(0.4, weak, weak, 10, 3)
    assert combined([one]) == one
    assert combined([one, one]).p_value == pytest.approx(0.002)
    joint = combined([one, other])
    tangents = np.tan((0.5 - np.array([0.002, 0.4])) * np.pi)
    assert joint.p_value == pytest.approx(0.5 - np.arctan(tangents.mean()) / np.pi)
    assert joint.silhouette.p_value == pytest.approx(joint.p_value)
    assert joint.silhouette.value == pytest.approx(0.15)
    assert (joint.silhouette.effect_size, joint.neurons, joint.classes) == (2.5, 40, 4)
    assert combined([one, Separability(0.99, against, against, 30, 4)]).p_value < 0.05


def test_where_there_is_nothing_to_test_nothing_is_found():
    none = Statistic(0.0, 0.0, 0.0, 1.0)
    nothing = Separability(1.0, none, none, 0, 0)
    assert combined([]) == separability(np.zeros((0, 3)), np.zeros(0, int)) == nothing
    for labels in ([0], [2, 2, 2], [0, 1, 2]):
        found = separability(np.eye(3)[: len(labels)], np.array(labels))
        assert (found.p_value, found.silhouette, found.classes) == (1, none, 1)
        assert combined([found]) == nothing
    alike = separability(np.ones((6, 4)) / 2, np.array([0, 0, 0, 1, 1, 1]), 99)
    assert alike.p_value > 0.5
    assert alike.silhouette.effect_size == 0


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="got 3 vectors and 2 labels"):
        separability(np.eye(3), np.zeros(2, int))
    with pytest.raises(ValueError, match="permutations must be at least 1, got 0"):
        separability(np.eye(3), np.zeros(3, int), permutations=0)


def test_a_single_output_votes_by_its_sign():
    weight = jnp.array([[1.0], [-2.0], [0.5], [-0.1]])
    params = (Layer(jnp.ones((3, 4)), jnp.zeros(4)), Layer(weight, jnp.zeros(1)))
    assert responses.served_by_weights(params)[0].tolist() == [1, 0, 1, 0]
