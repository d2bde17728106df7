"""Training and scene in step: whatever is asked of a running network, its neurons glide."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import jax
import numpy as np
import pytest
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.scene import stage
from neuronaut.app.session import Session
from neuronaut.core import training
from neuronaut.core.similarity import METRICS
from neuronaut.renderer.bridges import HostBridge

HIDDEN = (24, 12)
DIGITS = TrainOptions(hidden=HIDDEN)
Start = Callable[..., Session]


@pytest.fixture
def start(ctx) -> Iterator[Start]:
    """Begin small sessions on digits, which end with the test."""
    begun: list[Session] = []

    def begin(train: TrainOptions = DIGITS, **view: object) -> Session:
        options = dataclasses.replace(ViewOptions(layout_steps=2), **view)
        begun.append(Session(ctx, train, options))
        return begun[-1]

    yield begin
    for session in begun:
        session.release()


def positions(session: Session) -> np.ndarray:
    """Return where the neurons are drawn, float32 [N, 3]."""
    return session.stage.network.by_name["position"].read()[:, :3]


def advance(session: Session, frames: int, steps: int = 3) -> list[np.ndarray]:
    """Go on for some frames; return where the neurons were in each, all finite."""
    seen = []
    for _ in range(frames):
        session.advance(steps)
        seen.append(positions(session))
        assert np.isfinite(seen[-1]).all()
        assert np.isfinite(session.stage.simulation.coordinates()).all()
    return seen


def size_of(points: np.ndarray) -> float:
    """Return the diagonal of the box around points."""
    return float(np.linalg.norm(np.ptp(points, axis=0)))


def longest_step(path: list[np.ndarray]) -> float:
    """Return the farthest any neuron came in one frame."""
    return float(np.linalg.norm(np.diff(path, axis=0), axis=-1).max())


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_runs(start, metric):
    session = start(metric=metric)
    before = positions(session)
    after = advance(session, 4)[-1]
    hidden = slice(64, 64 + sum(HIDDEN))
    assert (before[hidden] != after[hidden]).any()
    np.testing.assert_array_equal(before[:64], after[:64])
    np.testing.assert_array_equal(before[-10:], after[-10:])
    assert session.measures.step == 12


@pytest.mark.parametrize("simulation", ["gl", "jax"])
@pytest.mark.parametrize("arrangement", ["planes", "shells", "free"])
def test_every_arrangement_runs(start, arrangement, simulation):
    session = start(arrangement=arrangement, simulation=simulation)
    path = advance(session, 4)
    assert size_of(path[-1][64 : 64 + sum(HIDDEN)]) > 0


def test_the_bridge_takes_positions_to_jax_and_back(start, monkeypatch):
    sent = {}

    class Seen(HostBridge):
        def publish(self, vector, buffer):
            sent[buffer.name] = vector
            super().publish(vector, buffer)

        def fetch(self, buffer):
            sent["fetched"] = buffer.name
            return super().fetch(buffer)

    monkeypatch.setattr(stage, "bridge_for", lambda _: Seen())
    session = start(simulation="jax")
    before = session.stage.simulation.coordinates()
    advance(session, 1)
    assert sent["fetched"] == "coordinate"
    assert isinstance(sent["coordinate"], jax.Array)
    after = session.stage.simulation.coordinates()
    np.testing.assert_array_equal(after, sent["coordinate"])
    np.testing.assert_array_equal(after[:, 3], before[:, 3])
    assert (after[64:100, :3] != before[64:100, :3]).any()


def test_another_metric_while_it_runs_is_a_drift(start):
    session = start()
    path = advance(session, 6)
    for metric in METRICS[::-1]:
        session.set_metric(metric)
        assert session.view.metric == metric
        path += advance(session, 3)
    assert longest_step(path) < 0.1 * size_of(path[0])


def test_another_arrangement_while_it_runs_is_a_glide(start):
    session = start()
    path = advance(session, 3)
    for arrangement in ("shells", "free", "planes"):
        session.stage.set_arrangement(arrangement)
        assert session.stage.arrangement == arrangement
        path += advance(session, 12)
    assert longest_step(path) < 0.1 * size_of(path[0])


def test_an_arrangement_comes_to_where_it_leads(start):
    still = TrainOptions(hidden=HIDDEN, learning_rate=0.0)
    session, other = (
        start(still, layout_steps=0),
        start(still, layout_steps=0, arrangement="shells"),
    )
    planes = positions(session)
    session.stage.set_arrangement("shells")
    path = advance(session, 95, steps=0)
    size = size_of(planes)
    assert size_of(path[-1] - planes) > 0.1 * size
    np.testing.assert_allclose(path[-1], positions(other), atol=0.01 * size)


def test_insight_is_in_range_and_keeps_to_the_network(start):
    session = start()
    advance(session, 30)
    found = session.insight
    assert found is not None
    for share in (found.trust, found.recall, found.continuity):
        assert 0 <= share <= 1
    assert 0 <= found.movement < 1
    assert 0 < found.test.p_value <= 1
    assert len(found.served) == len(found.tracked.ids) == sum(HIDDEN)
    assert found.served.min() >= -1
    assert found.served.max() < 10
    numbers = found.to_json()
    assert all(np.isfinite(value) for value in numbers.values())
    assert numbers["regions"] == len(found.regions)
    assert "regions" in found.sentence()
    session.remeasure()
    assert session.insight is not found


@pytest.mark.parametrize("color", ["region", "class"])
def test_colours_are_categories_of_the_hidden_neurons(start, color):
    session = start(color=color)
    session.remeasure()
    found = session.insight
    assert found is not None
    category = session.stage.network.by_name["category"].read().reshape(-1)
    hidden = slice(64, 64 + sum(HIDDEN))
    assert (category[:64] == -1).all()
    expected = found.tracked.ids if color == "region" else found.served
    np.testing.assert_array_equal(category[hidden], expected)
    outputs = np.full(10, -1) if color == "region" else np.arange(10)
    np.testing.assert_array_equal(category[-10:], outputs)


def test_it_settles_when_nothing_is_learnt(start):
    session = start(TrainOptions(hidden=HIDDEN, learning_rate=0.0), layout_steps=6)
    path = advance(session, 60, steps=1)
    session.remeasure()
    assert session.insight is not None
    assert session.insight.movement < 0.005
    assert longest_step(path[-5:]) < 0.01 * size_of(path[-1])


def test_diverged_training_keeps_the_last_finite_weights_and_says_so(start):
    session = start(TrainOptions(hidden=HIDDEN, optimizer="sgd"))
    advance(session, 2)
    kept = session.trainer.state.params
    session.trainer.rates = training.Rates(1e25, 0.0, 0.0)
    advance(session, 6, steps=20)
    assert session.trainer.diverged
    for layer in session.trainer.state.params:
        assert np.isfinite(layer.weight).all()
        assert np.isfinite(layer.bias).all()
    for before, now in zip(kept, session.trainer.state.params, strict=True):
        np.testing.assert_array_equal(before.weight, now.weight)
    assert session.measures.step == 6
    texts = " ".join(str(item) for item in session._labels(1280.0))
    assert "diverged" in texts
    session.reset()
    assert not session.trainer.diverged
    advance(session, 1)
