"""Signals in motion: light is where it should be, and neurons show what is computed so far."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.options import TrainOptions
from neuronaut.app.scene.flow import Flow
from neuronaut.app.scene.motion import Motion
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import network

SIZES = (4, 3, 3, 2)


def moments(flow: Flow, count: int = 400):
    return [flow.at(flow.secs * k / count) for k in range(count)]


@pytest.mark.parametrize("mode", ["flow", "steps"])
def test_light_goes_forward_from_input_to_answer_and_back(mode):
    flow = Flow(mode, SIZES, "relu", "softmax")
    seen = [(m.front, m.backward) for m in moments(flow) if m.front is not None]
    forward = [front for front, is_backward in seen if not is_backward]
    backward = [front for front, is_backward in seen if is_backward]
    last = len(SIZES) - 1
    assert forward == sorted(forward)
    assert backward == sorted(backward, reverse=True)
    for places in (forward, backward):
        assert min(places) == pytest.approx(0.0, abs=0.05)
        assert max(places) == pytest.approx(last, abs=0.05)


def test_light_never_leaves_the_layer_that_is_computed():
    for m in moments(Flow("steps", SIZES, "tanh", "softmax")):
        if m.front is not None:
            assert m.layer - 1 <= m.front <= m.layer


def test_the_cycle_repeats():
    flow = Flow("flow", SIZES, "relu", "")
    assert flow.at(0.3).front == pytest.approx(flow.at(0.3 + flow.secs).front)


def test_captions_name_each_step_in_its_order():
    captions = list(
        dict.fromkeys(m.caption for m in moments(Flow("steps", SIZES, "relu", "sigmoid")))
    )
    first_words = [caption.split(":")[0].split(" of ")[0] for caption in captions]
    layer = ["weighted sum", "bias", "activation"]
    assert first_words == [
        *layer, *layer, "weighted sum", "bias", "sigmoid", "error", *["gradient"] * 3, "update"
    ]  # fmt: skip


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    trainer = Trainer(TrainOptions("moons", hidden=(5, 4)))
    trainer.advance(20)
    return trainer


def test_neurons_show_what_is_computed_so_far(trainer):
    net, params = trainer.config.network, trainer.state.params
    motion, signals = Motion("steps", net), trainer.signals()
    motion.publish(trainer)
    cycle = Flow("steps", net.sizes, net.activation, "softmax")
    ends = np.cumsum(net.sizes)
    done = np.concatenate(network.activations(params, trainer.sample(0), net))
    seen = set()
    for k in range(300):
        motion.follow(cycle.secs * k / 300)
        m, tint = motion.moment, motion.tint(signals)
        assert tint is not None
        if m.backward:
            continue
        seen.add((m.layer, m.stage))
        before, after = ends[m.layer - 1], ends[m.layer]
        assert tint.value[:before] == pytest.approx(done[:before], abs=1e-5)
        assert not tint.value[after:].any()
        inputs = done[ends[m.layer - 2] if m.layer > 1 else 0 : before]
        weight, bias = params[m.layer - 1]
        expected = {"sum": inputs @ np.asarray(weight)}
        expected["bias"] = expected["sum"] + np.asarray(bias)
        expected["activation"] = done[before:after]
        assert tint.value[before:after] == pytest.approx(expected[m.stage], abs=1e-4)
    assert len(seen) == 3 * (len(net.sizes) - 1)


def test_nothing_moves_when_it_is_off(trainer):
    motion = Motion("off", trainer.config.network)
    assert not motion.follow(3.0)
    assert motion.moment.front is None
    assert motion.tint(trainer.signals()) is None
