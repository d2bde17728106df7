"""Before a window opens on runs: weights are waited for, and two must have the same inputs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from neuronaut.app.options import ReplayOptions, TrainOptions, UserError, ViewOptions, WindowOptions
from neuronaut.app.window import replays
from neuronaut.core.runs import About, RunWriter
from stored import write_run

WEIGHTS = [(np.ones((2, 3), "f4"), np.zeros(3, "f4"))]


def test_a_run_without_weights_is_waited_for_and_that_is_said_once(tmp_path, monkeypatch):
    path, told, waits = tmp_path / "a.run", [], []
    with RunWriter(path, About(sizes=(2, 3))) as run:

        def sleep(secs: float) -> None:
            waits.append(secs)
            if len(waits) == 2:
                run.log(0, WEIGHTS)
                run.close()

        monkeypatch.setattr(replays, "time", SimpleNamespace(sleep=sleep))
        replays.wait_for_weights(path, told.append)
    assert len(waits) >= 2
    assert told == [f"{path} holds no weights yet; waiting for them. Ctrl-C stops."]


def test_two_runs_of_other_inputs_are_refused_before_a_window_opens(tmp_path):
    one, _ = write_run(tmp_path / "one.run", 1, TrainOptions(data="xor", hidden=()))
    two, _ = write_run(tmp_path / "two.run", 1, TrainOptions(data="digits", hidden=()))
    asked = ReplayOptions(one, beside=two)
    with pytest.raises(UserError, match="take the same inputs, not 2 and 64"):
        replays.replay(asked, WindowOptions(), ViewOptions(), print)
