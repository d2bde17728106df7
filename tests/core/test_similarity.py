"""Similarity against brute force: who is near whom, and how much a neighbour counts."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import similarity
from neuronaut.core.network import Layer
from neuronaut.core.similarity import METRICS, TABLE_WIDTH, Neighbors


def random_params(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(
        Layer(jnp.float32(rng.normal(size=(i, o))), jnp.float32(rng.normal(size=o)))
        for i, o in pairwise(sizes)
    )


def unit_rows(count, width, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4")


def table(rows, k=15) -> Neighbors:
    """The table of some rows; zeros beside them change no cosine, and one width compiles once."""
    padded = np.pad(rows, ((0, 0), (0, 64 - rows.shape[1])))
    return similarity.neighbors_of_rows(jnp.float32(padded), k)


def dense(neighbors: Neighbors) -> np.ndarray:
    """The affinities as a matrix."""
    matrix = np.zeros((len(neighbors.neuron),) * 2)
    for i, (row, p) in enumerate(zip(*map(np.asarray, neighbors), strict=True)):
        np.add.at(matrix[i], row, p)
    return matrix


def entropy(p):
    p = np.asarray(p, "f8")
    return -(p * np.log(np.maximum(p, 1e-300))).sum(axis=-1)


def assert_sound(neighbors: Neighbors, count: int) -> np.ndarray:
    """What holds for every table; returns the affinities as a matrix."""
    assert neighbors.neuron.shape == neighbors.affinity.shape == (count, TABLE_WIDTH)
    assert (neighbors.neuron.dtype, neighbors.affinity.dtype) == (jnp.int32, jnp.float32)
    assert ((neighbors.neuron >= 0) & (neighbors.neuron < count)).all()
    assert jnp.isfinite(neighbors.affinity).all()
    assert (neighbors.affinity >= 0).all()
    p = dense(neighbors)
    np.testing.assert_allclose(p, p.T, atol=1e-7)
    assert not np.diag(p).any()
    unused = np.asarray(neighbors.affinity) == 0
    own = np.broadcast_to(np.arange(count)[:, None], unused.shape)
    np.testing.assert_array_equal(np.asarray(neighbors.neuron)[unused], own[unused])
    named = np.where(unused, -1 - np.arange(TABLE_WIDTH), neighbors.neuron)
    assert all(len(set(row)) == TABLE_WIDTH for row in named.tolist())  # nobody stands twice
    return p


# ---- the vectors


def test_output_vectors_are_explicit_products():
    params = random_params(7, 6, 5, 4)  # three layers of weights
    second = np.asarray(params[2].weight, "f8")
    first = np.asarray(params[1].weight, "f8") @ second
    for found, product in zip(similarity.vectors(params, "output"), (first, second), strict=True):
        expected = product / np.linalg.norm(product, axis=1, keepdims=True)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_outgoing_vectors_are_rows_of_the_next_matrix():
    params = random_params(7, 6, 5, 4)
    found = similarity.vectors(params, "outgoing")
    for vectors, layer in zip(found, params[1:], strict=True):
        rows = np.asarray(layer.weight)
        expected = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        np.testing.assert_allclose(vectors, expected, atol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_vectors_have_length_one_or_zero(metric):
    params = list(random_params(3, 6, 4))
    weight = params[1].weight.at[0].set(0.0).at[1, 2].set(jnp.nan).at[2, 0].set(jnp.inf)
    weight = weight.at[3].multiply(1e-30).at[4].multiply(1e30)
    (vectors,) = similarity.vectors((params[0], Layer(weight, params[1].bias)), metric)
    lengths = jnp.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [0, 0, 0, 1, 1, 1], atol=1e-5)


def test_an_unknown_metric_is_named():
    with pytest.raises(ValueError, match=r"metric must be one of .*, got 'nearest'"):
        similarity.vectors(random_params(3, 2, 2), "nearest")


# ---- neighbours


@pytest.mark.parametrize(("count", "width", "k"), [(60, 6, 15), (30, 6, 6)])
def test_neighbors_are_those_of_brute_force(count, width, k):
    rows = unit_rows(count, width)
    p = assert_sound(table(rows, k), count)
    cosine = rows.astype("f8") @ rows.T.astype("f8") - 3 * np.eye(count)
    chosen = np.zeros((count, count), bool)
    np.put_along_axis(chosen, np.argsort(-cosine, axis=1)[:, :k], True, axis=1)
    np.testing.assert_array_equal(p > 0, chosen | chosen.T)


def test_affinities_are_the_mean_of_both_sides():
    count, k = 30, 6
    rows = unit_rows(count, 5)
    p = assert_sound(table(rows, k), count)
    squared = 2 - 2 * rows.astype("f8") @ rows.T + 9 * np.eye(count)
    nearest = np.argsort(squared, axis=1)[:, :k]
    own = np.take_along_axis(squared, nearest, axis=1)
    share = np.asarray(
        similarity.conditional_affinities(jnp.float32(own), similarity._PERPLEXITY * k)
    )
    conditional = np.zeros((count, count))
    np.put_along_axis(conditional, nearest, share, axis=1)
    np.testing.assert_allclose(p, (conditional + conditional.T) / 2, atol=2e-3)
    assert p.sum() == pytest.approx(count, rel=1e-3)


def test_rows_add_up_to_about_one():
    p = dense(table(unit_rows(60, 10)))
    assert p.sum(axis=1).mean() == pytest.approx(1.0, abs=0.05)
    assert p.sum(axis=1).min() > 0.3
    assert p.sum(axis=1).max() < 2.5


@pytest.mark.parametrize("count", [1, 2, 16])
def test_more_neighbors_than_there_are_is_everybody(count):
    neighbors = table(unit_rows(count, 4))
    p = assert_sound(neighbors, count)
    np.testing.assert_array_equal(p > 0, ~np.eye(count, dtype=bool))


def hub_rows(count):
    """All lie around the first, apart from one another: in 64 dimensions all choose it."""
    rows = 0.8 * unit_rows(count, 64)
    rows[0] = 0
    rows[:, 0] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_hub_is_capped_on_both_sides():
    count = 60
    rows = hub_rows(count)
    chosen = np.argsort(-rows @ rows.T + 3 * np.eye(count), axis=1)[:, :15]
    assert (chosen == 0).sum() > TABLE_WIDTH  # the case is one
    p = assert_sound(table(rows), count)
    assert (p[0] > 0).sum() == TABLE_WIDTH
    left_out = [i for i in range(1, count) if 0 in chosen[i] and p[0, i] == 0]
    assert left_out
    assert all(p[i].sum() > 0.1 for i in left_out)  # they keep their others


@pytest.mark.parametrize("rows", [np.zeros((60, 3)), np.ones((60, 1)), np.eye(60)])
def test_equals_are_shared_out(rows):
    """Where all are equally near, nobody is everybody's choice and nobody is left alone."""
    p = assert_sound(table(rows), 60)
    assert (p > 0).sum(axis=1).min() >= 15
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=0.3)


# ---- perplexity


@pytest.mark.parametrize("perplexity", [1.5, 5.0, 14.5])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_perplexity_is_reached_at_any_scale(perplexity, scale):
    squared = scale * np.random.default_rng(0).uniform(0.1, 2.0, (50, 15))
    p = similarity.conditional_affinities(jnp.float32(squared), perplexity)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(np.exp(entropy(p)), perplexity, rtol=1e-2)
    order = np.argsort(squared, axis=1)
    assert (np.diff(np.take_along_axis(np.asarray(p), order, axis=1), axis=1) <= 1e-7).all()


@pytest.mark.parametrize(
    "squared", [np.zeros((2, 6)), np.full((2, 6), 4.0), np.full((2, 1), 2.0), np.full((1, 3), 1e30)]
)
def test_equal_distances_count_alike(squared):
    p = similarity.conditional_affinities(jnp.float32(squared), 2.0)
    np.testing.assert_allclose(p, 1 / squared.shape[1], rtol=1e-5)


# ---- a whole network


@pytest.mark.parametrize("metric", METRICS)
def test_only_hidden_neurons_have_neighbors(metric):
    p = assert_sound(similarity.neighbors(random_params(6, 40, 8, 3), metric), 57)
    hidden = np.zeros(57, bool)
    hidden[6:54] = True
    assert not p[~hidden].any()
    assert (p[hidden].sum(axis=1) > 0.1).all()
    across = p[6:46, 46:54]
    assert across.any() == (metric == "output")  # only effective weights compare layers


def test_neighbors_of_a_network_are_those_of_its_vectors():
    params = random_params(6, 40, 8, 3)
    whole = dense(similarity.neighbors(params, "outgoing"))
    first, second = similarity.vectors(params, "outgoing")
    part = dense(table(first))
    np.testing.assert_allclose(whole[6:46, 6:46], part, atol=1e-6)
    part = dense(table(second))
    np.testing.assert_allclose(whole[46:54, 46:54], part, atol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("sizes", [(4, 3), (4, 1, 2), (1, 1, 1, 1)])
def test_the_smallest_networks_have_tables_too(metric, sizes):
    assert_sound(similarity.neighbors(random_params(*sizes), metric), sum(sizes))


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e38, 1e-40])
@pytest.mark.parametrize("metric", METRICS)
def test_weights_of_any_kind_give_sound_tables(metric, value):
    params = random_params(6, 40, 8, 3)
    broken = tuple(Layer(jnp.full_like(layer.weight, value), layer.bias) for layer in params)
    assert_sound(similarity.neighbors(broken, metric), 57)
    one_bad = Layer(params[1].weight.at[7, 2].set(value), params[1].bias)
    p = assert_sound(similarity.neighbors((params[0], one_bad, params[2]), metric), 57)
    others = np.delete(np.arange(6, 46), 7)
    assert (p[others].sum(axis=1) > 0.3).all()


def test_one_output_leaves_nobody_alone():
    """With one output, effective weights point one way or the other: half are all equal."""
    p = assert_sound(similarity.neighbors(random_params(5, 60, 1), "output"), 66)
    assert (p[5:65] > 0).sum(axis=1).min() >= 15
