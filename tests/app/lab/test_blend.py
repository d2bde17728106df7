"""From A to B: what the network says on the way, where its answer flips, which neurons switch."""

from __future__ import annotations

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.app.lab.blend import Blend, Paths
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import probing
from neuronaut.core.network import ACTIVATIONS


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    trainer = Trainer(TrainOptions(hidden=(12, 8)))
    trainer.advance(300)
    return trainer


@pytest.fixture(scope="module")
def paths(trainer) -> Paths:
    return Paths(trainer.data)


def ends(trainer: Trainer):
    """Return a sample and one of another class, both answered rightly."""
    y = trainer.data.y_test
    right = [n for n in range(60) if trainer.answer(trainer.sample(n)) == y[n]]
    other = next(n for n in right if y[n] != y[right[0]])
    return trainer.inputs.sample(right[0]), trainer.inputs.sample(other)


def layers(trainer: Trainer, x: np.ndarray) -> list[np.ndarray]:
    found, params = [x], [(np.asarray(w), np.asarray(b)) for w, b in trainer.state.params]
    for weight, bias in params[:-1]:
        found.append(np.maximum(found[-1] @ weight + bias, 0))
    z = found[-1] @ params[-1][0] + params[-1][1]
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return [*found, e / e.sum(axis=-1, keepdims=True)]


def test_probabilities_along_the_blend_are_those_of_the_blended_pixels(trainer):
    a, b = ends(trainer)
    blend = Blend(trainer, a, b)
    rows = np.stack([(1 - t) * a.x + t * b.x for t in blend.shares])
    found = layers(trainer, rows)
    np.testing.assert_allclose(blend.probabilities, found[-1], atol=1e-5)
    np.testing.assert_allclose(blend.activations, np.concatenate(found, 1), rtol=1e-3, atol=1e-4)
    assert (blend.shares[0], blend.shares[-1]) == (0, 1)


def test_the_answer_flips_from_a_to_b(trainer):
    a, b = ends(trainer)
    blend = Blend(trainer, a, b)
    flips = blend.flips
    assert flips[0].before == a.name
    assert flips[-1].after == b.name
    for one, other in pairwise(flips):
        assert one.after == other.before
        assert one.share < other.share
    for flip in flips:
        at = trainer.answer(blend.at(flip.share).x)
        assert trainer.data.class_names[at] == flip.after
        just_before = trainer.answer(blend.at(flip.share - 0.01).x)
        assert trainer.data.class_names[just_before] == flip.before


def test_switches_are_of_the_neurons_on_at_one_end_only(trainer):
    a, b = ends(trainer)
    blend = Blend(trainer, a, b)
    hidden = [np.concatenate(layers(trainer, its.x)[1:-1]) > 0 for its in (a, b)]
    names = np.array([f"h1.{k}" for k in range(12)] + [f"h2.{k}" for k in range(8)])
    switches = blend.switches
    assert {s.name for s in switches if s.turns_on} == set(names[hidden[1] & ~hidden[0]])
    assert {s.name for s in switches if not s.turns_on} == set(names[hidden[0] & ~hidden[1]])
    assert [s.share for s in switches] == sorted(s.share for s in switches)
    for switch in switches:
        place = int(np.flatnonzero(names == switch.name)[0])
        row = np.concatenate(layers(trainer, blend.at(switch.share).x)[1:-1])
        assert (row[place] > 0) == switch.turns_on


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_on_means_the_same_as_in_the_core(activation):
    trainer = Trainer(TrainOptions("moons", hidden=(9, 7), activation=activation))
    a, b = trainer.pair
    both = [jnp.asarray(trainer.activations(its)) for its in (a, b)]
    core = probing.switched(both[0], both[1], trainer.config.network)
    switches = Blend(trainer, a, b).switches
    assert len(switches) == len(core.on) + len(core.off)
    assert sum(s.turns_on for s in switches) == len(core.on)


def test_neurons_that_tell_them_apart(trainer):
    a, b = ends(trainer)
    found = Blend(trainer, a, b).tell_apart(5)
    expected: dict[str, float] = {}
    for k, (one, other) in enumerate(
        zip(layers(trainer, a.x)[1:-1], layers(trainer, b.x)[1:-1], strict=True), 1
    ):
        largest = max(np.abs(one).max(), np.abs(other).max())
        expected |= {f"h{k}.{i}": d for i, d in enumerate((other - one) / largest)}
    best = sorted(expected, key=lambda name: -abs(expected[name]))[:5]
    assert [its.name for its in found] == best
    for its in found:
        assert its.difference == pytest.approx(expected[its.name], rel=1e-3)
        assert np.sign(its.b - its.a) == np.sign(its.difference)


def test_what_is_at_a_share_goes_on_show(trainer):
    a, b = ends(trainer)
    blend = Blend(trainer, a, b)
    assert (blend.at(0), blend.at(1), blend.at(-3), blend.at(7)) == (a, b, a, b)
    its = blend.show(0.25)
    np.testing.assert_allclose(trainer.shown_x(), 0.75 * a.x + 0.25 * b.x, atol=1e-6)
    assert trainer.shown_input is its
    assert trainer.shown_name() == f"75 % of {a.name}, 25 % of {b.name}"
    blend.show(0)
    assert trainer.shown == a.number


def test_a_path_leads_through_real_samples_by_small_steps(trainer, paths):
    a, b = ends(trainer)
    blend = Blend(trainer, a, b, "samples", paths)
    real = {its.x.tobytes() for its in map(trainer.inputs.sample, range(len(trainer.data.x_test)))}
    stations = [blend.at(share) for share in blend.shares]
    assert all(its.x.tobytes() in real for its in stations)
    assert (stations[0], stations[-1]) == (a, b)
    assert blend.stations == len(stations)
    assert [blend.station_at(share) for share in blend.shares] == list(range(len(stations)))
    assert len(stations) > 2
    far = np.array([np.linalg.norm(p.x - q.x) for p, q in pairwise(stations)])
    assert far.max() < np.linalg.norm(a.x - b.x)
    np.testing.assert_allclose(np.diff(blend.shares), far / far.sum(), atol=1e-5)
    np.testing.assert_allclose(
        blend.probabilities, layers(trainer, np.stack([its.x for its in stations]))[-1], atol=1e-5
    )
    blend.show(blend.shares[1])
    assert trainer.shown == stations[1].number
    assert trainer.shown_name() == trainer.class_of(trainer.shown)


def test_a_path_from_a_drawing_joins_at_the_nearest_sample(trainer, paths):
    a, b = ends(trainer)
    noise = np.random.default_rng(0).normal(0, 0.02, 64).astype(np.float32)
    drawing = trainer.inputs.own(a.x + noise, "mine")
    stations = paths.between(drawing, b)
    assert stations[0] is drawing
    assert stations[1].number == a.number
    assert stations[-1].number == b.number
    assert [its.number for its in paths.between(a, a)] == [a.number, a.number]


def test_refreshing_asks_the_network_as_it_is_now():
    trainer = Trainer(TrainOptions("moons", hidden=(5,)))
    blend = Blend(trainer, *trainer.pair)
    before = blend.probabilities
    trainer.advance(50)
    np.testing.assert_array_equal(blend.probabilities, before)
    blend.refresh()
    assert not np.array_equal(blend.probabilities, before)


def test_other_modes_are_refused(trainer):
    with pytest.raises(UserError, match="pixels or samples"):
        Blend(trainer, *trainer.pair, mode="teleport")


def test_networks_without_hidden_layers_have_no_switches():
    trainer = Trainer(TrainOptions("moons", hidden=()))
    blend = Blend(trainer, *trainer.pair)
    assert blend.switches == blend.tell_apart() == ()
    assert blend.probabilities.shape == (101, 2)
