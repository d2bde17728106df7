"""The five metrics against brute force, and how the nearest are kept while a network learns."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network, similarity
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.core.similarity import METRICS
from tables import assert_sound, dense, random_params

TOGETHER = ("output", "dominance", "activation")


def config_of(params, activation="tanh"):
    sizes = (params[0].weight.shape[0], *(layer.weight.shape[1] for layer in params))
    return NetworkConfig(sizes, activation)


def probe_of(params, samples=64, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, params[0].weight.shape[0])).astype("f4")


def arguments(params, metric, **options):
    """What `vectors` and its users take."""
    return params, metric, probe_of(params), config_of(params, **options)


def unit(rows):
    rows = np.asarray(rows, "f8")
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# ---- the vectors


def test_output_vectors_are_explicit_products():
    params = random_params(7, 6, 5, 4)  # three layers of weights
    second = np.asarray(params[2].weight, "f8")
    first = np.asarray(params[1].weight, "f8") @ second
    for found, product in zip(similarity.vectors(params, "output"), (first, second), strict=True):
        np.testing.assert_allclose(found, unit(product), atol=1e-5)


def test_outgoing_vectors_are_rows_of_the_next_matrix():
    params = random_params(7, 6, 5, 4)
    found = similarity.vectors(params, "outgoing")
    for vectors, layer in zip(found, params[1:], strict=True):
        np.testing.assert_allclose(vectors, unit(layer.weight), atol=1e-5)


def test_incoming_vectors_are_columns_of_the_matrix_before():
    params = random_params(7, 6, 5, 4)
    found = similarity.vectors(params, "incoming")
    for vectors, layer in zip(found, params[:-1], strict=True):
        np.testing.assert_allclose(vectors, unit(np.asarray(layer.weight).T), atol=1e-5)


def test_products_of_activation_vectors_are_correlations():
    params = random_params(7, 6, 5, 4)
    given = arguments(params, "activation")
    both = np.concatenate(similarity.vectors(*given))
    hidden = np.concatenate(network.activations(params, *given[2:])[1:-1], axis=1)
    np.testing.assert_allclose(both @ both.T, np.corrcoef(hidden.T), atol=1e-4)


def test_a_constant_activation_resembles_nobody():
    params = list(random_params(7, 6, 4))
    weight, bias = params[0]
    params[0] = Layer(weight.at[:, 2].set(0.0).at[:, 3].set(1e-9), bias.at[2:4].set(0.3))
    bias = params[0].bias.at[4].set(-1e3)  # never above 0
    params[0] = Layer(params[0].weight, bias)
    given = arguments(tuple(params), "activation", activation="relu")
    (vectors,) = similarity.vectors(*given)
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 0, 0, 0, 1], atol=1e-5)
    p = assert_sound(similarity.neighbors(*given), 17)
    np.testing.assert_array_equal(np.flatnonzero(p.any(axis=1)), [7, 8, 12])


def votes(weights):
    """A network whose single hidden layer votes so."""
    weights = np.asarray(weights, "f4")
    first = Layer(jnp.ones((2, len(weights))), jnp.zeros(len(weights)))
    params = (first, Layer(jnp.array(weights), jnp.zeros(weights.shape[1])))
    (vectors,) = similarity.vectors(params, "dominance")
    return np.asarray(vectors)


def test_the_nearest_in_dominance_serve_one_output_as_strongly():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(60, 5))
    vectors = votes(weights)
    margin = (weights - weights.mean(axis=1, keepdims=True)).max(axis=1)
    winner = weights.argmax(axis=1)
    apart = 1 - vectors @ vectors.T + 9 * np.eye(60)
    for i in range(60):
        same = (winner == winner[i]) & (np.arange(60) != i)
        order = np.argsort(apart[i])
        assert same[order[: same.sum()]].all()  # before all that serve others
        closest = np.argmin(np.where(same, np.abs(margin - margin[i]), np.inf))
        assert order[0] == closest


def test_weak_votes_for_two_outputs_are_nearer_than_strong_ones():
    strong_a, strong_b, weak_a, weak_b = votes([[9, 0, 0], [0, 9, 0], [0.5, 0, 0], [0, 0.5, 0]])
    assert weak_a @ weak_b > weak_a @ strong_b >= strong_a @ strong_b


def test_no_preference_is_no_vote():
    vectors = votes([[1, 0, 0], [0.1, 0.1, 0.1], [0, 0, 0], [np.nan, 1, 0], [-3, -3, 2]])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 0, 1], atol=1e-6)


def test_a_single_output_is_voted_for_or_against():
    vectors = votes([[2.0], [1.0], [-2.0], [-1.0], [0.0]])
    product = vectors @ vectors.T
    assert product[0, 1] > product[1, 3] > product[0, 2]
    assert product[2, 3] > product[1, 3]
    assert not vectors[4].any()


@pytest.mark.parametrize("metric", ["output", "dominance", "outgoing"])
def test_vectors_have_length_one_or_zero(metric):
    params = list(random_params(3, 6, 4))
    weight = params[1].weight.at[0].set(0.0).at[1, 2].set(jnp.nan).at[2, 0].set(jnp.inf)
    weight = weight.at[3].multiply(1e-10).at[4].multiply(1e30)
    params[1] = Layer(weight, params[1].bias)
    (vectors,) = similarity.vectors(*arguments(tuple(params), metric))
    np.testing.assert_allclose(jnp.linalg.norm(vectors, axis=1), [0, 0, 0, 1, 1, 1], atol=1e-5)


@pytest.mark.parametrize("metric", ["output", "dominance"])
@pytest.mark.parametrize("size", [1e-8, 1e8])
def test_deep_networks_stay_within_range(metric, size):
    params = random_params(3, *[8] * 12, 4)
    scaled = tuple(Layer(size * layer.weight, layer.bias) for layer in params)
    pairs = zip(*(similarity.vectors(p, metric) for p in (params, scaled)), strict=True)
    for plain, found in pairs:
        np.testing.assert_allclose(found, plain, atol=1e-3)


def test_metrics_say_who_is_comparable():
    found = {metric: similarity.comparable(metric) for metric in METRICS}
    assert found == {m: "network" if m in TOGETHER else "layer" for m in METRICS}


def test_an_unknown_metric_is_named():
    for function in (
        similarity.comparable,
        lambda metric: similarity.vectors(random_params(3, 2, 2), metric),
        lambda metric: similarity.neighbors(random_params(3, 2, 2), metric),
    ):
        with pytest.raises(ValueError, match=r"metric must be one of .*, got 'nearest'"):
            function("nearest")


def test_activation_needs_a_probe():
    with pytest.raises(ValueError, match="activation needs probe and config"):
        similarity.vectors(random_params(3, 2, 2), "activation")


# ---- a whole network


@pytest.mark.parametrize("metric", METRICS)
def test_only_hidden_neurons_have_neighbors(metric):
    params = random_params(6, 40, 40, 3)
    p = assert_sound(similarity.neighbors(*arguments(params, metric)), 89)
    hidden = np.zeros(89, bool)
    hidden[6:86] = True
    assert not p[~hidden].any()
    assert (p[hidden].sum(axis=1) > 0.1).all()
    assert p[6:46, 46:86].any() == (similarity.comparable(metric) == "network")


@pytest.mark.parametrize("metric", METRICS)
def test_neighbors_of_a_network_are_those_of_its_vectors(metric):
    given = arguments(random_params(6, 40, 8, 3), metric)
    p = dense(similarity.neighbors(*given))
    layers = similarity.vectors(*given)
    if similarity.comparable(metric) == "network":
        expected = dense(similarity.neighbors_of_rows(jnp.concatenate(layers)))
        np.testing.assert_allclose(p[6:54, 6:54], expected, atol=2e-3)
    else:
        for first, rows in zip((6, 46), layers, strict=True):
            part = p[first : first + len(rows), first : first + len(rows)]
            expected = dense(similarity.neighbors_of_rows(rows))
            np.testing.assert_array_equal(part > 0, expected > 0)
            np.testing.assert_allclose(part, expected, atol=2e-3)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("sizes", [(4, 3), (4, 1, 2), (1, 1, 1, 1)])
def test_the_smallest_networks_have_tables_too(metric, sizes):
    given = arguments(random_params(*sizes), metric)
    assert_sound(similarity.neighbors(*given), sum(sizes))
    assert_sound(
        similarity.table(similarity.refresh(similarity.search(*given), *given), given[0]),
        sum(sizes),
    )


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e38, 1e-40])
@pytest.mark.parametrize("metric", METRICS)
def test_weights_of_any_kind_give_sound_tables(metric, value):
    params = random_params(6, 40, 8, 3)
    broken = tuple(Layer(jnp.full_like(layer.weight, value), layer.bias) for layer in params)
    assert_sound(similarity.neighbors(*arguments(broken, metric)), 57)
    one_bad = Layer(params[1].weight.at[7, 2].set(value), params[1].bias)
    p = assert_sound(similarity.neighbors(*arguments((params[0], one_bad, params[2]), metric)), 57)
    others = np.delete(np.arange(6, 46), 7)
    assert (p[others].sum(axis=1) > 0.2).all()


def test_one_output_leaves_nobody_alone():
    """With one output, effective weights point one way or the other: half are all equal."""
    p = assert_sound(similarity.neighbors(random_params(5, 60, 1), "output"), 66)
    assert (p[5:65] > 0).sum(axis=1).min() >= 15


# ---- rolling


@pytest.mark.parametrize("metric", METRICS)
def test_a_refresh_of_all_is_a_search(metric):
    old, new = random_params(6, 40, 8, 3), random_params(6, 40, 8, 3, seed=1)
    known = similarity.refresh(similarity.search(*arguments(old, metric)), *arguments(new, metric))
    wanted = similarity.search(*arguments(new, metric))
    np.testing.assert_array_equal(known.chosen, wanted.chosen)
    np.testing.assert_array_equal(known.squared, wanted.squared)


@pytest.mark.parametrize("share", [0.1, 0.33, 1.0])
@pytest.mark.parametrize("metric", ["output", "incoming"])
def test_every_row_has_its_turn(metric, share):
    old, new = random_params(6, 41, 13, 3), random_params(6, 41, 13, 3, seed=1)
    known = similarity.search(*arguments(old, metric))
    wanted = np.asarray(similarity.search(*arguments(new, metric)).squared)
    left = 54
    for _ in range(int(np.ceil(1 / share))):
        before = known
        known = similarity.refresh(known, *arguments(new, metric), share)
        sound = assert_sound(similarity.table(known, new), 63)
        assert sound.any()
        changed = (np.asarray(known.squared) != np.asarray(before.squared)).any(axis=1).sum()
        assert changed <= np.ceil(share * 41) + np.ceil(share * 13)
        left = (~np.isclose(known.squared, wanted, atol=1e-5)).any(axis=1).sum()
    assert left == 0


def test_a_refresh_is_the_same_each_time():
    given = arguments(random_params(6, 41, 13, 3), "activation")
    first, second = (similarity.refresh(similarity.search(*given), *given, 0.2) for _ in range(2))
    jax.tree.map(np.testing.assert_array_equal, first, second)


def test_a_share_is_a_share():
    given = arguments(random_params(6, 5, 3), "output")
    with pytest.raises(ValueError, match=r"share must be above 0 and at most 1, got 1\.5"):
        similarity.refresh(similarity.search(*given), *given, 1.5)
