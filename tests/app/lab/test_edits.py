"""Disturbing a network: each edit does what it says, and undo and redo are exact."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.lab.edits import Edits
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import network
from trained import assert_same, leaves

SIZES = (64, 12, 8, 10)


@pytest.fixture
def trainer() -> Trainer:
    trainer = Trainer(TrainOptions(hidden=SIZES[1:-1]))
    trainer.advance(300)
    return trainer


@pytest.fixture
def edits(trainer) -> Edits:
    return Edits(trainer)


def test_a_weight_and_a_bias_are_set(trainer, edits):
    before = leaves(trainer)
    edits.set_weight("h1.3", "h2.5", 1.5)
    edits.set_bias("out.9", -2.0)
    edits.set_weight("in.63", "h1.0", 0.25)
    after = leaves(trainer)
    assert after[2][3, 5] == 1.5
    assert after[5][9] == -2
    assert after[0][63, 0] == 0.25
    assert sum(int((a != b).sum()) for a, b in zip(before, after, strict=True)) == 3
    assert edits.done[:2] == ("weight h1.3 → h2.5 = 1.5", "bias of out.9 = −2")


def test_the_answer_follows_at_once(trainer, edits):
    edits.set_bias("out.4", 1e3)
    assert trainer.answer(trainer.shown_x()) == 4
    share = (trainer.data.y_test == 4).mean()
    assert trainer.measure().test_accuracy == pytest.approx(share)
    edits.undo()
    assert trainer.measure().test_accuracy > 0.5


def test_undo_and_redo_are_exact_when_nothing_was_learnt(trainer, edits):
    moments = [leaves(trainer)]
    for edit in (
        lambda: edits.set_weight("h2.1", "out.1", 3.0),
        lambda: edits.add_noise(2, 0.3),
        lambda: edits.silence(["h1.0", "h1.7", "h2.2"]),
        lambda: edits.set_bias("h1.1", 0.5),
        lambda: edits.restore("h1.7"),
    ):
        edit()
        moments.append(leaves(trainer))
    sentences = edits.done
    for moment in moments[-2::-1]:
        assert edits.undo() is not None
        assert_same(leaves(trainer), moment)
    assert edits.undo() is None
    assert edits.undone == sentences[::-1]
    assert edits.silenced == ()
    for moment in moments[1:]:
        assert edits.redo() is not None
        assert_same(leaves(trainer), moment)
    assert edits.redo() is None
    assert edits.silenced == ("h1.0", "h2.2")
    edits.undo_all()
    assert_same(leaves(trainer), moments[0])


def test_undo_after_training_puts_back_the_touched_entries_alone(trainer, edits):
    before = leaves(trainer)
    edits.set_weight("h1.3", "h2.5", 1.5)
    trainer.advance(10)
    learnt = leaves(trainer)
    edits.undo()
    undone = leaves(trainer)
    assert undone[2][3, 5] == before[2][3, 5]
    undone[2][3, 5] = learnt[2][3, 5]
    assert_same(undone, learnt)
    edits.redo()
    assert_same(leaves(trainer), learnt)


def test_a_new_edit_forgets_what_was_undone(trainer, edits):
    edits.set_bias("h1.1", 1.0)
    edits.undo()
    edits.set_bias("h1.2", 1.0)
    assert edits.undone == ()
    assert edits.redo() is None


def test_dragging_is_one_edit(trainer, edits):
    before = leaves(trainer)
    edits.set_bias("h1.1", 0.1)
    edits.set_bias("h1.1", 0.2, dragging=True)
    edits.set_bias("h1.1", 0.3, dragging=True)
    assert edits.done == ("bias of h1.1 = 0.3",)
    edits.set_bias("h1.2", 0.3, dragging=True)  # another one: an edit of its own
    edits.set_bias("h1.2", 0.4)  # dragged anew
    assert len(edits.done) == 3
    edits.undo_all()
    assert_same(leaves(trainer), before)


def test_noise_has_the_size_that_is_asked_for(trainer, edits):
    before = leaves(trainer)
    edits.add_noise(1, 0.3, seed=1)
    after = leaves(trainer)
    noise = after[0] - before[0]
    assert noise.std() == pytest.approx(0.3 * before[0].std(), rel=0.1)
    assert abs(noise.mean()) < 0.1 * noise.std()
    assert_same(after[1:], before[1:])
    assert edits.done == ("noise 0.3 on hidden 1",)
    edits.undo()
    edits.add_noise(1, 0.3, seed=1)
    assert_same(leaves(trainer), after)
    edits.undo()
    edits.add_noise(1, 0.3, seed=2)
    assert not np.array_equal(leaves(trainer)[0], after[0])
    edits.undo()
    edits.add_noise(3, 0.5)
    assert edits.done == ("noise 0.5 on output",)


def test_silenced_neurons_stay_silent_while_the_others_learn(trainer, edits):
    edits.silence(["h1.3", "h1.5"], called="region 2")
    assert edits.done == ("silenced region 2",)
    assert edits.silenced == ("h1.3", "h1.5")
    before = leaves(trainer)
    trainer.advance(30)
    after = leaves(trainer)
    assert not after[2][[3, 5]].any()
    others = np.setdiff1d(np.arange(12), [3, 5])
    assert (after[2][others] != before[2][others]).any(axis=1).sum() > 5  # some are dead
    x = trainer.data.x_test[:50]
    answers = network.predict(trainer.state.params, x, trainer.config.network)
    without = [np.delete(after[0], [3, 5], 1), np.delete(after[1], [3, 5])]
    hidden = np.maximum(x @ without[0] + without[1], 0) @ np.delete(after[2], [3, 5], 0) + after[3]
    logits = np.maximum(hidden, 0) @ after[4] + after[5]
    np.testing.assert_array_equal(answers, logits.argmax(axis=1))


def test_restored_neurons_have_their_old_weights_and_learn_again(trainer, edits):
    row = leaves(trainer)[2][3].copy()
    edits.silence("h1.3")
    edits.silence(["h1.3", "h1.4"])  # adds the second one alone
    trainer.advance(10)
    edits.restore("h1.3")
    np.testing.assert_array_equal(leaves(trainer)[2][3], row)
    assert edits.silenced == ("h1.4",)
    trainer.advance(5)
    assert (leaves(trainer)[2][3] != row).any()
    assert not leaves(trainer)[2][4].any()
    edits.undo()  # the restoring
    trainer.advance(2)
    assert not leaves(trainer)[2][3].any()
    assert edits.silenced == ("h1.3", "h1.4")


def test_noise_does_not_wake_silenced_neurons(trainer, edits):
    edits.silence("h1.3")
    edits.add_noise(2, 1.0)
    assert not leaves(trainer)[2][3].any()
    with pytest.raises(UserError, match=r"h1\.3 is silenced"):
        edits.set_weight("h1.3", "h2.0", 1.0)


def test_inputs_can_be_silenced(trainer, edits):
    edits.silence("in.20")
    trainer.advance(5)
    assert not leaves(trainer)[0][20].any()


def test_another_network_has_no_edits(trainer, edits):
    edits.silence("h1.3")
    edits.undo()
    edits.redo()
    trainer.reset()
    assert (edits.done, edits.undone, edits.silenced) == ((), (), ())
    assert edits.undo() is None
    assert trainer.silenced == frozenset()
    edits.set_bias("h1.0", 1.0)
    assert len(edits.done) == 1


def right_answers(trainer, params) -> np.ndarray:
    """How many test samples of each class relu layers answer rightly, in NumPy alone."""
    x = trainer.data.x_test.astype(np.float64)
    *hidden, (weight, bias) = [[np.asarray(part, np.float64) for part in layer] for layer in params]
    for w, b in hidden:
        x = np.maximum(x @ w + b, 0)
    y = trainer.data.y_test
    is_right = (x @ weight + bias).argmax(axis=1) == y
    return np.array([is_right[y == label].sum() for label in range(10)])


def test_an_effect_is_that_of_an_independent_computation(trainer, edits):
    assert edits.effect() is None
    moments = [trainer.state.params]
    for edit in (
        lambda: edits.silence(["h1.1", "h1.4", "h2.2"]),
        lambda: edits.set_bias("out.3", 4.0),
        lambda: edits.restore("h1.1"),
    ):
        edit()
        moments.append(trainer.state.params)
        for of_all, before in ((False, moments[-2]), (True, moments[0])):
            effect = edits.effect(of_all)
            assert effect is not None
            np.testing.assert_array_equal(effect.before, right_answers(trainer, before))
            np.testing.assert_array_equal(effect.now, right_answers(trainer, moments[-1]))
    size = len(trainer.data.y_test)
    assert effect.samples.sum() == size
    assert effect.accuracy_before == right_answers(trainer, moments[0]).sum() / size
    assert effect.accuracy_now == right_answers(trainer, moments[-1]).sum() / size
    gain = (effect.now - effect.before)[effect.changed]
    assert (np.diff(gain) >= 0).all()
    assert (gain != 0).all()
    assert len(gain) == (effect.now != effect.before).sum() > 0


def test_what_was_learnt_since_an_edit_counts_on_both_sides(trainer, edits):
    edits.silence("h1.1")
    silent = trainer.state.params
    trainer.advance(20)
    effect = edits.effect()
    assert effect is not None
    kept = leaves(trainer)
    edits.undo()
    np.testing.assert_array_equal(effect.before, right_answers(trainer, trainer.state.params))
    edits.redo()
    assert_same(kept, leaves(trainer))
    np.testing.assert_array_equal(effect.now, right_answers(trainer, trainer.state.params))
    assert (effect.now != right_answers(trainer, silent)).any()


def test_memory_is_bounded(trainer, edits, monkeypatch):
    for _ in range(230):
        edits.set_bias("h1.0", 1.0)
    assert len(edits.done) == 200
    monkeypatch.setattr("neuronaut.app.lab.history._MOST_BYTES", 3 * 64 * 12 * 4)
    for _ in range(5):
        edits.add_noise(1, 0.1)
    assert len(edits.done) == 3
    monkeypatch.setattr("neuronaut.app.lab.history._MOST_BYTES", 1)
    edits.add_noise(1, 0.1)
    assert len(edits.done) == 1  # the latest can always be undone


def test_accuracy_against_noise_falls(trainer, edits):
    before = leaves(trainer)
    found = edits.accuracy_against_noise(1, [0.0, 0.5, 8.0])
    assert found.shape[0] == 3
    np.testing.assert_allclose(found[0], trainer.measure().test_accuracy, rtol=1e-5)
    means = found.mean(axis=1)
    assert means[0] >= means[1] > means[2]
    assert_same(leaves(trainer), before)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda e: e.set_weight("h1.0", "out.0", 1.0), r"no weight leads from h1\.0 to out\.0"),
        (lambda e: e.set_weight("h1.0", "h2.8", 1.0), r"no neuron is called 'h2\.8'"),
        (lambda e: e.set_weight("h1.0", "h2.0", float("inf")), "finite number"),
        (lambda e: e.set_bias("h1.0", 1e39), "finite number"),
        (lambda e: e.set_bias("in.0", 1.0), "an input, which has no bias"),
        (lambda e: e.silence("out.1"), "an output cannot be silenced"),
        (lambda e: e.add_noise(0, 0.1), r"1\.\.3"),
        (lambda e: e.add_noise(1, -0.1), r"0\.\.1000"),
        (lambda e: e.add_noise(1, float("nan")), r"0\.\.1000"),
        (lambda e: e.accuracy_against_noise(4, [0.1]), r"1\.\.3"),
    ],
)
def test_edits_that_make_no_sense_are_refused(trainer, edits, edit, message):
    before = leaves(trainer)
    with pytest.raises(UserError, match=message):
        edit(edits)
    assert_same(leaves(trainer), before)
    assert edits.done == ()
