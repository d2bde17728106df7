"""From A to B by hand: the slider, the chart, and the neurons that differ."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.blend import Blend
from neuronaut.app.options import TrainOptions
from neuronaut.app.panels.between import BetweenPanel


@pytest.fixture
def pinned(session):
    """The session, with the first two test samples of other classes pinned."""
    session.samples.pin("A", 0)
    session.samples.pin("B", session.trainer.other_class(0))
    return session


def test_the_slider_shows_what_is_between(bench, pinned):
    its = bench(BetweenPanel())
    a, b = pinned.trainer.pair
    its.drag("way", (0.02, 0.5), (0.5, 0.5))
    shown = pinned.trainer.shown_x()
    share = np.linalg.norm(shown - a.x) / np.linalg.norm(b.x - a.x)
    assert 0.4 < share < 0.6
    np.testing.assert_allclose(shown, (1 - share) * a.x + share * b.x, atol=1e-5)
    its.drag("way", (0.5, 0.5), (1.2, 0.5))
    np.testing.assert_array_equal(pinned.trainer.shown_x(), b.x)
    activation = pinned.stage.network.by_name["activation"].read().reshape(-1)
    np.testing.assert_allclose(activation[:64], b.x, atol=1e-6)


def test_ends_that_were_not_pinned_stay_while_it_slides(bench, session):
    its = bench(BetweenPanel())
    before = [end.number for end in session.trainer.pair]
    its.drag("way", (0.02, 0.5), (0.6, 0.5), (0.9, 0.5))
    assert [end.number for end in session.trainer.pair] == before


def test_flips_and_switches_are_those_of_the_blend(bench, pinned):
    its = bench(BetweenPanel())
    blend = Blend(pinned.trainer, *pinned.trainer.pair)
    assert blend.flips
    for flip in blend.flips:
        assert its.says(f"{flip.before} → {flip.after} at {100 * flip.share:.0f} %")
    found = blend.switches[0]
    turns = "turns on" if found.turns_on else "turns off"
    its.press(f"{found.name} {turns} at {100 * found.share:.0f} %")
    assert its.lab.selected == found.name
    assert pinned.view.focus == found.name


def test_the_neurons_that_tell_them_apart_are_selected_by_a_click(bench, pinned):
    its = bench(BetweenPanel())
    found = Blend(pinned.trainer, *pinned.trainer.pair).tell_apart(3)
    its.press(f"{found[1].name}##apart", 0.1)
    assert its.lab.selected == found[1].name


def test_two_colours_and_back(bench, pinned):
    its = bench(BetweenPanel())
    pinned.set_color("bias")
    its.press("Colour by A and B")
    assert pinned.view.color == "compare"
    value = pinned.stage.network.by_name["tint"].read().reshape(-1)
    a, b = pinned.trainer.pair
    np.testing.assert_allclose(value, pinned.trainer.activations(a), atol=1e-5)
    second = pinned.stage.network.by_name["second_tint"].read().reshape(-1)
    np.testing.assert_allclose(second, pinned.trainer.activations(b), atol=1e-5)
    its.press("Colours as before")
    assert pinned.view.color == "bias"


def test_a_path_leads_through_real_samples(bench, pinned):
    its = bench(BetweenPanel())
    its.press("Real samples")
    its.drag("way", (0.02, 0.5), (0.5, 0.5))
    number = pinned.trainer.shown_input.number
    assert number is not None
    np.testing.assert_array_equal(pinned.trainer.data.x_test[number], pinned.trainer.shown_x())


@pytest.mark.parametrize("hidden", [(), (4,)])
def test_points_and_networks_without_hidden_neurons(bench, sessions, hidden):
    its = bench(BetweenPanel(), sessions(TrainOptions(data="moons", hidden=hidden)))
    assert its.says("no hidden neurons") == (not hidden)
    its.drag("way", (0.1, 0.5), (0.6, 0.5))
    assert its.session.trainer.shown_input.number is None
