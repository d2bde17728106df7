"""A training that is steered while it runs: what is on show, rates, freezing, steps begun."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
from neuronaut.app.options import UserError
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import network, training
from trained import OPTIONS, assert_same, leaves


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(OPTIONS)


def test_a_test_sample_is_on_show(trainer):
    trainer.show(7)
    assert trainer.shown == trainer.shown_input.number == 7
    np.testing.assert_array_equal(trainer.shown_x(), trainer.data.x_test[7])
    assert trainer.shown_label() == trainer.data.y_test[7]
    assert trainer.shown_name() == trainer.class_of(7)
    trainer.show(len(trainer.data.x_test) + 2)
    assert trainer.shown == 2
    np.testing.assert_array_equal(trainer.activations(2)[:64], trainer.shown_x())


def test_an_input_of_ones_own_is_on_show(trainer):
    trainer.advance(5)
    trainer.show(7)
    x = np.random.default_rng(0).random(64, np.float32)
    trainer.show_input(x, "scribble")
    assert trainer.shown == 7  # the last test sample
    assert trainer.shown_input.number is None
    assert trainer.shown_name() == "scribble"
    activations = network.activations(trainer.state.params, x, trainer.config.network)
    assert trainer.shown_label() == int(activations[-1].argmax())
    found = np.asarray(trainer.signals().activation)
    np.testing.assert_allclose(found, np.concatenate(activations), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(trainer.activations(trainer.shown_input), found, atol=1e-6)
    trainer.show_input(x, label=3)
    assert (trainer.shown_name(), trainer.shown_label()) == ("drawing", 3)
    x[:] = 0  # what is on show is a copy
    assert trainer.shown_x().any()


@pytest.mark.parametrize(
    ("x", "label"),
    [
        (np.zeros(63), None),
        (np.full(64, np.nan), None),
        (np.zeros((8, 8)), None),
        (np.zeros(64), 10),
    ],
)
def test_inputs_that_do_not_fit_are_refused(trainer, x, label):
    trainer.show(3)
    with pytest.raises(UserError, match=r"64 finite numbers|label should be 0\.\.9"):
        trainer.show_input(x, label=label)
    assert trainer.shown_input.number == 3


def test_the_pair_follows_what_is_on_show_unless_pinned(trainer):
    trainer.show(4)
    a, b = trainer.pair
    assert (a.number, b.number) == (4, trainer.other_class(4))
    assert a.label != b.label
    trainer.inputs.pin("A", trainer.inputs.sample(9))
    drawing = trainer.inputs.own(np.ones(64, np.float32), "mine")
    trainer.inputs.pin("B", drawing)
    trainer.show(5)
    assert trainer.pair[0].number == 9
    assert trainer.pair[1] is drawing
    trainer.inputs.unpin("A")
    assert trainer.pair[0].number == 5
    trainer.show_input(np.ones(64, np.float32))
    trainer.inputs.unpin("B")
    assert trainer.pair[1].number is not None
    with pytest.raises(UserError, match="A or B"):
        trainer.inputs.pin("C", drawing)


def test_rates_change_while_it_runs_and_options_follow(trainer):
    trainer.set_rates(l2=0.5)
    assert (trainer.rates.learning_rate, trainer.rates.l2) == (1e-3, 0.5)
    trainer.set_rates(learning_rate=0.0, l1=0.1)
    assert trainer.rates == training.Rates(0.0, 0.1, 0.5)
    assert trainer.options.l2 == 0.5
    before = leaves(trainer)
    trainer.advance(5)
    assert_same(leaves(trainer), before)
    for bad in ({"learning_rate": -1.0}, {"l1": float("nan")}, {"l2": float("inf")}):
        with pytest.raises(UserError, match="should be a finite number of at least 0"):
            trainer.set_rates(**bad)
    assert trainer.rates == training.Rates(0.0, 0.1, 0.5)


def test_batches_change_while_it_runs_and_epochs_add_up(trainer):
    trainer.step_epoch()
    assert trainer.epoch == pytest.approx(1)
    assert trainer.measure().step == trainer.steps_per_epoch
    weights = leaves(trainer)
    trainer.set_batch(100)
    assert_same(leaves(trainer), weights)
    assert trainer.epoch == pytest.approx(1)
    trainer.step_epoch()
    assert trainer.progress(trainer.measure()).epoch == pytest.approx(2)
    with pytest.raises(UserError, match="batch must be at least 1, got 0"):
        trainer.set_batch(0)
    assert trainer.config.batch == 100


def test_frozen_layers_do_not_move_and_the_others_do(trainer):
    trainer.freeze(2)
    before = leaves(trainer)
    trainer.advance(10)
    moved = [not np.array_equal(a, b) for a, b in zip(before, leaves(trainer), strict=True)]
    assert moved == [True, True, False, False, True, True]
    trainer.freeze(2, False)
    trainer.advance(1)
    assert not np.array_equal(before[2], leaves(trainer)[2])
    for layer in (0, 4):
        with pytest.raises(UserError, match=r"1\.\.3"):
            trainer.freeze(layer)


def test_diverged_training_goes_on_once_the_rates_are_others(trainer):
    trainer.advance(5)
    assert trainer.advice() == ""
    kept = leaves(trainer)
    trainer.set_rates(learning_rate=1e25)
    trainer.advance(50)
    assert trainer.diverged
    assert_same(leaves(trainer), kept)
    words = trainer.advice()
    assert "step 5" in words
    assert "learning rate of 0.001 instead of 1e+25" in words
    trainer.advance(5)
    assert trainer.measure().step == 5
    trainer.set_rates(learning_rate=1e-3)
    assert not trainer.diverged
    trainer.advance(5)
    assert trainer.measure().step == 10


def test_advice_names_a_penalty_that_is_too_large(trainer):
    trainer.set_rates(learning_rate=1e-3, l2=1e30)
    trainer.diverged = True
    assert "L2 of 1e+29 instead of 1e+30" in trainer.advice()


def test_replaced_weights_are_measured_at_once(trainer):
    trainer.advance(100)
    before = trainer.measure()
    edits = trainer.edits
    trainer.put(jax.tree.map(lambda leaf: 0 * leaf, trainer.state.params))
    after = trainer.measure()
    assert after.step == before.step
    assert after.train_loss == pytest.approx(np.log(10), rel=1e-5)
    assert after.test_accuracy < before.test_accuracy
    assert trainer.edits == edits + 1


def test_steps_that_were_begun_count_once_they_are_finished(trainer):
    other = Trainer(OPTIONS)
    before = leaves(trainer)
    for steps in (3, 5):
        awaited = trainer.begin(steps)
        assert awaited is not None
        assert jax.block_until_ready(awaited).shape == (training.MAX_STEPS,)
        other.advance(steps)
    assert int(trainer.state.step) == 3  # beginning others finished those
    trainer.finish()
    assert int(trainer.state.step) == 8
    assert_same(leaves(trainer), leaves(other))
    assert trainer.measure() == other.measure()
    trainer.begin(4)
    assert int(trainer.state.step) == 8  # to whoever looks at it
    trainer.reset()
    trainer.finish()
    assert_same(leaves(trainer), before)
    assert trainer.begin(0) is None


def test_weights_put_meanwhile_are_not_overwritten_by_steps_begun_before(trainer):
    zeros = jax.tree.map(np.zeros_like, trainer.state.params)
    trainer.begin(4)
    trainer.put(zeros)
    trainer.finish()
    assert not any(leaf.any() for leaf in leaves(trainer))


def test_steps_that_were_begun_are_taken_back_when_they_diverge():
    trainer = Trainer(dataclasses.replace(OPTIONS, learning_rate=1e30, optimizer="sgd"))
    before = leaves(trainer)
    trainer.begin(20)
    assert not trainer.diverged
    trainer.finish()
    assert trainer.diverged
    assert_same(leaves(trainer), before)
    assert trainer.begin(1) is None
