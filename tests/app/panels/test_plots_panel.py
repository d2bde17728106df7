"""The plots: every tab with every kind of network; clicks lead on; saliency is right."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from imgui_bundle import implot
from neuronaut.app.options import TrainOptions
from neuronaut.app.panels import heat
from neuronaut.app.panels.plots import PlotsPanel
from neuronaut.app.panels.plots_curves import _settled
from neuronaut.app.panels.plots_matrices import alike_together
from neuronaut.app.panels.plots_saliency import saliency
from neuronaut.renderer.palettes import theme_of
from watching import arrays, forward, watch

TABS = [tab.title for tab in PlotsPanel().tabs]


@pytest.fixture
def open_tab(bench, monkeypatch):
    def make(title: str, session=None, **named):
        its = bench(PlotsPanel(), session, **named)
        watch(monkeypatch, its)
        its.frames(2)
        its.press(title)
        its.frames(3)
        return its

    return make


@pytest.mark.parametrize("title", TABS)
def test_every_tab_draws_something_while_it_learns(open_tab, session, title):
    for _ in range(12):
        session.advance(1)
    its = open_tab(title)
    left, top, right, bottom = 0, 640, 1000, 900
    before = its.picture()[top:bottom, left:right, :3]
    assert before.reshape(-1, 3).std(axis=0).max() > 5
    session.advance(5)
    its.frames(40)
    its.hand.move(500, 800)
    its.frames(2)


def test_the_movement_of_layers_fills_its_plot(open_tab, session, monkeypatch):
    limits, end = [], implot.end_plot
    monkeypatch.setattr(
        implot, "end_plot", lambda: (limits.append(implot.get_plot_limits()), end())
    )
    for _ in range(12):
        session.advance(1)
    open_tab("Layers").frames(3)
    movement = session.chronicle.movement()
    low, high = np.nanmin(movement), np.nanmax(movement)
    shown = limits[-2].y  # the plot on the left is the first of the two
    assert low / 2 < shown.min < low <= high < shown.max < 2 * high


@pytest.mark.parametrize("title", TABS)
def test_no_kind_of_network_does_harm(open_tab, sessions, title):
    for options in (TrainOptions(data="moons", hidden=()), TrainOptions(data="moons", hidden=(5,))):
        session = sessions(options)
        its = open_tab(title, session)
        params = session.trainer.state.params
        broken = tuple(p._replace(weight=jnp.full_like(p.weight, jnp.nan)) for p in params)
        session.trainer.put(broken)
        session.refresh()
        its.frames(40)
        session.trainer.put(params)


def test_a_click_on_a_weight_selects_where_it_leads(open_tab):
    its = open_tab("Weights")
    its.press("cells", (7 + 0.5) / 12, 0.5)
    assert its.lab.selected == "h1.7"
    its.choose("##layer", "output")
    its.press("cells", (4 + 0.5) / 10, 0.5)
    assert its.lab.selected == "out.4"


def test_the_wheel_zooms_a_matrix_and_a_drag_selects_nothing(open_tab):
    its = open_tab("Weights")
    before = its.at["cells"]
    its.hand.move(*its.place("cells"))
    its.frames(2)
    its.hand.scroll(0, 3)
    its.frames(3)
    after = its.at["cells"]
    assert after[2] - after[0] > 1.05 * (before[2] - before[0])
    its.drag("cells", (0.5, 0.5), (0.45, 0.5))
    assert its.lab.selected is None


def test_a_click_on_a_confusion_filters_the_samples(open_tab, session):
    its = open_tab("Confusion")
    trainer = session.trainer
    answers = forward(session, trainer.data.x_test)[-1].argmax(axis=1)
    right = (answers == trainer.data.y_test).sum()
    assert its.says(f"{right} of {len(answers)} right")
    its.press("cells", (2 + 0.5) / 10, (2 + 0.5) / 10)
    expected = np.flatnonzero((answers == 2) & (trainer.data.y_test == 2))
    np.testing.assert_array_equal(session.samples.numbers, expected)
    assert trainer.shown == expected[0]
    assert f"{len(expected)} samples of 2" in its.lab.said
    session.samples.set_filter()


def test_the_whole_confusion_is_seen_without_scrolling(open_tab, session):
    its = open_tab("Confusion", size=(1280, 800))
    _, top, _, bottom = its.at["cells"]
    assert top > 560
    assert bottom < 800 - 12
    wrong = session.samples.confusion() * (1 - np.eye(10, dtype=int))
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    its.press(f"{row} called {column}: {wrong.max()} times")
    assert session.samples.filter.label == row
    assert session.samples.filter.answer == column


def test_saliency_is_that_of_an_independent_computation(session):
    session.show(11)
    x = session.trainer.shown_x().astype(np.float64)

    def gradient(at: np.ndarray, label: int) -> np.ndarray:
        *hidden, (last, _) = arrays(session)
        outs = forward(session, at)
        down = last[:, label]
        for (weight, _), out in zip(reversed(hidden), reversed(outs[1:-1]), strict=True):
            down = weight @ (down * (out > 0))
        return down

    label, maps = saliency(session.trainer, None)
    assert label == forward(session, x)[-1].argmax()
    label, maps = saliency(session.trainer, 4)
    np.testing.assert_allclose(maps["gradient"], gradient(x, 4), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(maps["gradient × input"], x * gradient(x, 4), rtol=1e-4, atol=1e-6)
    way = np.mean([gradient(share * x, 4) for share in (np.arange(64) + 0.5) / 64], axis=0)
    np.testing.assert_allclose(maps["integrated"], x * way, rtol=1e-3, atol=1e-5)
    rise = forward(session, x)[-1][4] - forward(session, 0 * x)[-1][4]
    assert maps["integrated"].sum() == pytest.approx(rise, abs=0.05 * abs(rise) + 0.02)


def test_saliency_of_another_class(open_tab, session):
    its = open_tab("Saliency")
    _, maps = saliency(session.trainer, 4)
    its.choose("##class", "4##5")
    its.frames(2)
    total = f"{maps['gradient'].sum():.3g}".replace("-", "−")
    assert its.says(f"sum {total}")


@pytest.mark.parametrize("name", ["dark", "light"])
def test_colours_are_centred_at_zero(name):
    theme = theme_of(name)
    colors = heat.diverging(np.array([[-2.0, 0.0, 2.0, 1.0, np.nan, np.inf]]), theme)[0]
    zero = np.array(dict(theme.neuron_stops)[0.0])
    np.testing.assert_allclose(colors[1] / 255, zero, atol=0.01)
    np.testing.assert_allclose(colors[0] / 255, theme.neuron_stops[0][1], atol=0.01)
    np.testing.assert_allclose(colors[2] / 255, theme.neuron_stops[-1][1], atol=0.01)
    np.testing.assert_array_equal(colors[4], colors[5])
    assert (heat.diverging(np.zeros((2, 2)), theme) == colors[1]).all()


def test_a_large_matrix_keeps_its_largest_weights():
    matrix = np.zeros((3000, 20))
    matrix[1234, 5], matrix[1235, 5] = -3.0, 1.0
    small = heat.thinned(matrix)
    assert small.shape == (1000, 20)
    assert small[411, 5] == -3.0
    assert np.count_nonzero(small) == 1


def test_alike_neurons_stand_together():
    rng = np.random.default_rng(0)
    base = rng.standard_normal((2, 50))
    rows = base[np.arange(8) % 2] + 0.01 * rng.standard_normal((8, 50))
    order = alike_together(np.asarray(np.corrcoef(rows)))
    assert sorted(order.tolist()) == list(range(8))
    kinds = order % 2
    assert np.count_nonzero(np.diff(np.r_[kinds, kinds[0]])) == 2


def test_which_layer_settled_first():
    said = _settled((120, None, 40), (64, 12, 8, 10))
    assert said == [
        (2, "output settled at 40"),
        (0, "hidden 1 settled at 120"),
        (1, "hidden 2 moves"),
    ]
