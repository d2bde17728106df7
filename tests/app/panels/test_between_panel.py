"""From A to B by hand: the slider, the chart, and the neurons that differ."""

from __future__ import annotations

import numpy as np
import pytest
from imgui_bundle import implot
from neuronaut.app.lab.blend import Blend
from neuronaut.app.options import TrainOptions
from neuronaut.app.panels import all_panels
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
    told = "".join(f" → {flip.after} at {100 * flip.share:.0f} %" for flip in blend.flips[:4])
    assert its.says(f"The answer flips: {blend.flips[0].before}{told}")
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


def test_a_and_b_are_chosen_at_the_top(bench, session):
    session.show(0)
    its = bench(BetweenPanel())
    its.press("›##A")
    its.press("›##A")
    assert session.trainer.pair[0].number == 2
    its.press("‹##A")
    assert session.trainer.pair[0].number == 1
    its.press(f"A: {session.trainer.class_of(1)}##A")
    its.frames(2)
    its.press("The next 5##A")
    a = session.trainer.pair[0]
    assert a.number == 2 + int(np.flatnonzero(session.trainer.data.y_test[2:] == 5)[0])
    its.press(f"B: {session.trainer.pair[1].name}##B")
    its.frames(2)
    its.press(f"What is on show: {session.trainer.shown_name()}##B")
    assert session.trainer.pair[1].number == session.trainer.shown == 0
    its.press(f"A: {a.name}##A")
    its.frames(2)
    its.press("Always what is on show##A")
    assert "A" not in session.trainer.inputs.pins


def test_what_counts_is_seen_without_scrolling(bench, pinned, monkeypatch):
    ends, end_plot = [], implot.end_plot

    def noted() -> None:
        ends.append(implot.get_plot_pos().y + implot.get_plot_size().y)
        end_plot()

    monkeypatch.setattr(implot, "end_plot", noted)
    its = bench(BetweenPanel(), among=all_panels(), size=(1280, 800))
    for title in its.lab.is_open:
        its.lab.is_open[title] = title in ("Between A and B", "Training")
    its.frames(3)
    ends.clear()
    its.frames()
    assert its.says("The answer")
    assert its.at["way"][1] > 400  # the lower half of a column
    assert max(ends) < 800 - 12


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


def test_the_slider_steps_from_one_real_sample_to_the_next(bench, pinned):
    its = bench(BetweenPanel())
    its.press("Real samples")
    a, b = pinned.trainer.pair
    blend = Blend(pinned.trainer, a, b, "samples", pinned.paths)
    assert blend.stations > 3
    seen = []
    left = 0.5 * 14 / (its.at["way"][2] - its.at["way"][0])  # half of the grab
    for k in range(blend.stations):
        share = left + (1 - 2 * left) * k / (blend.stations - 1)
        its.drag("way", (share - 0.01, 0.5), (share, 0.5))
        seen.append(pinned.trainer.shown_input.number)
    assert seen == [blend.at(float(share)).number for share in blend.shares]


@pytest.mark.parametrize("hidden", [(), (4,)])
def test_points_and_networks_without_hidden_neurons(bench, sessions, hidden):
    its = bench(BetweenPanel(), sessions(TrainOptions(data="moons", hidden=hidden)))
    assert its.says("no hidden neurons") == (not hidden)
    its.drag("way", (0.1, 0.5), (0.6, 0.5))
    assert its.session.trainer.shown_input.number is None
