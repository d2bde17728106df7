"""A run on disk: what is written is read, at any moment, after any kill, in spite of damage."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import run_codec, run_store
from neuronaut.core.runs import About, Run, RunError, RunWriter, Snapshots
from toy_runs import ABOUT, EVERY, SIZES, assert_same, joined, params, until, write


def test_what_is_logged_is_read(tmp_path):
    x, y = np.random.default_rng(0).random((6, 5)), np.arange(6) % 3
    with RunWriter(tmp_path / "r", ABOUT, probe=(x, y), snapshots=EVERY) as writer:
        for step in range(25):
            measures: dict[str, Any] = {"accuracy": step / 25} if step % 10 == 0 else {}
            writer.log(step, params(step), loss=jnp.float32(step), **measures)
        writer.log_steps(np.arange(25, 30), loss=np.arange(25, 30))
        writer.camera({"format": "neuronaut-camera", "keys": []})
    run = Run.open(tmp_path / "r")
    assert run.about == ABOUT
    assert run.sizes == SIZES
    assert (run.network.activation, run.network.loss) == ("tanh", "cross-entropy")
    np.testing.assert_array_equal(run.steps, np.arange(25))
    for index in (24, 3, 4, 5, 13, 0, 19, 20):
        assert_same(run.params_at(index), params(index))
    np.testing.assert_array_equal(run.metrics["loss"].step, np.arange(30))
    np.testing.assert_array_equal(run.metrics["loss"].value, np.arange(30))
    np.testing.assert_array_equal(run.metrics["accuracy"].step, [0, 10, 20])
    assert run.probe is not None
    np.testing.assert_array_equal(run.probe.x, x.astype("f4"))
    np.testing.assert_array_equal(run.probe.y, y)
    assert run.camera == {"format": "neuronaut-camera", "keys": []}
    assert (run.problems, run.is_growing, run.checkpoint()) == ((), False, {})
    assert (run.index_at(-1), run.index_at(7), run.index_at(99)) == (0, 7, 24)


def test_half_precision_rounds_as_it_says(tmp_path):
    rng = np.random.default_rng(1)
    weight = (rng.normal(size=(50, 40)) * 10.0 ** rng.integers(-9, 4, (50, 40))).astype("f4")
    strange = np.asarray([np.nan, np.inf, -np.inf, 7e4, -1e30, 65504, 0, -0.0, 1e-9, 3e-8])
    bias = np.resize(strange, 40).astype("f4")
    with RunWriter(tmp_path / "r", snapshots=Snapshots(every=1)) as writer:
        for step in range(12):
            writer.log(step, [(weight * (1 + step / 100), bias)])
    run = Run.open(tmp_path / "r")
    for step in (0, 1, 9, 11):
        found, exact = np.asarray(run.params_at(step)[0].weight), weight * (1 + step / 100)
        assert (np.abs(found - exact) <= np.maximum(np.abs(exact) * 2.0**-11, 2.0**-25)).all()
    kept = np.resize(np.clip(strange, -65504, 65504), 40)
    np.testing.assert_allclose(run.params_at(11)[0].bias, kept, rtol=2**-11, atol=2**-25)


@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_codes_are_in_the_order_of_the_floats_and_come_back(kind):
    bits = np.random.default_rng(0).integers(0, 2 ** (8 * int(kind[1])), 5000)
    floats = bits.astype(f"u{kind[1]}").view(kind)
    codes = run_codec.ordered(floats)
    np.testing.assert_array_equal(run_codec.values(codes), floats.astype("f4"))
    real = np.isfinite(floats)
    order = np.argsort(floats[real], kind="stable")
    assert (np.diff(codes[real][order].astype("i8")) >= -1).all()  # -0.0 comes before 0.0
    for before in (None, np.roll(codes, 1)):
        stored = run_codec.encode(codes, before)
        np.testing.assert_array_equal(run_codec.decode(stored, before), codes)


def test_small_changes_become_small_numbers():
    now, before = np.asarray([5, -3, 7], "i2"), np.asarray([4, -1, 7], "i2")
    np.testing.assert_array_equal(run_codec.encode(now, before), [2, 3, 0])


def test_any_reader_of_zarr_opens_it(tmp_path):
    zarr = pytest.importorskip("zarr")
    positions = np.arange(36, dtype="f4").reshape(12, 3)
    with RunWriter(tmp_path / "r", ABOUT, snapshots=EVERY) as writer:
        for step in range(3):
            kept = positions if step == 1 else None
            writer.log(step, params(step), loss=step, positions=kept)
    root = zarr.open_group(tmp_path / "r", mode="r")
    assert root.attrs["neuronaut_run"]["version"] == 1
    np.testing.assert_array_equal(root["snapshots/step"][:], [0, 1, 2])
    np.testing.assert_array_equal(root["metrics/loss"][:], [[0, 0], [1, 1], [2, 2]])
    np.testing.assert_array_equal(root["snapshots/positions"][:], [0 * positions, positions])
    codes = run_codec.ordered(joined(0))
    np.testing.assert_array_equal(root["snapshots/params"][0, :-2], codes.view("u4"))
    run = Run.open(tmp_path / "r")
    np.testing.assert_array_equal(run.positions_at(1), positions)
    assert run.positions_at(0) is run.positions_at(2) is None


def test_snapshots_are_dense_early_and_sparser_later():
    plan = Snapshots(total=2340, count=200)
    steps = [0]
    while steps[-1] < 2340:
        steps.append(plan.next_after(steps[-1]))
    assert steps[-1] == 2340
    assert 180 <= len(steps) <= 201
    gaps = np.diff(steps)
    assert (gaps[:6] == 1).all()
    assert gaps[-1] > 20
    assert plan.next_after(-1) == 0
    assert plan.next_after(2340) < 2400
    assert Snapshots(every=10).next_after(10) == 20
    with pytest.raises(ValueError, match="count must be a whole number of at least 1, got 0"):
        Snapshots(count=0)
    with pytest.raises(ValueError, match="precision must be one of float16, float32"):
        Snapshots("int8")


def test_snapshots_are_taken_when_due_or_asked_for(tmp_path):
    with RunWriter(tmp_path / "r", snapshots=Snapshots(every=10)) as writer:
        for step in range(1, 25):
            asked = {3: True, 11: False}.get(step)
            writer.log(step, params(step), snapshot=asked, loss=0.0)
        writer.log(24, params(24), snapshot=True)
        writer.log(24, params(24), snapshot=True)
    run = Run.open(tmp_path / "r")
    np.testing.assert_array_equal(run.steps, [1, 3, 10, 20, 24])
    assert len(run.metrics["loss"].step) == 24


def test_sizes_come_from_the_first_weights(tmp_path):
    with RunWriter(tmp_path / "r", snapshots=EVERY) as writer:
        writer.log(0, loss=1.0)
        until(lambda: "loss" in Run.open(tmp_path / "r").metrics)
        run = Run.open(tmp_path / "r")
        with pytest.raises(RunError, match="holds no weights yet"):
            _ = run.sizes
        writer.log(1, params(1))
        until(run.refresh)
    assert run.sizes == SIZES
    assert_same(run.params_at(0), params(1))


def test_a_run_is_read_while_it_grows(tmp_path):
    with RunWriter(tmp_path / "r", ABOUT, snapshots=EVERY) as writer:
        run = Run.open(tmp_path / "r")
        for step in range(15):
            writer.log(step, params(step), loss=step)
            until(run.refresh)
            assert run.is_growing
            assert_same(run.params_at(step), params(step))
        until(lambda: not run.refresh() and rows_of(run) == 15)
    run.refresh()
    assert not run.is_growing


def test_many_rows_of_a_metric_are_read_as_they_come(tmp_path):
    with RunWriter(tmp_path / "r", ABOUT) as writer:
        run = Run.open(tmp_path / "r")
        for part in range(5):
            steps = np.arange(part * 2500, (part + 1) * 2500)
            writer.log_steps(steps, loss=steps / 2)
            until(lambda rows=steps[-1] + 1: run.refresh() or rows_of(run) == rows)
    np.testing.assert_array_equal(run.metrics["loss"].value, np.arange(12500) / 2)


def rows_of(run: Run) -> int:
    return len(run.metrics["loss"].step) if "loss" in run.metrics else 0


def test_arrays_may_be_changed_as_soon_as_they_are_logged(tmp_path):
    weight, bias = np.ones((5, 3), "f4"), np.zeros(3, "f4")
    with RunWriter(tmp_path / "r", snapshots=EVERY) as writer:
        for step in range(30):
            weight[:] = bias[:] = step
            writer.log(step, [(weight, bias)], loss=bias[0])
    run = Run.open(tmp_path / "r")
    for step in range(30):
        assert (np.asarray(run.params_at(step)[0].weight) == step).all()
    np.testing.assert_array_equal(run.metrics["loss"].value, np.arange(30))


def test_two_writers_are_refused(tmp_path):
    with RunWriter(tmp_path / "r", ABOUT):
        for resume_at in (None, 0):
            with pytest.raises(RunError, match="is being written by another training"):
                RunWriter(tmp_path / "r", ABOUT, resume_at=resume_at)
    with pytest.raises(RunError, match="already holds a run; choose another name"):
        RunWriter(tmp_path / "r", ABOUT)
    RunWriter(tmp_path / "r", ABOUT, resume_at=0).close()


def test_a_resumed_run_drops_what_came_after_and_goes_on(tmp_path):
    path = write(tmp_path / "r", 23)
    follower = Run.open(path)
    follower.vector_at(22)
    with RunWriter(path, ABOUT, snapshots=EVERY, resume_at=12) as writer:
        assert writer.last_snapshot == 12
        for step in range(13, 18):
            writer.log(step, params(step + 100), loss=-step)
    follower.refresh()
    for run in (Run.open(path), follower):
        np.testing.assert_array_equal(run.steps, np.arange(18))
        loss = run.metrics["loss"]
        np.testing.assert_array_equal(loss.step, np.arange(18))
        np.testing.assert_array_equal(loss.value[13:], -np.arange(13, 18))
        for step in range(18):
            assert_same(run.params_at(step), params(step + 100 * (step > 12)))
    with RunWriter(path, ABOUT, snapshots=EVERY, resume_at=-1) as writer:
        writer.log(0, params(5))
    np.testing.assert_array_equal(Run.open(path).steps, [0])
    assert Run.open(path).metrics["loss"].step.size == 0


def test_a_follower_that_looks_in_the_middle_of_a_change_looks_again(tmp_path, monkeypatch):
    path = write(tmp_path / "r", 23)
    follower, opened = Run.open(path), run_store.SnapshotWriter

    def look_first(*arguments: Any) -> run_store.SnapshotWriter:
        follower.refresh()
        return opened(*arguments)

    monkeypatch.setattr(run_store, "SnapshotWriter", look_first)
    with RunWriter(path, ABOUT, snapshots=EVERY, resume_at=12) as writer:
        for step in range(30, 50):
            writer.log(step, params(step))
    follower.refresh()
    np.testing.assert_array_equal(follower.steps, [*range(13), *range(30, 50)])
    assert_same(follower.params_at(14), params(31))


@pytest.mark.parametrize(
    ("about", "snapshots", "said"),
    [
        (About(SIZES, "relu", data="toy", seed=7), EVERY, "activation 'tanh', not 'relu'"),
        (About(SIZES, "tanh", data="toy", seed=8), EVERY, "seed 7, not 8"),
        (About((5, 3), "tanh", data="toy", seed=7), EVERY, r"\(5, 4, 3\), not of \(5, 3\)"),
        (ABOUT, Snapshots(), "in float32, not float16"),
    ],
)
def test_a_run_is_not_resumed_as_another(tmp_path, about, snapshots, said):
    path = write(tmp_path / "r", 3)
    with pytest.raises(RunError, match=said):
        RunWriter(path, about, snapshots=snapshots, resume_at=1)
    assert len(Run.open(path).steps) == 3


def test_misuse_is_told(tmp_path):
    with RunWriter(tmp_path / "r", ABOUT, snapshots=EVERY) as writer:
        for metrics, said in (
            ({"a/b": 1}, "a metric's name"),
            ({"..": 1}, "a metric's name"),
            ({"loss": "low"}, "loss must be a number"),
            ({"loss": np.zeros(2)}, "loss must be a number"),
        ):
            with pytest.raises(ValueError, match=said):
                writer.log(1, None, **metrics)  # pyright: ignore[reportArgumentType]
        with pytest.raises(ValueError, match="step must be at least 0"):
            writer.log(-1, loss=1.0)
        with pytest.raises(ValueError, match=r"positions must be \[12, 3\], got \[3\]"):
            writer.log(1, params(1), positions=np.zeros(3))
        with pytest.raises(ValueError, match="loss must hold 2 numbers"):
            writer.log_steps(np.arange(2), loss=np.zeros(3))
        writer.log(5, params(5))
        with pytest.raises(RunError, match="holds step 5 already; step 4 comes too late"):
            writer.log(4, params(4), snapshot=True)
    with pytest.raises(ValueError, match=r"probe must be samples \[P, 5\] and labels \[P\]"):
        RunWriter(tmp_path / "s", ABOUT, probe=(np.zeros((2, 4)), np.zeros(2)))
    with pytest.raises(ValueError, match="config must be plain JSON"):
        About(config={"path": Path()})
    np.testing.assert_array_equal(Run.open(tmp_path / "r").steps, [5])


def test_a_run_says_nothing_of_the_machine_or_its_user(tmp_path):
    path = write(tmp_path / "r", 1)
    head = json.loads((path / "zarr.json").read_text())["attributes"]["neuronaut_run"]
    assert set(head["provenance"]) >= {"created", "python", "neuronaut", "jax", "numpy"}
    text = json.dumps(head)
    for private in (
        str(tmp_path),
        str(Path.home()),
        os.environ.get("USER", "\0"),
        os.uname().nodename,
    ):
        assert private not in text
