"""The training panel: what is pressed, slid and typed, the session does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from neuronaut.app.options import UserError
from neuronaut.app.panels.training import Draft, TrainingPanel


def weights(session) -> np.ndarray:
    return np.asarray(session.trainer.state.params[0].weight)


def test_play_and_pause(bench):
    its = bench(TrainingPanel())
    its.press("⏸ Pause")
    assert its.lab.control.paused
    its.press("▶ Play")
    assert not its.lab.control.paused


def test_single_step_and_epoch(bench, session):
    its = bench(TrainingPanel())
    before = session.measures.step
    its.press("Step")
    assert session.measures.step == before + 1
    its.press("Epoch")
    assert session.measures.step == before + 1 + session.trainer.steps_per_epoch
    assert its.lab.control.paused
    assert its.says(f"step {session.measures.step:,}")


def test_rewind_leads_to_the_same_initial_weights(bench, session):
    its = bench(TrainingPanel())
    its.press("↺ Rewind")
    first = weights(session)
    assert session.measures.step == 0
    its.press("Epoch")
    assert (weights(session) != first).any()
    its.press("↺ Rewind")
    np.testing.assert_array_equal(weights(session), first)


def test_rates_are_slid_and_typed(bench, session):
    its, rates = bench(TrainingPanel()), lambda: session.trainer.rates
    its.type("Learning rate number", "0.02")
    assert rates().learning_rate == pytest.approx(0.02)
    its.type("L2 number", "1e-4")
    assert rates().l2 == pytest.approx(1e-4)
    its.drag("L1", (0.02, 0.5), (0.5, 0.5))
    assert 1e-5 < rates().l1 < 1e-2
    its.drag("L1", (0.5, 0.5), (-0.5, 0.5))
    assert rates().l1 == 0
    its.type("Batch", "8")
    assert session.trainer.config.batch == 8
    before = session.measures.step
    its.press("Step")
    assert session.measures.step == before + 1


def test_a_senseless_number_is_told_or_ignored(bench, session):
    its = bench(TrainingPanel())
    before = session.trainer.rates
    its.type("Learning rate number", "quick")
    its.type("L2 number", "-1")
    assert session.trainer.rates == before
    assert "L2 should be" in its.lab.said


def test_speed_is_chosen(bench):
    its = bench(TrainingPanel())
    its.choose("Steps a frame", "32")
    assert its.lab.pace.steps == 32
    assert not its.says("Time at most")
    its.choose("Steps a frame", "as fast as smooth")
    assert its.lab.pace.steps == 1
    its.drag("Time at most", (0.5, 0.5), (0.0, 0.5))
    assert its.lab.pace.share == pytest.approx(0.02, abs=0.01)


def test_another_network_is_applied(bench, session):
    its = bench(TrainingPanel())
    camera = session.stage.view_pose((640, 480))
    its.type("Hidden layers", "6")
    its.choose("Activation", "tanh")
    its.choose("Optimizer", "sgd")
    its.type("Classes", "0, 1")
    assert session.trainer.sizes == (64, 12, 8, 10)
    its.press("Apply")
    assert session.trainer.sizes == (64, 6, 2)
    assert session.trainer.config.network.activation == "tanh"
    assert float(session.trainer.rates.learning_rate) == pytest.approx(0.1)
    assert session.trainer.data.class_names == ("0", "1")
    its.frames(2)
    assert not its.says("not yet applied")
    assert session.stage.view_pose((640, 480)).position.shape == camera.position.shape


def test_other_data_are_applied(bench, session):
    its = bench(TrainingPanel())
    its.choose("Data set", "moons")
    its.press("Apply")
    assert session.trainer.data.name == "moons"
    its.choose("Data set", "a file or folder …")
    its.type("Path", "nowhere.npz")
    its.press("Apply")
    assert "nowhere.npz" in its.lab.said
    assert session.trainer.data.name == "moons"


def test_what_cannot_be_built_is_told(bench, session):
    its = bench(TrainingPanel())
    its.type("Hidden layers", "many")
    its.press("Apply")
    assert "many" in its.lab.said
    assert session.trainer.sizes == (64, 12, 8, 10)


def test_diverged_training_waits_and_advises(bench, session):
    its = bench(TrainingPanel())
    session.trainer.set_rates(learning_rate=1e25)
    its.press("Step")
    its.press("Step")
    assert session.trainer.diverged
    assert its.lab.control.paused
    assert its.says("try a learning rate of 0.001")
    its.type("Learning rate number", "0.001")
    assert not session.trainer.diverged
    its.press("↺ Rewind")
    its.press("Step")
    assert session.measures.step == 1


def test_a_draft_becomes_options(session):
    draft = Draft.of(session.trainer)
    assert draft.hidden == "12, 8"
    none = dataclasses.replace(draft, hidden="0").over(session.trainer.options)
    assert none.hidden == ()
    with pytest.raises(UserError, match="names"):
        dataclasses.replace(draft, classes="0,,1").over(session.trainer.options)
