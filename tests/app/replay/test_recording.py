"""A stored training, put before a trainer: exact at snapshots, smooth between, never in the way."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.lab.edits import Edits
from neuronaut.app.options import UserError
from neuronaut.app.replay.recording import open_recording
from neuronaut.app.training.chronicle import Chronicle
from neuronaut.core import models
from neuronaut.core.models import ModelError
from neuronaut.core.network import activations
from neuronaut.core.runs import Run, RunError, RunWriter
from stored import go_on, opened, write_run


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "a.run")


@pytest.fixture
def recording(stored):
    return open_recording(stored[0])


def weights(recording) -> list[np.ndarray]:
    return [np.asarray(layer.weight) for layer in recording.trainer.state.params]


def test_every_snapshot_is_what_was_written(recording, stored):
    for place in (5, 0, 3, 2, 4):
        recording.seek(place)
        for found, kept in zip(weights(recording), stored[1][place], strict=True):
            np.testing.assert_array_equal(found, kept)
        assert recording.trainer.measure().step == 10 * place == recording.step


def test_between_two_snapshots_weights_are_interpolated(recording, stored):
    recording.seek(1.25)
    for found, lower, upper in zip(weights(recording), stored[1][1], stored[1][2], strict=True):
        np.testing.assert_allclose(found, 0.75 * lower + 0.25 * upper, atol=1e-6)
    assert recording.step == 12
    update = recording.trainer.state.last_update
    np.testing.assert_allclose(update[0].weight, stored[1][2][0] - stored[1][1][0], atol=1e-6)


def test_places_beyond_the_ends_are_the_ends(recording):
    recording.seek(99.0)
    assert recording.place == 5
    recording.seek(-1)
    assert recording.place == 0
    assert recording.place_at(25) == pytest.approx(2.5)


def test_activations_are_those_of_the_stored_network(recording):
    recording.seek(4)
    trainer = recording.trainer
    run = Run.open(recording.run.path)
    expected = activations(run.params_at(4), trainer.shown_x(), trainer.config.network)
    np.testing.assert_allclose(
        trainer.activations(trainer.shown_input), np.concatenate(expected), rtol=1e-5
    )


def test_the_whole_story_is_told_wherever_one_stands(recording):
    chronicle = Chronicle(recording.trainer)
    recording.seek(2)
    while recording.tell(chronicle):
        pass
    np.testing.assert_array_equal(chronicle.steps, recording.steps)
    chronicle.note(recording.trainer.measure())  # as the window does: adds nothing
    assert len(chronicle.notes) == 6
    assert np.isfinite(chronicle.movement()[1:]).all()
    np.testing.assert_array_equal(chronicle.of_neuron("h1.3").steps, recording.steps)


def test_edits_last_until_another_moment_is_shown(recording, stored):
    edits = Edits(recording.trainer)
    edits.silence("h1.2")
    assert edits.undo() is not None
    edits.silence("h1.2")
    recording.seek(3)
    assert edits.undo() is None
    np.testing.assert_array_equal(weights(recording)[1], stored[1][3][1])


def test_loss_and_epoch_are_the_stored_ones(recording):
    recording.seek(5)
    loss = recording.run.metrics["loss"].value
    assert recording.trainer.measure().train_loss == pytest.approx(loss[1:].mean())
    rows = recording.run.about.config["train_rows"] // recording.run.about.config["batch"]
    assert recording.trainer.measure().epoch == pytest.approx(50 / rows)


def test_a_run_of_unknown_data_is_shown_with_its_probe(tmp_path):
    path, _ = write_run(tmp_path / "b.run", 2, data="mine", class_names=(), config={})
    recording = open_recording(path)
    assert "40 samples" in recording.note
    assert len(recording.trainer.data.x_test) == 40
    measures = recording.trainer.measure()
    assert np.isnan(measures.epoch)
    assert np.isnan(measures.train_accuracy)
    named = open_recording(path, "digits")
    assert named.note == ""
    assert len(named.trainer.data.x_train) > 1000


def test_data_that_do_not_fit_are_refused(stored):
    with pytest.raises(UserError, match="takes 64 numbers"):
        open_recording(stored[0], "moons")


def test_a_growing_run_is_taken_in(tmp_path):
    path, kept = write_run(tmp_path / "c.run", 3)
    recording, run = opened(path)
    assert not recording.refresh()
    with go_on(path, after=20) as writer:
        writer.log(30, run.params_at(0), snapshot=True)
    assert recording.refresh()
    assert recording.places == 4
    recording.seek(3)
    np.testing.assert_array_equal(weights(recording)[0], kept[0][0])


def test_a_run_without_weights_and_no_run_at_all_are_refused(tmp_path):
    with RunWriter(tmp_path / "empty.run"):
        pass
    with pytest.raises(RunError, match="no weights"):
        open_recording(tmp_path / "empty.run")
    with pytest.raises(RunError, match="there is no run"):
        open_recording(tmp_path / "nothing")


def test_a_single_network_from_a_file(tmp_path, stored, recording):
    recording.seek(5)
    path = tmp_path / "net.npz"
    models.save(path, recording.trainer.state.params)
    still = open_recording(path, "digits")
    assert still.places == 1
    assert still.trainer.measure().test_accuracy == pytest.approx(
        recording.trainer.measure().test_accuracy
    )
    assert "noise" in open_recording(path).note
    path.write_bytes(b"no network")
    with pytest.raises(ModelError):
        open_recording(path)


def test_a_single_output_tells_two_classes_apart(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "binary.npz"
    np.savez(path, w0=rng.normal(size=(2, 5)), b0=np.zeros(5), w1=rng.normal(size=(5, 1)), b1=[0.0])
    recording = open_recording(path, "moons")
    trainer = recording.trainer
    assert trainer.sizes == (2, 5, 1)
    assert trainer.data.class_names[trainer.answer(trainer.shown_x())] in trainer.data.class_names
    assert 0 <= trainer.measure().test_accuracy <= 1
    assert len(open_recording(path).trainer.data.class_names) == 2


def test_what_is_learnt_from_a_loaded_network_is_noted(recording):
    """As `neuronaut look` does: it waits, and can learn on."""
    recording.seek(5)
    trainer = recording.trainer
    chronicle = Chronicle(trainer)
    chronicle.note(trainer.measure())
    assert not chronicle.notes
    trainer.advance(4)
    chronicle.note(trainer.measure())
    np.testing.assert_array_equal(chronicle.steps, [54])
