"""What `neuronaut train` refuses, and what it says where it cannot go on."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.app.options import TrainOptions
from neuronaut.app.training import loop, recipe
from neuronaut.app.training.loop import Task
from neuronaut.app.training.runs import describe
from neuronaut.core.datasets import Dataset
from neuronaut.core.runs import About, Run, RunWriter
from test_train import assert_same_end_of_training, refused, train

TINY = ("--data", "xor", "--hidden", "5")


def test_a_run_that_is_done_stays_as_it_is(capsys, tmp_path):
    train(tmp_path / "r", "--steps", "20")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*")}
    train(tmp_path / "r", "--steps", "20")
    train(tmp_path / "r", "--steps", "10")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*")} == before
    assert capsys.readouterr().out.count("20 steps in") == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", "1"), "--seed 0, not 1"),
        (("--hidden", "7,6"), "--hidden 2,5,2, not 2,7,6,2"),
        (("--optimizer", "sgd"), "--optimizer adam, not sgd"),
        (("--learning-rate", "0.5"), "--learning-rate 0.001, not 0.5"),
        (("--data", "moons"), "--data xor, not moons"),
        (("--precision", "float32"), "--precision float16, not float32"),
        (("--snapshots", "9"), "--snapshots 200, not 9"),
        (("--epochs", "3"), "not allowed with argument"),
        (("--steps", "0"), "must lie between"),
    ],
)
def test_a_run_of_another_training_is_refused(capsys, tmp_path, options, said):
    train(tmp_path / "r", "--steps", "5")
    capsys.readouterr()
    assert said in refused(capsys, 2, tmp_path / "r", *TINY, "--steps", "9", *options)
    assert Run.open(tmp_path / "r").steps[-1] == 5


def test_other_data_of_the_same_name_is_refused(capsys, tmp_path, monkeypatch):
    train(tmp_path / "r", "--steps", "2")
    capsys.readouterr()
    load = recipe.load_data

    def load_others(*arguments: Any) -> Dataset:
        data = load(*arguments)
        return dataclasses.replace(data, x_train=data.x_train + 1)

    monkeypatch.setattr(recipe, "load_data", load_others)
    said = refused(capsys, 2, tmp_path / "r", *TINY, "--steps", "2")
    assert "was trained with other data" in said


def test_a_run_names_its_data_and_not_where_it_lies(tmp_path):
    np.savez(tmp_path / "mine.npz", x=np.random.default_rng(0).random((40, 3)), y=np.arange(40) % 2)
    about = describe(Task.of(TrainOptions(data=str(tmp_path / "mine.npz")), None), seed=0)
    assert about.data == "mine"
    assert str(tmp_path) not in json.dumps(dataclasses.asdict(about))


def test_what_cannot_be_trained_into_is_told(capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "zarr.json").write_text("{}")
    for name, said in (("file", "File exists"), ("full", "thesis"), ("strange", "no run")):
        assert said in refused(capsys, 1, tmp_path / name, *TINY, "--steps", "2")
    with RunWriter(tmp_path / "busy", About((2, 5, 2))):
        assert "not written by neuronaut train" in refused(
            capsys, 2, tmp_path / "busy", *TINY, "--steps", "2"
        )
    train(tmp_path / "r", "--steps", "2")
    capsys.readouterr()
    with RunWriter(tmp_path / "r", Run.open(tmp_path / "r").about, resume_at=2):
        busy = refused(capsys, 1, tmp_path / "r", *TINY, "--steps", "4")
    assert "is being written by another training" in busy
    content = (tmp_path / "r" / "checkpoint.npz").read_bytes()
    (tmp_path / "r" / "checkpoint.npz").write_bytes(content[:-100])
    assert "checkpoint.npz is damaged" in refused(capsys, 1, tmp_path / "r", *TINY, "--steps", "4")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB, for whoever may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_the_run_stays(capsys, small_disk):
    path = small_disk / "r"
    train(path, "--steps", "3")
    capsys.readouterr()
    loss = Run.open(path).metrics["loss"].value
    (small_disk / "film").write_bytes(b"x" * (2**21 - used_bytes(small_disk) - 40_000))
    said = refused(capsys, 1, path, *TINY, "--steps", "30000", "--snapshots", "200")
    assert said.startswith(f"neuronaut: {path} cannot be written: No space left on device; ")
    run = Run.open(path)
    assert run.problems == ()
    np.testing.assert_array_equal(run.metrics["loss"].value[:3], loss)
    assert not list(path.rglob("*.new"))
    (small_disk / "film").unlink()
    train(path, "--steps", "50")
    assert Run.open(path).steps[-1] == 50


def used_bytes(disk: Path) -> int:
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def test_without_a_checkpoint_it_begins_anew(tmp_path):
    train(tmp_path / "whole", "--steps", "12")
    train(tmp_path / "r", "--steps", "7")
    (tmp_path / "r" / "checkpoint.npz").unlink()
    train(tmp_path / "r", "--steps", "12")
    assert_same_end_of_training(tmp_path / "r", tmp_path / "whole")
    assert len(Run.open(tmp_path / "r").metrics["loss"].step) == 12


def test_divergence_is_told_and_kept(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "_CHECKPOINT_SECS", 0.0)
    wild = ("--optimizer", "sgd", "--learning-rate", "1e20", "--loss", "squared-error")
    said = refused(capsys, 1, tmp_path / "r", *TINY, *wild, "--steps", "200")
    assert "training diverged before step" in said
    assert "try a learning rate" in said
    run = Run.open(tmp_path / "r")
    assert not np.isfinite(run.metrics["loss"].value[-1])
    assert all(np.isfinite(array).all() for array in run.checkpoint().values())
