"""Regions of networks whose truth is known, from the parameters to JSON."""

import json
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network, responses
from neuronaut.core.analysis import AnalysisOptions, LabelledProbe, analyse
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.core.regions import describe, find
from sklearn.metrics import adjusted_rand_score

BLOCKS, CLASSES, INPUTS, HIDDEN = 4, 3, 12, 40  # of each block: classes, inputs, hidden neurons
OPTIONS = AnalysisOptions(permutations=199)


def unit(rows):
    rows = np.asarray(rows, np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def vectors_of(params, config, x, metric):
    if metric == "incoming":
        return [unit(layer.weight.T) for layer in params[:-1]]
    if metric == "output":
        carried = [params[-1].weight]
        for layer in params[-2:0:-1]:
            carried.append(layer.weight @ carried[-1])
        return [unit(rows) for rows in carried[::-1]]
    hidden = network.activations(params, x, config)[1:-1]
    return [unit((layer - layer.mean(axis=0)).T) for layer in hidden]


def planted(layers=1, seed=0, fitted=False):
    """Independent sub-networks of random weights, each with inputs and classes of its own.

    Fitted ones read their classes from those random features by least squares.
    """
    rng = np.random.default_rng(seed)
    widths = [INPUTS, *[HIDDEN] * layers, CLASSES]
    config = NetworkConfig(tuple(BLOCKS * width for width in widths))
    params = []
    for rows, cols in pairwise(widths):
        mask = np.kron(np.eye(BLOCKS), np.ones((rows, cols)))
        weight = mask * rng.normal(0, np.sqrt(2 / rows), mask.shape)
        params.append(Layer(jnp.asarray(weight, jnp.float32), jnp.zeros(mask.shape[1])))
    y = (np.arange(480) % (BLOCKS * CLASSES)).astype(np.int32)
    centre = np.kron(np.eye(BLOCKS), np.ones((CLASSES, INPUTS)))
    centre = centre * np.abs(rng.normal(size=centre.shape))
    x = (centre[y] * rng.uniform(0.5, 1.5, (len(y), centre.shape[1]))).astype(np.float32)
    if fitted:
        params[-1] = readout(params, config, x, y)
    names = tuple(f"c{i}" for i in range(BLOCKS * CLASSES))
    block = np.tile(np.repeat(np.arange(BLOCKS), HIDDEN), layers)
    return tuple(params), config, LabelledProbe(x, y, names), block


def readout(params, config, x, y):
    """Return a last layer that predicts the classes, each from its own block (ridge regression)."""
    features = np.asarray(network.activations(tuple(params), x, config)[-2], np.float64)
    classes = BLOCKS * CLASSES
    weight = np.zeros((features.shape[1], classes))
    for number in range(classes):
        own = np.arange(HIDDEN) + number // CLASSES * HIDDEN
        gram = features[:, own].T @ features[:, own] + np.eye(HIDDEN)
        weight[own, number] = np.linalg.solve(gram, features[:, own].T @ (y == number))
    return Layer(jnp.asarray(weight, jnp.float32), jnp.zeros(classes))


def analysed(params, config, probe, metric="output", before=None):
    options = AnalysisOptions(metric)
    layers = vectors_of(params, config, probe.x, metric)
    return analyse(params, config, probe, layers, options, before)


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("metric", ["output", "incoming", "activation"])
def test_planted_sub_networks_are_the_regions(metric, fitted):
    params, config, probe, block = planted(fitted=fitted)
    found = analysed(params, config, probe, metric)
    ids = found.tracked.ids
    assert adjusted_rand_score(block[ids >= 0], ids[ids >= 0]) >= 0.9
    assert (ids >= 0).mean() > 0.8  # the others are dead: relu, and positive inputs
    assert found.separability.p_value < 0.01
    assert found.separability.agreement.effect_size > 5


def test_planted_regions_reach_across_layers():
    params, config, probe, block = planted(layers=2)
    found = analysed(params, config, probe)
    live = found.tracked.ids >= 0
    assert adjusted_rand_score(block[live], found.tracked.ids[live]) >= 0.9
    assert found.separability.p_value < 0.01
    assert len(found.layer_separability) == 2


def test_regions_are_named_by_the_classes_of_their_block_and_lesions_hit_those():
    params, config, probe, block = planted(fitted=True)
    found = analysed(params, config, probe, "incoming")
    assert len(found.regions) == BLOCKS
    assert [region.id for region in found.regions] == list(range(BLOCKS))
    for region, cut in zip(found.regions, found.lesions, strict=True):
        home = int(np.bincount(block[found.tracked.ids == region.id]).argmax())
        own = range(home * CLASSES, (home + 1) * CLASSES)
        assert region.classes and set(region.classes) <= set(own)
        assert region.name == ", ".join(f"c{c}" for c in region.classes)
        assert region.selectivity > 0.5
        assert region.neurons == (found.tracked.ids == region.id).sum()
        others = np.setdiff1d(np.arange(BLOCKS * CLASSES), own)
        assert (cut.silenced_by_class[others] >= cut.intact_by_class[others] - 0.2).all()
        assert cut.intact_by_class[own].mean() > 0.9
        assert cut.silenced_by_class[own].mean() < 0.5


def test_within_layers_regions_of_two_layers_stay_apart():
    params, config, probe, _ = planted(layers=2)
    found = analysed(params, config, probe, "incoming")
    half = BLOCKS * HIDDEN
    first, second = set(found.tracked.ids[:half].tolist()), set(found.tracked.ids[half:].tolist())
    assert first & second <= {-1}


def test_ids_are_kept_while_the_network_changes():
    params, config, probe, _ = planted()
    before = analysed(params, config, probe).tracked
    layer = params[0]
    order = np.random.default_rng(0).permutation(BLOCKS * HIDDEN)
    nudged = layer._replace(weight=layer.weight * 1.01)
    after = analysed((nudged, params[1]), config, probe, before=before).tracked
    np.testing.assert_array_equal(after.ids, before.ids)
    assert after.next_id == before.next_id
    # Neurons that change places take their ids along only if told: places have the ids.
    swapped = (
        Layer(layer.weight[:, order], layer.bias[order]),
        params[1]._replace(weight=params[1].weight[order]),
    )
    fresh = analysed(swapped, config, probe, before=before).tracked
    assert adjusted_rand_score(fresh.ids, before.ids[order]) == pytest.approx(1)


def test_dead_neurons_belong_to_no_region_and_serve_no_class():
    params, config, probe, _ = planted()
    first, last = params
    first = first._replace(bias=first.bias.at[7].set(-1e6))
    last = last._replace(weight=last.weight.at[50].set(0.0))
    found = analysed((first, last), config, probe)
    start = config.sizes[0]
    assert {start + 7, start + 50} <= set(found.dead)
    assert found.tracked.ids[[7, 50]].tolist() == found.served[[7, 50]].tolist() == [-1, -1]
    assert (found.served[found.tracked.ids >= 0] >= 0).all()


def test_an_analysis_is_json():
    params, config, probe, _ = planted()
    found = analysed(params, config, probe)
    text = json.dumps(found.to_json(untrained=found.separability), allow_nan=False)
    read = json.loads(text)
    assert read["separability"]["p_value"] == read["untrained"]["p_value"] < 0.01
    assert read["region_of_neuron"] == found.tracked.ids.tolist()
    assert [cut["region"] for cut in read["lesions"]] == [region.id for region in found.regions]
    assert read["served_by"] == "activity"
    assert read["regions"][0]["name"] == found.regions[0].name


@pytest.mark.parametrize("broken", ["zero", "nan", "none hidden", "one hidden"])
def test_degenerate_networks_have_no_regions(broken):
    hidden = {"none hidden": (), "one hidden": (1,)}.get(broken, (6, 4))
    config = NetworkConfig((5, *hidden, 3))
    params = network.init(jax.random.key(0), config)
    if broken in ("zero", "nan"):
        value = 0.0 if broken == "zero" else np.nan
        params = jax.tree.map(lambda leaf: jnp.full_like(leaf, value), params)
    rng = np.random.default_rng(0)
    probe = LabelledProbe(rng.normal(size=(9, 5)).astype(np.float32), np.zeros(9, int), ("a",) * 3)
    layers = vectors_of(params, config, probe.x, "output") if hidden else []
    found = analyse(params, config, probe, layers, OPTIONS)
    assert found.regions == found.lesions == ()
    assert found.separability.p_value == 1
    assert len(found.served) == sum(hidden)
    json.dumps(found.to_json(), allow_nan=False)


def test_a_profile_is_split_at_its_largest_drop():
    assert responses.preferred(np.array([0.1, 0.9, 0.2, 0.8])) == (1, 3)
    assert responses.preferred(np.array([0.1, 0.9, 0.75, 0.7])) == (1,)  # at most half of them
    assert responses.preferred(np.array([0.4, 0.4, 0.4])) == ()
    assert responses.preferred(np.zeros(3)) == ()
    assert responses.preferred(np.array([0.2, 0.7])) == (1,)


def test_selectivity_is_the_contrast_of_inside_and_outside():
    profile = np.array([1.0, 3.0, 0.0, 2.0])
    assert responses.selectivity(profile, (1,)) == pytest.approx((3 - 1) / (3 + 1))
    assert responses.selectivity(profile, (1, 3)) == pytest.approx((2.5 - 0.5) / 3)
    assert responses.selectivity(np.array([0.0, 2.0]), (1,)) == 1
    assert responses.selectivity(np.zeros(3), (0,)) == responses.selectivity(profile, ()) == 0


@pytest.mark.parametrize("activation", network.ACTIVATIONS)
def test_activity_is_above_the_lowest_value(activation):
    config = NetworkConfig((2, 3, 2), activation)
    first = Layer(jnp.zeros((2, 3)), jnp.array([-30.0, -1.0, 1.0]))
    params = (first, Layer(jnp.ones((3, 2)), jnp.zeros(2)))
    x, y = np.zeros((4, 2), np.float32), np.array([0, 0, 1, 1])
    found = responses.measure(params, config, x, y).by_class[0]
    value = np.asarray(network.activations(params, x, config)[1])[0]
    lowest = {"tanh": -1.0, "gelu": -0.17, "swish": -0.2785}.get(activation, 0.0)
    np.testing.assert_allclose(found, np.stack([value - lowest] * 2, axis=1), atol=1e-6)
    assert (found >= 0).all()


def test_regions_that_respond_to_all_alike_say_so():
    means = np.ones((4, 3), np.float32)
    (region,) = describe(np.zeros(4, int), [means], ("a", "b", "c"))
    assert (region.name, region.classes, region.selectivity) == ("all", (), 0)


def test_what_does_not_fit_is_named():
    params, config, probe, _ = planted()
    layers = vectors_of(params, config, probe.x, "output")
    with pytest.raises(ValueError, match="must have names for 12 classes, got 2"):
        analyse(params, config, LabelledProbe(probe.x, probe.y, ("a", "b")), layers)
    with pytest.raises(ValueError, match=r"labels must be 0\.\.11, got 0\.\.12"):
        analyse(
            params, config, LabelledProbe(probe.x, probe.y + (probe.y == 11), names(12)), layers
        )
    with pytest.raises(ValueError, match="a label for each, got 0 and 0"):
        analyse(params, config, LabelledProbe(probe.x[:0], probe.y[:0], names(12)), layers)
    with pytest.raises(ValueError, match=r"must fit layers of \[160\] neurons, got \[3\]"):
        find(layers, [np.ones(3, bool)], "output")


def names(count):
    return tuple(map(str, range(count)))
