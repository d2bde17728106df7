"""Choices of weights for one use: one layer, a neuron in focus, ribbons and hairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from neuronaut.renderer.selection import EdgeSelection, EdgeUse, Strength
from selected import Select, chosen, selecting


@pytest.fixture
def select(make_network) -> Iterator[Select]:
    with selecting(make_network) as select:
        yield select


def selected_hairs(selection: EdgeSelection) -> np.ndarray:
    """The numbers of the weights that would be drawn as hairs, ascending."""
    commands = selection.buffers["draw_command"].read()
    count = int(commands["vertex_count"][1]) // 2
    assert commands["vertex_count"][2] == (3 if count else 0)
    edges = selection.buffers["selected"].read()
    return edges[len(edges) - count :][::-1]


def test_only_one_layer_may_be_asked_for(select):
    selection = select((20, 30, 10), np.random.default_rng(9).normal(size=900))
    everything = chosen(selection)
    for layer, within in [(0, everything < 600), (1, everything >= 600)]:
        selection.run(at_once=True, use=EdgeUse(only_layer=layer))
        np.testing.assert_array_equal(chosen(selection), everything[within])


@pytest.mark.parametrize("neuron", [0, 17, 20, 33, 49, 50, 59])
def test_the_weights_of_the_neuron_in_focus_are_chosen_beyond_the_share(select, neuron):
    rng = np.random.default_rng(10)
    weight = rng.normal(size=20 * 30 + 30 * 10).astype("f4")
    leaves = np.concatenate([np.arange(20).repeat(30), 20 + np.arange(30).repeat(10)])
    enters = np.concatenate([20 + np.tile(np.arange(30), 20), 50 + np.tile(np.arange(10), 30)])
    touches = (leaves == neuron) | (enters == neuron)
    weight[touches] *= 1e-3
    selection = select((20, 30, 10), weight, 0.3)
    before = chosen(selection)
    selection.run(at_once=True, use=EdgeUse(focus=neuron))
    size, expected = np.abs(weight), np.isin(np.arange(900), before)
    for part in (slice(0, 600), slice(600, 900)):
        greatest = size[part][touches[part]].max(initial=0.0)
        expected[part] |= touches[part] & (size[part] > 0.02 * greatest)
    np.testing.assert_array_equal(chosen(selection), np.flatnonzero(expected))
    assert selection.drawn() == expected.sum()


@pytest.mark.parametrize("focus", [-2, 5])
def test_a_focus_that_is_no_neuron_is_refused(select, focus):
    selection = select((3, 2), np.ones(6))
    with pytest.raises(ValueError, match=f"focus must be a neuron, 0 to 4, or -1, not {focus}"):
        selection.run(at_once=True, use=EdgeUse(focus=focus))


def test_many_faint_weights_become_hairs(select):
    """Ribbons from the front of the list, hairs from its end; together, what was chosen before."""
    weight = np.random.default_rng(11).normal(size=(100 * 80 + 80 * 10))
    selection = select((100, 80, 10), weight)
    before = chosen(selection)
    selection.run(at_once=True, use=EdgeUse(contrast=2.0, hair_light=0.25))
    ribbons, hairs = chosen(selection), selected_hairs(selection)
    assert len(ribbons) > 100
    assert len(hairs) > 3000
    assert (np.diff(hairs.astype(int)) > 0).all()
    np.testing.assert_array_equal(np.sort(np.concatenate([ribbons, hairs])), before)
    size = np.abs(weight.astype("f4"))
    assert hairs.max() < 8000  # the small layer's would be too few
    assert size[hairs].max() < size[ribbons[ribbons < 8000]].min()
    assert selection.drawn() == len(before)


def test_few_faint_weights_stay_ribbons(select):
    selection = select((50, 50), np.random.default_rng(12).normal(size=2500), 1.0)
    selection.run(at_once=True, use=EdgeUse(contrast=2.0, hair_light=0.25))
    assert len(selected_hairs(selection)) == 0
    assert len(chosen(selection)) == 2500


def test_selections_of_one_network_do_not_disturb_each_other(select):
    first = select((40, 30), np.random.default_rng(13).normal(size=1200))
    before = chosen(first)
    second = EdgeSelection(first.network)
    second.choice.energy_share = 0.2
    second.choice.strength = Strength.WEIGHT
    second.run(at_once=True)
    np.testing.assert_array_equal(chosen(first), before)
    assert len(chosen(second)) < len(before)
    second.release()
