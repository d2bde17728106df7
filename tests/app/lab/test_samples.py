"""Leafing through samples: the filters choose what they say, and the way through has no gaps."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.lab.edits import Edits
from neuronaut.app.lab.samples import Samples
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import network


@pytest.fixture(scope="module")
def trained() -> Trainer:
    trainer = Trainer(TrainOptions(hidden=(12, 8)))
    trainer.advance(300)
    return trainer


@pytest.fixture
def trainer(trained) -> Trainer:
    trained.show(0)
    trained.inputs.pins.clear()
    return trained


@pytest.fixture
def samples(trainer) -> Samples:
    return Samples(trainer)


def outputs(trainer: Trainer) -> np.ndarray:
    x, net = trainer.data.x_test, trainer.config.network
    return np.asarray(network.activations(trainer.state.params, x, net)[-1], np.float64)


def test_all_samples_at_first(trainer, samples):
    np.testing.assert_array_equal(samples.numbers, np.arange(len(trainer.data.x_test)))


def test_filters_choose_what_they_say(trainer, samples):
    y, answers = trainer.data.y_test, outputs(trainer).argmax(axis=1)
    samples.set_filter(label=3)
    np.testing.assert_array_equal(samples.numbers, np.flatnonzero(y == 3))
    samples.set_filter("wrong")
    np.testing.assert_array_equal(samples.numbers, np.flatnonzero(y != answers))
    assert len(samples.numbers) > 3
    truth, answer = y[samples.numbers[0]], answers[samples.numbers[0]]
    samples.set_filter("wrong", label=int(truth), answer=int(answer))
    np.testing.assert_array_equal(
        samples.numbers, np.flatnonzero((y == truth) & (answers == answer))
    )


def test_the_most_uncertain_come_first(trainer, samples):
    samples.set_filter("uncertain", label=8)
    p = outputs(trainer)
    entropy = -(p * np.log2(np.maximum(p, 1e-300))).sum(axis=1)
    assert set(samples.numbers) == set(np.flatnonzero(trainer.data.y_test == 8))
    assert (np.diff(entropy[samples.numbers]) <= 1e-6).all()
    card = samples.card(int(samples.numbers[0]))
    assert card.entropy == pytest.approx(entropy[samples.numbers[0]], abs=1e-4)


def test_a_card_says_what_the_network_says(trainer, samples):
    p, y = outputs(trainer), trainer.data.y_test
    for number in (0, 5, 11):
        card = samples.card(number)
        assert card.truth == str(y[number])
        assert card.answer == str(p[number].argmax())
        assert card.probability == pytest.approx(p[number].max(), rel=1e-5)
        assert card.is_wrong == (y[number] != p[number].argmax())


def test_next_and_previous_go_through_the_chosen_ones_and_round(trainer, samples):
    samples.set_filter(label=3)
    assert trainer.data.y_test[0] != 3  # what is on show is none of them
    assert samples.next() == samples.numbers[0]
    seen = [samples.next() for _ in range(len(samples.numbers))]
    assert sorted(seen) == sorted(samples.numbers)
    assert trainer.shown == seen[-1]
    assert samples.previous() == seen[-2]
    assert samples.next() == seen[-1]


def test_the_way_goes_on_where_the_shown_sample_is_chosen_no_more(trainer, samples):
    samples.set_filter("wrong")
    numbers = samples.numbers.copy()
    for _ in range(3):
        samples.next()
    assert trainer.shown in numbers
    place = int(np.flatnonzero(numbers == trainer.shown)[0])
    samples.numbers = np.delete(numbers, place)  # it is learnt now
    assert samples.next() == numbers[place + 1]
    trainer.show(int(numbers[place]))
    samples.numbers = np.delete(numbers, [place])
    assert samples.previous() == numbers[place - 1]


def test_no_sample_is_no_step(trainer, samples):
    samples.numbers = np.zeros(0, int)
    assert samples.next() is None
    assert trainer.shown == 0


def test_confusion_counts_every_sample(trainer, samples):
    found, y, answers = samples.confusion(), trainer.data.y_test, outputs(trainer).argmax(axis=1)
    for truth in range(10):
        for answer in range(10):
            assert found[truth, answer] == ((y == truth) & (answers == answer)).sum()


def test_pins_move_on_among_the_chosen_samples(trainer, samples):
    samples.pin("A", 6)
    assert samples.pin_beside("A").number == 7
    assert samples.pin_beside("A", -2).number == 5
    samples.set_filter(label=3)
    threes = samples.numbers
    assert samples.pin_beside("A").number == threes[0]  # 5 is none of them
    assert samples.pin_beside("A", -1).number == threes[-1]
    assert trainer.pair[0].number == threes[-1]
    samples.set_filter("wrong", label=3, answer=3)
    assert samples.pin_beside("A") is None
    trainer.show_input(np.zeros(64, np.float32))
    samples.set_filter()
    samples.pin("B")
    assert samples.pin_beside("B").number == 0  # from an input of one's own to the first
    with pytest.raises(UserError, match="A or B"):
        samples.pin_beside("X")


def test_pins_move_on_to_another_class(trainer, samples):
    eights = np.flatnonzero(trainer.data.y_test == 8)
    samples.pin("B", int(eights[1]))
    assert samples.pin_class("B", 8).number == eights[2]
    samples.pin("B", int(eights[-1]))
    assert samples.pin_class("B", 8).number == eights[0]  # counts round
    with pytest.raises(UserError, match="class 12"):
        samples.pin_class("A", 12)


def test_pins(trainer, samples):
    trainer.show(6)
    assert samples.pin("A").number == 6
    samples.pin("B", 9)
    trainer.show(1)
    assert [its.number for its in trainer.pair] == [6, 9]
    samples.unpin("A")
    assert trainer.pair[0].number == 1
    with pytest.raises(UserError, match="A or B"):
        samples.pin("X")


def test_bad_filters_are_refused(samples):
    before = samples.filter
    with pytest.raises(UserError, match="all, wrong, uncertain"):
        samples.set_filter("odd")
    for wrong in ({"label": 10}, {"answer": -1}):
        with pytest.raises(UserError, match=r"0\.\.9"):
            samples.set_filter(**wrong)
    assert samples.filter == before


def test_what_is_asked_of_the_network_follows_its_training(trainer):
    trainer.reset()
    samples = Samples(trainer)
    samples.set_filter("wrong")
    before = samples.numbers
    assert not samples.follow()
    trainer.advance(3)
    assert not samples.follow()  # too little to ask again
    trainer.advance(300)
    assert samples.follow()
    assert len(samples.numbers) < len(before)
    Edits(trainer).set_bias("out.4", 100.0)
    assert samples.follow()  # an edit shows at once
    np.testing.assert_array_equal(samples.numbers, np.flatnonzero(trainer.data.y_test != 4))
    samples.set_filter(label=3)
    trainer.advance(300)
    assert not samples.follow()
    assert samples.follow(always=True)


def test_other_data_begin_unfiltered():
    trainer = Trainer(TrainOptions("moons", hidden=(4,)))
    samples = Samples(trainer)
    samples.set_filter(label=1)
    trainer.rebuild(TrainOptions("blobs", hidden=(4,)))
    assert samples.follow()
    np.testing.assert_array_equal(samples.numbers, np.arange(len(trainer.data.x_test)))
    samples.set_filter(label=2)
    assert (trainer.data.y_test[samples.numbers] == 2).all()
