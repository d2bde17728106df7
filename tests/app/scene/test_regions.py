"""`neuronaut regions`: a network asked what its neurons are responsible for."""

from __future__ import annotations

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.app.lab import inquiry
from neuronaut.app.options import TrainOptions
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import models

SHORT = ["--data", "digits", "--hidden", "32,16", "--permutations", "199"]


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A file of a network that learnt for three epochs, and its test accuracy."""
    trainer = Trainer(TrainOptions(hidden=(32, 16)))
    inquiry.train_epochs(trainer, 3)
    path = tmp_path_factory.mktemp("model") / "digits.npz"
    models.save(path, trainer.state.params)
    return path, trainer.measure().test_accuracy


def asked(capsys: pytest.CaptureFixture[str], *options: str | Path) -> dict:
    assert main(["regions", *map(str, options), "--json"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    return json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def check(found: dict, hidden: int) -> None:
    """Make sure that the findings agree with one another."""
    ids = np.array(found["region_of_neuron"])
    assert len(ids) == len(found["served"]) == hidden
    for region in found["regions"]:
        assert region["neurons"] == (ids == region["id"]).sum() > 0
        assert 0 <= region["selectivity"] <= 1
        assert region["name"]
    assert {region["id"] for region in found["regions"]} == set(ids[ids >= 0].tolist())
    for cut in found["lesions"]:
        assert 0 <= cut["silenced"] <= 1
        assert 0 <= cut["intact"] <= 1
    assert 1 / 200 <= found["separability"]["p_value"] <= 1
    assert isinstance(found["dead"], list)
    assert isinstance(found["duplicates"], list)


def test_a_network_is_trained_and_asked(capsys, learnt):
    found = asked(capsys, *SHORT, "--epochs", "3")
    check(found, 48)
    assert found["data"] == "digits"
    assert found["sizes"] == [64, 32, 16, 10]
    assert found["epochs"] == pytest.approx(3)
    assert found["test_accuracy"] == pytest.approx(learnt[1])
    trained, before = found["separability"], found["untrained"]
    assert trained["p_value"] < 0.05
    assert trained["silhouette"]["effect_size"] > before["silhouette"]["effect_size"]
    assert len(found["regions"]) > 1


def test_a_network_from_a_file_is_the_one_that_is_asked(capsys, learnt):
    path, accuracy = learnt
    # The hidden layers are the file's, whatever the options say.
    found = asked(capsys, path, "--data", "digits", "--permutations", "199")
    check(found, 48)
    assert found["sizes"] == [64, 32, 16, 10]
    assert found["test_accuracy"] == pytest.approx(accuracy)
    assert found["test_accuracy"] > 0.6
    assert found["untrained"] is None
    trained = asked(capsys, *SHORT, "--epochs", "3")
    assert found["regions"] == trained["regions"]
    assert found["separability"] == trained["separability"]


def test_the_report_is_for_a_person(capsys, learnt):
    assert main(["regions", str(learnt[0]), "--permutations", "99"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "digits, 64-32-16-10: test accuracy" in told.out
    assert "regions by output similarity" in told.out
    assert "p = 0." in told.out
    assert "dead neurons" in told.out
    assert "{" not in told.out


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["regions", *map(str, arguments)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "unexpected" not in told.err
    return told.err


def test_a_model_that_does_not_fit_the_data(capsys, learnt):
    told = refusal(capsys, learnt[0], "--data", "moons")
    assert "64 inputs and 10 outputs" in told
    assert "2 features and 2 classes" in told


def test_a_model_that_cannot_be_read(capsys, tmp_path):
    assert "cannot be read" in refusal(capsys, tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("weights")
    assert "no .npz" in refusal(capsys, tmp_path / "text.npz")


def test_diverging_training_is_said(capsys):
    options = ["--optimizer", "sgd", "--learning-rate", "1e20", "--epochs", "1"]
    assert "diverged" in refusal(capsys, *SHORT, *options)


def test_a_network_without_hidden_neurons_has_no_regions(capsys, tmp_path):
    path = tmp_path / "linear.npz"
    models.save(path, (models.Layer(jnp.ones((64, 10)), jnp.zeros(10)),))
    found = asked(capsys, path, "--permutations", "9")
    assert found["regions"] == []
    assert found["region_of_neuron"] == []
