"""The choice of weights against NumPy: enough energy, not much more, in order, the same again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from neuronaut.renderer.selection import EdgeSelection, Strength
from selected import BIN, Select, assert_carries, chosen, selecting


@pytest.fixture
def select(make_network) -> Iterator[Select]:
    with selecting(make_network) as select:
        yield select


def thresholds(selection: EdgeSelection) -> np.ndarray:
    return selection.buffers["edge_range"].read()["threshold"]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("scale", [1e-4, 0.05, 20.0])
def test_the_share_of_energy_is_reached(select, share, scale):
    weight = np.random.default_rng(0).normal(size=60 * 50) * scale
    numbers = chosen(select((60, 50), weight, share))
    assert (np.diff(numbers.astype(int)) > 0).all()
    assert_carries(np.abs(weight.astype("f4")), numbers, share)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_heavy_tails_need_few_weights(select, share):
    weight = np.random.default_rng(1).standard_cauchy(40 * 40) / 100
    numbers = chosen(select((40, 40), weight, share))
    assert_carries(np.abs(weight.astype("f4")), numbers, share)
    assert len(numbers) < 40


def test_share_1_draws_every_weight_that_is_not_zero(select):
    rng = np.random.default_rng(2)
    weight = 10.0 ** rng.uniform(-12, 3, 30 * 30) * rng.choice([-1, 0, 1], 30 * 30)
    np.testing.assert_array_equal(
        chosen(select((30, 30), weight, 1.0)), np.flatnonzero(weight.astype("f4"))
    )


def test_share_0_draws_only_the_strongest(select):
    weight = np.random.default_rng(3).normal(size=900)
    strength = np.abs(weight.astype("f4"))
    numbers = chosen(select((30, 30), weight, 0.0))
    assert strength.argmax() in numbers
    assert strength[numbers].min() >= strength.max() / BIN * 0.999


@pytest.mark.parametrize("share", [0.0, 0.9, 1.0])
def test_zero_weights_draw_nothing(select, share):
    assert len(chosen(select((7, 5, 3), np.zeros(50), share))) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("share", [0.9, 1.0])
def test_what_is_not_finite_draws_nothing(select, value, share):
    assert len(chosen(select((5, 4), np.full(20, value), share))) == 0
    weight = np.linspace(-1, 1, 20)
    weight[[3, 11]] = value
    others = np.where(np.isfinite(weight), weight, 0.0)
    numbers = chosen(select((5, 4), weight, share))
    np.testing.assert_array_equal(numbers, chosen(select((5, 4), others, share)))
    assert len(numbers) > 0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_activation_that_is_not_finite_draws_nothing(select, value):
    activation = np.array([1.0, value, 1.0, 0.0])
    numbers = chosen(select((3, 1), np.array([1.0, 1.0, 2.0]), 1.0, activation))
    assert numbers.tolist() == [0, 2]


def test_one_weight_is_drawn_whatever_its_size(select):
    selection = select((1, 1), np.ones(1))
    borders = np.exp2(np.arange(-24 * 16, 8 * 16, 5, dtype="f8") / 16).astype("f4")
    sizes = np.exp2(np.arange(-40, 20, dtype="f4"))
    for size in [*borders, *np.nextafter(borders, np.float32(0)), *sizes, np.float32(1e-30)]:
        selection.buffers["weight"].write(np.array([size]))
        selection.run(at_once=True)
        assert chosen(selection).tolist() == [0], size


def test_equal_weights_are_all_drawn(select):
    assert len(chosen(select((20, 20), np.full(400, 0.5), 0.3))) == 400


def test_layers_are_judged_apart(select):
    sizes, rng = (20, 30, 25, 10), np.random.default_rng(4)
    weight = np.concatenate(
        [rng.normal(size=20 * 30), 1e-3 * rng.normal(size=30 * 25), 50 * rng.normal(size=25 * 10)]
    ).astype("f4")
    numbers = chosen(select(sizes, weight, 0.8))
    assert (np.diff(numbers.astype(int)) > 0).all()
    borders = [0, 600, 600 + 750, 600 + 750 + 250]
    for start, end in pairwise(borders):
        within = numbers[(numbers >= start) & (numbers < end)]
        assert_carries(np.abs(weight[start:end]), within - start, 0.8)


def test_a_layer_of_zeros_does_not_disturb_the_others(select):
    weight = np.concatenate([np.zeros(12), np.ones(8), np.zeros(4)])
    numbers = chosen(select((3, 4, 2, 2), weight, 0.9))
    np.testing.assert_array_equal(numbers, np.arange(12, 20))


def test_contribution_is_weight_times_activation(select):
    rng = np.random.default_rng(5)
    sizes = (30, 20, 5)
    weight = rng.normal(size=30 * 20 + 20 * 5).astype("f4")
    activation = (rng.normal(size=55) * rng.integers(0, 2, 55)).astype("f4")
    numbers = chosen(select(sizes, weight, 0.9, activation))
    leaves = np.concatenate([np.arange(30).repeat(20), 30 + np.arange(20).repeat(5)])
    strength = np.abs(weight * activation[leaves])
    assert_carries(strength[:600], numbers[numbers < 600], 0.9)
    assert_carries(strength[600:], numbers[numbers >= 600] - 600, 0.9)


@pytest.mark.parametrize("sizes", [(32, 32), (1025, 1), (600, 500), (512, 512, 512, 3)])
def test_every_tile_takes_part(select, sizes):
    """One tile exactly; one weight more; more tiles than scan.comp has lanes; several layers."""
    rng = np.random.default_rng(6)
    edges = sum(a * b for a, b in pairwise(sizes))
    weight = rng.normal(size=edges).astype("f4")
    selection = select(sizes, weight, 0.7)
    layer = np.repeat(np.arange(len(sizes) - 1), [a * b for a, b in pairwise(sizes)])
    expected = np.flatnonzero(np.abs(weight) >= thresholds(selection)[layer])
    np.testing.assert_array_equal(chosen(selection), expected)
    assert 0 < len(expected) < edges


def test_the_same_weights_give_the_same_bytes(select):
    weight = np.random.default_rng(7).normal(size=200 * 150)
    selection = select((200, 150), weight)
    names = ("selected", "draw_command", "edge_range", "tile_count")
    before = [selection.buffers[name].read().tobytes() for name in names]
    selection.run(at_once=True)
    assert [selection.buffers[name].read().tobytes() for name in names] == before


def test_thresholds_follow_smoothly(select):
    selection = select((1, 1), np.full(1, 0.1))
    before = thresholds(selection)[0]
    selection.buffers["weight"].write(np.full(1, 10.0, "f4"))
    selection.choice.follow = 0.25
    selection.run(at_once=False)
    between = thresholds(selection)[0]
    selection.run(at_once=True)
    after = thresholds(selection)[0]
    assert before < between < after
    assert between == pytest.approx(before + 0.25 * (after - before), rel=1e-5)


def test_a_network_with_too_many_weights_is_refused(make_network):
    network = make_network((1, 1))
    network.edges = 65_535 * 1024 + 1
    network.layers["edge_count"][0] = network.edges
    with pytest.raises(ValueError, match="up to 67,107,840 weights, not 67,107,841"):
        EdgeSelection(network)


def test_backward_strength_is_weight_times_gradient_of_the_neuron_it_enters(select):
    rng = np.random.default_rng(8)
    weight = rng.normal(size=30 * 20 + 20 * 5).astype("f4")
    gradient = (rng.normal(size=55) * rng.integers(0, 2, 55)).astype("f4")
    selection = select((30, 20, 5), weight)
    selection.buffers["gradient"].write(gradient)
    selection.choice.strength = Strength.BACKWARD
    selection.run(at_once=True)
    enters = np.concatenate([30 + np.tile(np.arange(20), 30), 50 + np.tile(np.arange(5), 20)])
    strength, numbers = np.abs(weight * gradient[enters]), chosen(selection)
    assert_carries(strength[:600], numbers[numbers < 600], 0.9)
    assert_carries(strength[600:], numbers[numbers >= 600] - 600, 0.9)
