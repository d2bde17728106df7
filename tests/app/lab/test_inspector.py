"""The inspector: every number it shows equals that of an independent computation."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app import names
from neuronaut.app.lab import inspector
from neuronaut.app.lab.edits import Edits
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.training.trainer import Trainer

SIZES = (64, 12, 8, 10)


@pytest.fixture(scope="module")
def trained() -> Trainer:
    trainer = Trainer(TrainOptions(hidden=SIZES[1:-1]))
    trainer.advance(300)
    return trainer


@pytest.fixture
def trainer(trained) -> Trainer:
    trained.show(5)
    return trained


def arrays(trainer: Trainer) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in trainer.state.params]


def forward(trainer: Trainer, x: np.ndarray, without: tuple[int, int] | None = None):
    """Return what every layer puts out, the last before softmax; one neuron may be silent."""
    *hidden, last = arrays(trainer)
    found = [np.asarray(x, np.float64)]
    for layer, (weight, bias) in enumerate(hidden, 1):
        out = np.maximum(found[-1] @ weight + bias, 0)
        if without is not None and without[0] == layer:
            out[..., without[1]] = 0
        found.append(out)
    return [*found, found[-1] @ last[0] + last[1]]


def known(value):
    assert value is not None
    return value


def test_facts_of_a_neuron_of_the_first_layer(trainer):
    facts = inspector.inspect(trainer, "h1.7")
    weight, bias = arrays(trainer)[0]
    x = trainer.shown_x()
    np.testing.assert_allclose(facts.weights, weight[:, 7], rtol=1e-6)
    np.testing.assert_allclose(known(facts.image()), weight[:, 7].reshape(8, 8), rtol=1e-6)
    np.testing.assert_allclose(
        known(facts.image(times_input=True)), (weight[:, 7] * x).reshape(8, 8), rtol=1e-5
    )
    assert facts.bias == pytest.approx(bias[7], rel=1e-6)
    assert facts.activation == pytest.approx(max(x @ weight[:, 7] + bias[7], 0), rel=1e-4, abs=1e-6)
    assert facts.layer == 1
    assert not facts.is_silenced


def test_facts_of_deeper_neurons(trainer):
    (first, _), (second, _), (third, _) = arrays(trainer)
    for name, own, product in (
        ("h2.3", 3, first @ second),
        ("out.8", 8, first @ second @ third),
    ):
        facts = inspector.inspect(trainer, name)
        np.testing.assert_allclose(known(facts.field), product[:, own], rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(
            known(facts.field_times_input),
            product[:, own] * trainer.shown_x(),
            rtol=1e-3,
            atol=1e-5,
        )
    np.testing.assert_allclose(facts.weights, third[:, 8], rtol=1e-6)
    z = forward(trainer, trainer.shown_x())[-1]
    softmax = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    assert facts.activation == pytest.approx(softmax[8], rel=1e-3, abs=1e-6)


def test_strongest_connections_first(trainer):
    facts = inspector.inspect(trainer, "h2.3")
    _, (second, _), (third, _) = arrays(trainer)
    layers = forward(trainer, trainer.shown_x())
    order = np.argsort(-np.abs(second[:, 3]))[:10]
    assert [link.name for link in facts.incoming] == [f"h1.{k}" for k in order]
    for link, k in zip(facts.incoming, order, strict=True):
        assert link.weight == pytest.approx(second[k, 3], rel=1e-6)
        assert link.carries == pytest.approx(second[k, 3] * layers[1][k], rel=1e-4, abs=1e-6)
    order = np.argsort(-np.abs(third[3]))[:10]
    assert [link.name for link in facts.outgoing] == [f"out.{k}" for k in order]
    for link, k in zip(facts.outgoing, order, strict=True):
        assert link.weight == pytest.approx(third[3, k], rel=1e-6)
        assert link.carries == pytest.approx(third[3, k] * layers[2][3], rel=1e-4, abs=1e-6)


def test_inputs_and_outputs_lead_to_one_side_only(trainer):
    facts = inspector.inspect(trainer, "in.20")
    assert (facts.bias, facts.field, facts.image(), facts.incoming) == (None, None, None, ())
    assert facts.activation == trainer.shown_x()[20]
    assert len(facts.weights) == 0
    assert len(facts.outgoing) == 10
    assert inspector.inspect(trainer, "out.1").outgoing == ()


def test_facts_are_of_the_input_on_show(trainer):
    before = inspector.inspect(trainer, "h1.7")
    trainer.show_input(np.zeros(64, np.float32))
    facts = inspector.inspect(trainer, "h1.7")
    assert not known(facts.field_times_input).any()
    assert facts.activation == pytest.approx(max(known(before.bias), 0), abs=1e-6)


def test_points_have_no_image():
    facts = inspector.inspect(Trainer(TrainOptions("moons", hidden=(4,))), "h1.0")
    assert facts.image() is None
    assert known(facts.field).shape == (2,)


def test_activations_by_class_and_the_inputs_that_excite_most(trainer):
    found = inspector.survey(trainer, "h2.3")
    values, y = forward(trainer, trainer.data.x_test)[2][:, 3], trainer.data.y_test
    edges, counts = found.histogram
    assert counts.sum() == len(y)
    for label in range(10):
        expected = np.histogram(values[y == label], edges)[0]
        assert np.abs(counts[label] - expected).sum() <= 4  # on an edge, rounding decides
    assert len(found.top.numbers) == 10
    np.testing.assert_allclose(found.top.values, np.sort(values)[::-1][:10], rtol=1e-4)
    np.testing.assert_allclose(values[found.top.numbers], found.top.values, rtol=1e-4)


@pytest.mark.parametrize(("name", "place"), [("h1.7", (1, 7)), ("h2.3", (2, 3))])
def test_what_removing_a_neuron_costs_by_class(trainer, name, place):
    found = inspector.cost_of_removing(trainer, name)
    x, y = trainer.data.x_test, trainer.data.y_test
    for accuracy, by_class, without in (
        (found.intact, found.intact_by_class, None),
        (found.silenced, found.silenced_by_class, place),
    ):
        right = forward(trainer, x, without)[-1].argmax(axis=1) == y
        assert accuracy == pytest.approx(right.mean(), abs=1e-6)
        for label in range(10):
            assert by_class[label] == pytest.approx(right[y == label].mean(), abs=1e-6)
    assert found.silenced <= found.intact + 0.05


def test_removing_costs_what_silencing_does(trainer):
    edits, both = Edits(trainer), ["h1.7", "h2.3"]
    cost = inspector.cost_of_removing(trainer, both)
    edits.silence(both)
    assert trainer.measure().test_accuracy == pytest.approx(cost.silenced, abs=1e-6)
    assert inspector.inspect(trainer, "h2.3").is_silenced
    edits.undo()
    assert trainer.measure().test_accuracy == pytest.approx(cost.intact, abs=1e-6)


@pytest.mark.parametrize("of_class", [True, False])
def test_neurons_that_speak_for_an_output(trainer, of_class):
    found = inspector.supporters(trainer, "out.3", of_class=of_class, most=20)
    x, y = trainer.data.x_test, trainer.data.y_test
    layers = forward(trainer, x[y == 3] if of_class else trainer.shown_x()[None])
    _, (second, _), (third, _) = arrays(trainer)
    last = layers[2] * third[:, 3]
    first = layers[1] * (((layers[2] > 0) * third[:, 3]) @ second.T)
    expected = {f"h2.{k}": v for k, v in enumerate(last.mean(axis=0))}
    expected |= {f"h1.{k}": v for k, v in enumerate(first.mean(axis=0))}
    assert len(found) == 20
    for its in found:
        assert its.adds == pytest.approx(expected[its.name], rel=1e-3, abs=1e-5)
    assert [its.adds for its in found] == sorted((its.adds for its in found), reverse=True)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda t: inspector.inspect(t, "h9.0"), r"no neuron is called 'h9\.0'"),
        (lambda t: inspector.survey(t, "h1.12"), r"no neuron is called 'h1\.12'"),
        (lambda t: inspector.cost_of_removing(t, "out.1"), "an output cannot be removed"),
        (lambda t: inspector.supporters(t, "h1.1"), r"h1\.1 is no output"),
    ],
)
def test_questions_that_make_no_sense_are_refused(trainer, ask, message):
    with pytest.raises(UserError, match=message):
        ask(trainer)


def test_neurons_are_found_by_name_and_one_after_the_other():
    assert names.find("h2", SIZES) == tuple(f"h2.{k}" for k in range(8))
    assert names.find(" OUT.1 ", SIZES) == ("out.1",)
    assert names.find("in.6", SIZES) == ("in.6", "in.60", "in.61", "in.62", "in.63")
    assert len(names.find("", SIZES, most=3)) == 3
    assert names.find("x", SIZES) == ()
    assert names.beside("h1.11", SIZES) == "h2.0"
    assert names.beside("in.0", SIZES, -1) == "out.9"
    assert [names.layer(k, SIZES) for k in range(4)] == ["input", "hidden 1", "hidden 2", "output"]
    with pytest.raises(UserError, match=r"0\.\.3"):
        names.layer(4, SIZES)
