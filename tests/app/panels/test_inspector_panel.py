"""The inspector panel: it finds neurons, its numbers are right, and clicks lead on from there."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.app.lab import inspector
from neuronaut.app.options import TrainOptions
from neuronaut.app.panels.inspector import InspectorPanel
from neuronaut.app.panels.inspector_pictures import response
from watching import arrays, forward, watch


def signed(value: float, digits: int = 3) -> str:
    if round(value, digits) == 0:
        return f"{0:.{digits}f}"
    return f"{value:+.{digits}f}".replace("-", "−")


@pytest.fixture
def desk(bench, monkeypatch):
    its = bench(InspectorPanel())
    watch(monkeypatch, its)
    return its


def fold(its, *labels: str) -> None:
    for label in labels:
        its.press(label)


def test_without_a_neuron_it_says_what_to_do(desk):
    assert desk.says("No neuron is selected")


def test_a_neuron_is_found_by_its_name_and_by_its_neighbours(desk, session):
    desk.type("##search", " H2.3")
    assert desk.lab.selected == session.view.focus == "h2.3"
    desk.press("›")
    assert desk.lab.selected == "h2.4"
    desk.press("‹")
    desk.press("‹")
    assert desk.lab.selected == "h2.2"
    desk.press("×")
    assert desk.lab.selected is None
    assert desk.says("No neuron is selected")
    desk.type("##search", "nobody")
    assert "nobody" in desk.lab.said
    assert desk.lab.selected is None


def test_what_begins_as_the_text_does_is_offered(desk):
    desk.press("##search")
    desk.frames(3)
    desk.hand.type("h1.1")
    desk.frames(3)
    desk.press("h1.11")
    assert desk.lab.selected == "h1.11"


def test_the_neuron_under_the_pointer_is_shown_unless_one_is_selected(desk):
    desk.lab.hovered = "h1.4"
    desk.frames(2)
    assert desk.says("h1.4")
    desk.lab.hovered = None
    desk.frames(2)
    assert desk.says("h1.4")  # the pointer has come over to the panel
    desk.lab.select("h2.1")
    desk.lab.hovered = "h1.4"
    desk.frames(2)
    assert desk.says("hidden 2 (8 neurons)")


def test_a_neuron_that_is_only_pointed_at_can_be_selected(desk):
    desk.lab.hovered = "h1.4"
    desk.frames(2)
    assert desk.says("Only pointed at: click it to select it.")
    desk.press("Select")
    assert desk.lab.selected == "h1.4"
    desk.frames(2)
    assert not desk.says("Only pointed at")
    assert "Select" not in desk.at


def test_the_numbers_are_those_of_the_network(desk, session):
    desk.lab.select("h2.5")
    desk.frames(2)
    outs = forward(session, session.trainer.shown_x())
    (weight, bias), (above, _) = arrays(session)[1:3]
    activation = f"{outs[2][5]:.3f}"
    assert desk.says(f"activation {activation}  ·  bias {bias[5]:.3f}".replace("-", "−"))
    strongest = np.argsort(-np.abs(weight[:, 5]))[:10]
    for source in strongest:
        assert desk.says(signed(weight[source, 5]))
        assert desk.says(signed(weight[source, 5] * outs[1][source]))
    for target in range(10):
        assert desk.says(signed(above[5, target]))
    field = arrays(session)[0][0] @ weight[:, 5]
    product = field * session.trainer.shown_x()
    for values in (field, product):
        reach = f"{np.abs(values).max():.2g}"
        assert {f"−{reach}", reach} <= set(desk.texts)
    assert {"takes away", "adds"} <= set(desk.texts)
    assert desk.says(f"weights × input come to {product.sum():.2f}".replace("-", "−"))


def test_the_bias_leads_from_the_product_to_the_net_input(desk, session):
    desk.lab.select("h1.5")
    desk.frames(2)
    weight, bias = arrays(session)[0]
    net_input = session.trainer.shown_x() @ weight[:, 5] + bias[5]
    assert desk.says(f"with the bias, {net_input:.2f}".replace("-", "−"))


def test_a_click_on_a_connection_leads_on(desk, session):
    desk.lab.select("h2.5")
    desk.frames(2)
    fold(desk, "What it looks for")
    weight = arrays(session)[1][0][:, 5]
    strongest = f"h1.{np.abs(weight).argmax()}"
    desk.press(strongest)
    assert desk.lab.selected == strongest


def test_silence_and_fly(desk, session):
    desk.lab.select("h1.2")
    desk.frames(2)
    desk.press("Fly there")
    assert desk.lab.wish == "h1.2"
    desk.press("Silence")
    assert session.edits.silenced == ("h1.2",)
    assert (arrays(session)[1][0][2] == 0).all()
    desk.press("Restore")
    assert session.edits.silenced == ()
    session.edits.undo_all()


def test_the_sample_that_excites_it_most_is_shown_by_a_click(desk, session):
    desk.lab.select("h2.5")
    desk.frames(2)
    fold(desk, "What it looks for", "Connections", "Activations by class")
    values = forward(session, session.trainer.data.x_test)[2][:, 5]
    order = np.argsort(-values, kind="stable")
    desk.press("picture 0", 0.1, 0.25)
    assert values[session.trainer.shown] == pytest.approx(values[order[0]], rel=1e-5)
    desk.press("picture 0", 0.3, 0.75)  # the second of the second row
    assert values[session.trainer.shown] == pytest.approx(values[order[6]], rel=1e-5)


def test_what_removing_it_costs(desk, session):
    desk.lab.select("h1.2")
    desk.frames(2)
    fold(desk, "What it looks for", "Connections", "Activations by class", "What excites it most")
    desk.press("What would be lost?")
    data = session.trainer.data
    right = [
        100 * (forward(session, data.x_test, silent)[-1].argmax(axis=1) == data.y_test).mean()
        for silent in (None, (1, 2))
    ]
    assert desk.says(f"{right[0]:.1f} % → {right[1]:.1f} %")
    desk.lab.select("h1.3")
    desk.frames(2)
    assert not desk.says(f"{right[0]:.1f} % →")


def test_from_an_output_to_those_who_speak_for_it(desk, session):
    desk.lab.select("out.3")
    desk.frames(2)
    assert desk.says("for “3”")
    best = inspector.supporters(session.trainer, "out.3")[0]
    assert desk.says(signed(best.adds, 2))
    desk.press(f"{best.name}##supporter")
    assert desk.lab.selected == best.name
    assert desk.says("weights × input")


def test_a_changed_weight_is_shown_at_once(desk, session):
    desk.lab.select("h1.2")
    desk.frames(2)
    session.edits.set_bias("h1.2", -0.625)
    session.refresh()
    desk.frames(1)
    assert desk.says("bias −0.625")
    session.edits.undo()


def test_an_unknown_neuron_or_nan_does_no_harm(desk, session):
    desk.lab.selected = "h7.1"
    desk.frames(2)
    params = session.trainer.state.params
    broken = tuple(its._replace(weight=jnp.full_like(its.weight, jnp.nan)) for its in params)
    session.trainer.put(broken)
    for name in ("h1.2", "h2.5", "out.3", "in.9"):
        desk.lab.select(name)
        desk.frames(3)
        assert desk.says(name)


def test_data_of_two_features(bench, sessions):
    points = sessions(TrainOptions(data="moons", hidden=(5,)))
    its = bench(InspectorPanel(), points)
    for name in ("h1.3", "out.0", "in.1"):
        its.lab.select(name)
        its.frames(3)
    its.lab.select("h1.3")
    its.frames(2)
    weight, _ = arrays(points)[0]
    assert its.says(signed(weight[0, 3]))
    assert its.says(signed(weight[1, 3] * points.trainer.shown_x()[1]))
    values, (left, bottom, right, top) = response(points.trainer, "h1.3")
    x = left + (right - left) * (np.arange(40) + 0.5) / 40
    y = top - (top - bottom) * (np.arange(40) + 0.5) / 40
    at = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(
        values, forward(points, at)[1][:, 3].reshape(40, 40), rtol=1e-4, atol=1e-5
    )


def test_a_network_without_hidden_layers(bench, sessions):
    its = bench(InspectorPanel(), sessions(TrainOptions(data="moons", hidden=())))
    its.press("›")
    assert its.lab.selected == "out.0"
    its.frames(2)
    assert its.says("no hidden neurons")
