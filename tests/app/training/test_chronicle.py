"""The story of a training: what is noted is right, and never grows beyond its bounds."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.app.lab.edits import Edits
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.training import chronicle as chronicle_module
from neuronaut.app.training import histograms
from neuronaut.app.training.chronicle import Chronicle
from neuronaut.app.training.thinned import Thinned
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import health, network

OPTIONS = TrainOptions("moons", hidden=(6, 5))


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(OPTIONS)


@pytest.fixture
def chronicle(trainer) -> Chronicle:
    return Chronicle(trainer)


def follow(trainer: Trainer, chronicle: Chronicle, notes: int, steps: int = 2) -> None:
    for _ in range(notes):
        trainer.advance(steps)
        chronicle.note(trainer.measure())


def weights(trainer: Trainer) -> list[np.ndarray]:
    return [np.array(layer.weight) for layer in trainer.state.params]


def test_measures_are_kept_with_their_steps(trainer, chronicle):
    seen = [trainer.measure()]
    chronicle.note(seen[0])
    for steps in (3, 1, 10):
        trainer.advance(steps)
        seen.append(trainer.measure())
        chronicle.note(seen[-1])
    np.testing.assert_array_equal(chronicle.steps, [0, 3, 4, 14])
    for name in ("train_loss", "train_accuracy", "test_accuracy", "epoch"):
        np.testing.assert_array_equal(chronicle.series(name), [getattr(m, name) for m in seen])


def test_nothing_is_noted_while_nothing_changes(trainer, chronicle):
    chronicle.note(trainer.measure())
    version = chronicle.version
    chronicle.note(trainer.measure())
    assert len(chronicle.notes) == 1
    assert chronicle.version == version
    Edits(trainer).set_bias("h1.0", 1.0)
    chronicle.note(trainer.measure())
    assert len(chronicle.notes) == 2


def test_movement_is_the_relative_change_in_a_step(trainer, chronicle):
    chronicle.note(trainer.measure())
    before = weights(trainer)
    follow(trainer, chronicle, 1, steps=5)
    found = chronicle.movement()
    assert np.isnan(found[0]).all()
    for layer, (a, b) in enumerate(zip(before, weights(trainer), strict=True)):
        expected = np.linalg.norm(b - a) / np.linalg.norm(a) / 5
        assert found[1, layer] == pytest.approx(expected, rel=1e-4)


def test_what_a_person_changes_is_no_movement(trainer, chronicle):
    follow(trainer, chronicle, 3)
    Edits(trainer).add_noise(1, 5.0)
    trainer.advance(1)
    chronicle.note(trainer.measure())
    assert np.isnan(chronicle.movement()[-1]).all()
    follow(trainer, chronicle, 1)
    assert np.isfinite(chronicle.movement()[-1]).all()


def test_layers_settle_when_they_move_slowly(trainer, chronicle):
    trainer.freeze(2)
    follow(trainer, chronicle, 4)
    first, second, _ = chronicle.settled()
    assert first is None
    assert second == chronicle.steps[1]  # it never moved
    trainer.set_rates(learning_rate=1e-6)
    last = int(chronicle.steps[-1])
    follow(trainer, chronicle, 3)
    assert chronicle.settled()[0] == last


def test_sparsity_is_that_of_the_core(trainer, chronicle):
    chronicle.note(trainer.measure())
    expected = health.sparsity(trainer.state.params)
    for measure in ("gini", "hoyer", "negligible"):
        np.testing.assert_allclose(
            chronicle.sparsity(measure)[0], [getattr(its, measure) for its in expected]
        )


def test_sparsity_of_large_layers_is_that_of_a_sample():
    trainer = Trainer(TrainOptions(hidden=(400,)))
    chronicle = Chronicle(trainer)
    chronicle.note(trainer.measure())
    whole = health.sparsity(trainer.state.params)[0]
    assert chronicle.sparsity("gini")[0, 0] == pytest.approx(whole.gini, abs=0.02)


def test_distributions_count_every_weight_and_activation(trainer, chronicle):
    follow(trainer, chronicle, 3, steps=50)
    for layer, weight in enumerate(weights(trainer), 1):
        edges, counts = chronicle.weights(layer)
        assert counts.shape == (3, histograms.BINS)
        assert (counts.sum(axis=1) == weight.size).all()
        np.testing.assert_array_equal(counts[-1], np.histogram(weight, edges)[0])
    x = trainer.data.x_test[:128]
    layers = network.activations(trainer.state.params, x, trainer.config.network)
    for layer in (1, 2, 3):
        edges, counts = chronicle.activations(layer)
        assert counts[-1].sum() == layers[layer].size
        expected = np.histogram(np.asarray(layers[layer]), edges)[0]
        assert np.abs(counts[-1] - expected).sum() <= 4  # on an edge, rounding decides


def test_histograms_stay_comparable_when_values_grow():
    rng = np.random.default_rng(0)
    grown = [rng.normal(0, size, 1000).astype(np.float32) for size in (0.01, 0.1, 5.0)]
    edges, counts = histograms.stack([histograms.count(values) for values in grown])
    for values, row in zip(grown, counts, strict=True):
        assert np.abs(row - np.histogram(values, edges)[0]).sum() <= 2
    odd = np.array([np.nan, np.inf, 0.5, -1.0], np.float32)
    assert histograms.count(odd).counts.sum() == 2
    assert histograms.count(np.zeros(7)).counts[histograms.BINS // 2] == 7
    assert histograms.stack([])[1].shape == (0, histograms.BINS)


def test_jumps_of_the_loss_are_marked_once(trainer, chronicle):
    follow(trainer, chronicle, 40)
    assert chronicle.jumps == []
    before = trainer.measure().train_loss
    Edits(trainer).add_noise(3, 20.0)
    chronicle.note(trainer.measure())
    follow(trainer, chronicle, 5)
    (jump,) = chronicle.jumps
    assert jump.step == 80
    assert jump.before == pytest.approx(before)
    assert jump.after > 1.25 * jump.before


def test_what_led_into_a_neuron_over_time(trainer, chronicle):
    seen = []
    for _ in range(4):
        chronicle.note(trainer.measure())
        seen.append([np.array(part) for part in trainer.state.params[1]])
        trainer.advance(3)
    found = chronicle.of_neuron("h2.3")
    np.testing.assert_array_equal(found.steps, [0, 3, 6, 9, 12])
    now = [np.array(part) for part in trainer.state.params[1]]
    for k, (weight, bias) in enumerate([*seen, now]):
        np.testing.assert_array_equal(found.weights[k], weight[:, 3])
        assert found.biases[k] == bias[3]
    assert chronicle.of_neuron("out.0").weights.shape == (5, 5)
    with pytest.raises(UserError, match="is an input"):
        chronicle.of_neuron("in.0")
    with pytest.raises(UserError, match=r"h3\.0"):
        chronicle.of_neuron("h3.0")


def test_a_rewound_training_has_a_new_story(trainer, chronicle):
    follow(trainer, chronicle, 5)
    trainer.reset()
    np.testing.assert_array_equal(chronicle.of_neuron("h1.0").steps, [0])
    chronicle.note(trainer.measure())
    np.testing.assert_array_equal(chronicle.steps, [0])
    trainer.rebuild(dataclasses.replace(OPTIONS, hidden=(4,)))
    chronicle.note(trainer.measure())
    assert chronicle.movement().shape == (1, 2)


def test_the_record_is_bounded_and_even():
    kept: Thinned[int] = Thinned(10)
    for item in range(1000):
        if kept.is_due():
            kept.add(item)
        assert len(kept.items) <= 10
    assert kept.items[0] == 0
    assert len(set(np.diff(kept.items))) == 1
    assert kept.items[-1] > 800


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(chronicle_module, "_MOST_NOTES", 16)
    monkeypatch.setattr(chronicle_module, "_MOST_SNAPSHOT_BYTES", 8 * 260)
    trainer = Trainer(OPTIONS)
    chronicle = Chronicle(trainer)
    for step in range(70):
        measures = dataclasses.replace(trainer.measure(), step=step)
        bias = jnp.full(6, float(step))
        first, *rest = trainer.state.params
        trainer.put((first._replace(bias=bias), *rest))
        chronicle.note(measures)
    assert 8 <= len(chronicle.notes) <= 16
    assert len(set(np.diff(chronicle.steps))) == 1
    found = chronicle.of_neuron("h1.0")
    assert len(found.steps) <= 9
    np.testing.assert_array_equal(found.biases[:-1], found.steps[:-1])
