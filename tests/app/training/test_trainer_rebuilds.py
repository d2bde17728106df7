"""A training that is rewound, takes over weights, and is rebuilt as another."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
from neuronaut.app.options import UserError
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import network
from neuronaut.core.datasets import DataError
from trained import OPTIONS, assert_same, leaves


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(OPTIONS)


def test_rewinding_leads_to_the_very_same_weights(trainer):
    first = leaves(trainer)
    trainer.set_rates(learning_rate=0.01)
    trainer.advance(20)
    trainer.set_batch(100)
    trainer.advance(3)
    assert not np.array_equal(leaves(trainer)[0], first[0])
    trainer.reset()
    assert_same(leaves(trainer), first)
    assert trainer.measure().step == trainer.epoch == 0


def test_rewinding_leads_back_to_adopted_weights(trainer):
    params = network.init(jax.random.key(7), trainer.config.network)
    trainer.adopt(params)
    trainer.advance(10)
    assert not np.array_equal(leaves(trainer)[0], params[0].weight)
    trainer.reset()
    assert_same(leaves(trainer), jax.tree.leaves(params))


def test_adopted_weights_may_have_other_hidden_layers(trainer):
    net = dataclasses.replace(trainer.config.network, sizes=(64, 5, 10))
    trainer.adopt(network.init(jax.random.key(7), net))
    weights = leaves(trainer)
    trainer.rebuild(dataclasses.replace(trainer.options, optimizer="sgd"))
    assert trainer.sizes == (64, 5, 10)
    assert_same(leaves(trainer), weights)


def test_another_optimizer_goes_on_from_the_same_weights(trainer):
    trainer.advance(10)
    trainer.show(5)
    before = leaves(trainer)
    trainer.rebuild(dataclasses.replace(trainer.options, optimizer="sgd"))
    assert_same(leaves(trainer), before)
    assert trainer.rates.learning_rate == 0.1  # its own, for none was chosen
    assert (trainer.measure().step, trainer.shown) == (10, 5)
    trainer.set_rates(learning_rate=0.02)
    trainer.rebuild(dataclasses.replace(trainer.options, optimizer="adam"))
    assert trainer.rates.learning_rate == 0.02
    trainer.advance(1)
    assert trainer.measure().step == 11


@pytest.mark.parametrize(
    "change",
    [{"hidden": (6,)}, {"classes": ("0", "1")}, {"data": "moons"}, {"seed": 4}],
)
def test_a_rebuilt_network_is_the_same_as_a_new_one(trainer, change):
    trainer.advance(10)
    beginning = trainer.beginning
    options = dataclasses.replace(trainer.options, **change)
    trainer.rebuild(options)
    fresh = Trainer(options)
    assert trainer.beginning > beginning
    assert (trainer.config, trainer.rates) == (fresh.config, fresh.rates)
    assert_same(leaves(trainer), leaves(fresh))
    np.testing.assert_array_equal(trainer.data.x_train, fresh.data.x_train)
    assert trainer.measure() == fresh.measure()
    assert trainer.advice() == ""


def test_a_rebuild_keeps_what_can_be_kept(trainer):
    trainer.show(5)
    trainer.inputs.pin("A", trainer.inputs.sample(9))
    trainer.freeze(1)
    trainer.rebuild(dataclasses.replace(trainer.options, hidden=(6, 5)))
    assert (trainer.shown, trainer.pair[0].number, trainer.frozen) == (5, 9, {1})
    trainer.show_input(np.ones(64, np.float32), "mine", label=4)
    trainer.rebuild(dataclasses.replace(trainer.options, classes=("3", "4")))
    assert trainer.shown_name() == "mine"
    assert trainer.shown_label() in (0, 1)
    assert "A" not in trainer.inputs.pins  # sample 9 is another one now
    trainer.rebuild(dataclasses.replace(trainer.options, data="moons", classes=(), hidden=None))
    assert len(trainer.shown_x()) == 2
    trainer.rebuild(dataclasses.replace(trainer.options, hidden=(4,)))
    assert trainer.frozen == frozenset()


def test_a_refused_rebuild_leaves_everything_as_it_was(trainer):
    trainer.advance(3)
    before, state, options = trainer.config, trainer.state, trainer.options
    for change, error in (
        ({"hidden": (0,)}, UserError),
        ({"activation": "step"}, UserError),
        ({"optimizer": "lion"}, UserError),
        ({"data": "nowhere"}, DataError),
        ({"classes": ("0",)}, DataError),
    ):
        with pytest.raises(error):
            trainer.rebuild(dataclasses.replace(options, **change))
    assert (trainer.config, trainer.options) == (before, options)
    assert trainer.state is state
