"""What tests of the export share: a small run."""

from __future__ import annotations

from pathlib import Path

import pytest
from exported import STEPS, weights_at
from neuronaut.core.runs import About, RunWriter, Snapshots


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "digits.run"
    names = tuple("0123456789")
    about = About(data="digits", class_names=names, input_shape=(8, 8))
    with RunWriter(path, about, snapshots=Snapshots("float32", every=1)) as writer:
        for step in STEPS:
            writer.log(step, weights_at(step), loss=1.0)
    return path
