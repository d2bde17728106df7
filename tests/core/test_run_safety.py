"""Kills, full disks and other writers' places: what was written stays, and can be gone on with."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from neuronaut.core import run_store, zarr_rows
from neuronaut.core.background import Background
from neuronaut.core.run_format import Header
from neuronaut.core.runs import Run, RunError, RunWriter, Snapshots
from toy_runs import ABOUT, EVERY, SIZES, assert_same, joined, params, until, write


class Killed(BaseException):
    """Stands for a kill: nothing after it is done."""


def test_a_kill_between_any_two_files_leaves_a_run_that_opens_and_goes_on(tmp_path, monkeypatch):
    """Stop before every single file that is put in its place, and look at what is there."""
    put, left = zarr_rows.replace, [0]

    def put_until_killed(path: Path, content: bytes) -> None:
        if not left[0]:
            path.with_name(f".{path.name}.new").write_bytes(content[: len(content) // 2])
            raise Killed
        left[0] -= 1
        put(path, content)

    def killed_after(files: int, path: Path) -> bool:
        left[0] = files
        with monkeypatch.context() as patch:
            patch.setattr(zarr_rows, "replace", put_until_killed)
            try:
                log_to_store(path)
            except Killed:
                return True
            return False

    files = 0
    while killed_after(files, tmp_path / str(files)):
        path = tmp_path / str(files)
        assert_prefix(path)
        files += 1
    assert files > 30


def log_to_store(path: Path) -> None:
    store = None
    try:
        store = run_store.RunStore(path, Header(ABOUT, EVERY, {}))
        for step in range(11):
            store.add_metric("loss", np.asarray([[step, step / 2]]))
            store.add_snapshot(step, SIZES, joined(step), None)
            if step % 4 == 3:
                store.commit()
    finally:
        if store is not None:
            store.close()


def assert_prefix(path: Path) -> None:
    """What a killed writer leaves holds what was written before, and can be gone on with."""
    try:
        run = Run.open(path)
    except RunError:
        RunWriter(path, ABOUT, snapshots=EVERY).close()
        return
    np.testing.assert_array_equal(run.steps, np.arange(len(run.steps)))
    assert run.problems == ()
    for index in range(len(run.steps)):
        assert_same(run.params_at(index), params(index))
    last = len(run.steps) - 1
    store = run_store.RunStore(path, Header(ABOUT, EVERY, {}), last)
    store.add_snapshot(last + 1, SIZES, joined(last + 1), None)
    store.close()
    run.refresh()
    assert_same(run.params_at(last + 1), params(last + 1))


FOREIGN_LOOP = """
import sys
import numpy as np
from neuronaut.core.runs import RunWriter, Snapshots

rng = np.random.default_rng(0)
weights = [rng.normal(size=(200, 100)), rng.normal(size=(100, 10))]
with RunWriter(sys.argv[1], snapshots=Snapshots("float32", every=1)) as run:
    for step in range(100_000):
        run.log(step, [(weight, weight[0] * 0 + step) for weight in weights], loss=step)
        if step == 5:
            print("going", flush=True)
"""


def test_a_killed_loop_leaves_a_run_that_opens(tmp_path):
    command = [sys.executable, "-c", FOREIGN_LOOP, str(tmp_path / "r")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as loop:
        assert loop.stdout is not None
        assert loop.stdout.readline() == "going\n"
        until(lambda: len(Run.open(tmp_path / "r").steps) > 5)
        with pytest.raises(RunError, match="being written"):
            RunWriter(tmp_path / "r", resume_at=0)
        time.sleep(0.2)
        loop.kill()
    run = Run.open(tmp_path / "r")
    assert not run.is_growing
    assert run.problems == ()
    np.testing.assert_array_equal(run.steps, np.arange(len(run.steps)))
    for index in range(len(run.steps)):
        assert (run.vector_at(index)[-110:] == index).all()
    loss = run.metrics["loss"]
    np.testing.assert_array_equal(loss.step, np.arange(len(loss.step)))
    RunWriter(tmp_path / "r", snapshots=Snapshots("float32"), resume_at=3).close()


def test_a_checkpoint_is_never_ahead_of_the_metrics(tmp_path, monkeypatch):
    seen = []

    def look(folder: Path, arrays: dict[str, np.ndarray]) -> None:
        run = Run.open(folder)
        seen.append((int(arrays["step"]), len(run.metrics["loss"].step), run.steps[-1]))

    monkeypatch.setattr(run_store, "write_checkpoint", look)
    with RunWriter(tmp_path / "r", ABOUT, snapshots=EVERY) as writer:
        for step in range(1, 9):
            writer.log(step, params(step), loss=step)
            writer.checkpoint({"step": np.asarray(step)})
    assert [(step, snapshot) for step, _, snapshot in seen] == [(k, k) for k in range(1, 9)]
    assert all(metrics >= step for step, metrics, _ in seen)


def test_a_full_disk_is_told_and_leaves_what_was_written(tmp_path):
    writer = RunWriter(tmp_path / "r", snapshots=Snapshots("float32", every=1))
    sizes = (100, 100)
    writer.log(0, params(0, sizes), loss=0.0)
    until(lambda: len(Run.open(tmp_path / "r").steps) == 1)
    with limited_files(20_000), pytest.raises(RunError) as raised:
        for step in range(1, 1000):
            writer.log(step, params(step, sizes), loss=step)
            time.sleep(0.002)
    with pytest.raises(RunError) as left:
        writer.close()
    for error in (raised, left):
        said = str(error.value)
        assert said.startswith(f"{tmp_path / 'r'} cannot be written: File too large;")
        assert "\n" not in said
    run = Run.open(tmp_path / "r")
    assert run.problems == ()
    assert_same(run.params_at(0), params(0, sizes))
    assert list((tmp_path / "r" / "snapshots" / "params").glob(".*")) == []


class limited_files:
    """Let no file become larger than so many bytes; Python turns the signal into an OSError."""

    def __init__(self, most: int):
        self.most = most

    def __enter__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.most, self.before[1]))

    def __exit__(self, *_error: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


def test_places_that_cannot_hold_a_run(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    for name, said in (("file", "File exists"), ("file/r", "Not a directory"), ("full", "thesis")):
        with pytest.raises(RunError, match=said):
            RunWriter(tmp_path / name, ABOUT)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]
    with pytest.raises(RunError, match="there is no run"):
        RunWriter(tmp_path / "none", ABOUT, resume_at=0)
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission(tmp_path):
    path = write(tmp_path / "r", 2)
    (path / "zarr.json").chmod(0)
    with pytest.raises(RunError, match="Permission denied"):
        Run.open(path)
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(RunError, match="Permission denied"):
        RunWriter(tmp_path / "locked" / "r", ABOUT)


def test_an_error_of_the_loop_is_not_hidden_by_one_of_the_disk(tmp_path):
    writer = RunWriter(tmp_path / "r", snapshots=EVERY)
    with limited_files(50), pytest.raises(ZeroDivisionError), writer:
        writer.log(0, params(0))
        raise ZeroDivisionError


def test_who_brings_more_than_there_is_room_for_waits():
    go_on, done = threading.Event(), []
    background = Background(lambda: None, 0.05, limit=10)
    background.put(lambda: done.append(go_on.wait(20)), 8)
    background.put(lambda: done.append(2), 2)
    late = threading.Thread(target=lambda: background.put(lambda: done.append(3), 1))
    late.start()
    late.join(0.1)
    assert late.is_alive()
    go_on.set()
    late.join(20)
    background.close()
    assert done == [True, 2, 3]


def test_after_an_error_nothing_is_done_and_nobody_waits():
    done = []
    background = Background(lambda: done.append("regular"), 0.01, limit=10)
    background.put(lambda: done.append(1 / 0), 10)
    for _ in range(5):
        background.put(lambda: done.append("job"), 10)
    background.close()
    assert isinstance(background.error, ZeroDivisionError)
    assert "job" not in done
