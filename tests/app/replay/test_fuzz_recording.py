"""Stored trainings whose heads say strange things; see `fuzzing` and `core/test_run_mutations`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzzing import NUMBERS, SHARE, VALUES, Reader, changed, corpus, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.replay.recording import Recording
from neuronaut.core.runs import Run, RunError
from stored import write_run


class Told(Exception):
    """Stands for the errors of which each has a message for a person."""


def play(path: Path) -> None:
    """Open a run whose head is this file, and ask a recording of it all that a window asks."""
    run = path.parent / "run"
    if path.parent != run:
        shutil.copyfile(path, run / "zarr.json")
    try:
        recording = Recording(Run.open(run))
    except (RunError, UserError) as error:
        # Not from it: the head is checked by classes whose types beartype checks in tests.
        raise Told(f"{path.name}: {error}".replace(str(run), "")) from None
    recording.seek(0.5)
    assert np.isfinite(recording.trainer.measure().test_loss)
    recording.jumps()
    recording.curve(3)
    recording.epoch_at(7)
    recording.trainer.signals()
    assert recording.trainer.shown_name().encode() is not None


HEAD = Reader(play, Told, ".json")


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The head of a run that lies in pytest's folder."""
    run = tmp_path_factory.getbasetemp() / "run"
    write_run(run, 2, TrainOptions("moons", hidden=(3,)))
    content = json.loads((run / "zarr.json").read_text())
    about = content["attributes"]["neuronaut_run"]["about"]
    about["config"] |= {"learning_rate": 0.01, "l1": 0.0, "l2": 0.0, "optimizer": "adam"}
    return content


@corpus("heads")
def test_what_once_broke_a_recording(found: Path, head, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / found.name
    shutil.copyfile(found, path)
    HEAD.try_file(path)


@fuzzed(60)
@given(SHARE, VALUES | NUMBERS | st.just("leave out") | st.lists(st.integers(-1, 4)), st.booleans())
def test_any_value_in_the_head_of_a_run(head, tmp_path_factory, at: float, put, of_config) -> None:
    content = json.loads(json.dumps(head))
    about = content["attributes"]["neuronaut_run"]["about"]
    changed(about["config"] if of_config else content, at, put)
    HEAD.try_bytes(json.dumps(content).encode(), tmp_path_factory.getbasetemp())
