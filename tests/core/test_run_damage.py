"""Damaged, foreign and newer runs: one sentence, and whatever is intact still opens."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.core.run_format import STEPS as STEPS_LAYOUT
from neuronaut.core.runs import About, Run, RunError, RunWriter, Snapshots
from neuronaut.core.zarr_rows import write_chunk

SIZES = (6, 4, 3)
STEPS = 23


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with everything in it."""
    path = tmp_path_factory.mktemp("runs") / "good"
    probe = np.ones((5, 6)), np.zeros(5)
    snapshots = Snapshots("float32", every=1)
    with RunWriter(path, About(SIZES, seed=1), probe=probe, snapshots=snapshots) as writer:
        for step in range(STEPS):
            layers = [
                (np.full((i, o), step, "f4"), np.full(o, step, "f4")) for i, o in ((6, 4), (4, 3))
            ]
            writer.log(step, layers, loss=step, accuracy=step, positions=np.full((13, 3), step))
        writer.camera({"keys": [1]})
        writer.checkpoint({"step": np.asarray(STEPS)})
    return path


@pytest.fixture
def run(good: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return shutil.copytree(good, tmp_path / "run")


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def head(content: dict[str, Any]) -> dict[str, Any]:
    return content["attributes"]["neuronaut_run"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def one_sentence(error: BaseException | str) -> str:
    said = str(error)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def intact(path: Path) -> list[int]:
    """Return the snapshots that can be read, each of which must be right."""
    found, opened = [], Run.open(path)
    for index in range(len(opened.steps)):
        try:
            vector = opened.vector_at(index)
        except RunError as error:
            one_sentence(error)
        else:
            assert (vector == index).all()
            found.append(index)
    return found


def test_a_good_run_is_whole(run):
    assert intact(run) == list(range(STEPS))
    assert Run.open(run).problems == ()


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_damaged_snapshot_takes_only_those_that_are_told_by_it(run, damage):
    damage(run / "snapshots" / "params" / "c.13.0")
    assert intact(run) == [*range(13), *range(20, 23)]
    damage(run / "snapshots" / "params" / "c.0.0")
    assert intact(run) == [*range(10, 13), *range(20, 23)]


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink])
def test_where_steps_are_lost_the_weights_are_not(run, damage):
    damage(run / "snapshots" / "step" / "c.0")
    assert intact(run) == list(range(STEPS))
    (problem,) = Run.open(run).problems
    assert "step/c.0" in one_sentence(problem)


def test_steps_that_do_not_increase_are_not_believed(run):
    write_chunk(run / "snapshots" / "step" / "c.0", STEPS_LAYOUT, np.asarray([0, 2, 1, 4]))
    opened = Run.open(run)
    assert "do not increase" in one_sentence(opened.problems[0])
    np.testing.assert_array_equal(opened.steps, np.arange(STEPS))
    assert intact(run) == list(range(STEPS))


def test_where_all_steps_are_lost_snapshots_are_numbered(run):
    (run / "snapshots" / "step" / "zarr.json").unlink()
    cut(run / "snapshots" / "params" / "c.4.0")
    opened = Run.open(run)
    assert len(opened.problems) == 2
    np.testing.assert_array_equal(opened.steps, np.arange(STEPS))
    assert intact(run) == [*range(4), *range(10, STEPS)]


@pytest.mark.parametrize("name", ["loss/c.0.0", "loss/zarr.json"])
@pytest.mark.parametrize("damage", [cut, Path.unlink])
def test_a_damaged_metric_takes_no_other(run, name, damage):
    damage(run / "metrics" / name)
    opened = Run.open(run)
    assert list(opened.metrics) == ["accuracy"]
    assert len(opened.metrics["accuracy"].step) == STEPS
    assert intact(run) == list(range(STEPS))
    assert name in one_sentence(opened.problems[0])


@pytest.mark.parametrize(
    "name", ["probe/x/c.0.0", "probe/y/zarr.json", "camera.json", "snapshots/params/zarr.json"]
)
@pytest.mark.parametrize("damage", [cut, lambda path: path.write_bytes(b"{}")])
def test_what_else_is_damaged_is_told(run, name, damage):
    damage(run / name)
    opened = Run.open(run)
    if name != "camera.json" or damage is cut:  # {} is a camera path, if an empty one
        assert name.rsplit("/", 1)[0] in one_sentence(opened.problems[0])
    assert intact(run) == list(range(STEPS))


def test_damaged_positions_and_checkpoints_are_told_when_asked_for(run):
    cut(run / "snapshots" / "positions" / "c.3.0.0")
    cut(run / "checkpoint.npz")
    opened = Run.open(run)
    assert (opened.positions_at(2) == 2).all()
    for ask in (lambda: opened.positions_at(3), opened.checkpoint):
        with pytest.raises(RunError, match="damaged") as raised:
            ask()
        one_sentence(raised.value)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: head(c).update(version=2), "written by a newer Neuronaut: its format is 2"),
        (lambda c: head(c).update(version="1"), "its version is '1'"),
        (lambda c: head(c).pop("about"), "about"),
        (lambda c: head(c)["about"].update(sizes=[6, "4", 3]), "sizes is"),
        (lambda c: head(c)["about"].update(sizes=[6]), "needs an input and an output"),
        (lambda c: head(c)["about"].update(sizes=[10**9, 10**9]), "2 GB"),
        (lambda c: head(c)["about"].update(activation="softplus"), "activation must be one of"),
        (lambda c: head(c)["about"].update(shoe=43), "shoe"),
        (lambda c: head(c)["snapshots"].update(total=0), "total must be"),
        (lambda c: head(c)["snapshots"].update(precision=["float16"]), "precision is"),
        (lambda c: head(c)["about"].update(sizes=[6, 0, 3]), "sizes must be integers"),
        (lambda c: head(c).update(snapshots=[]), "snapshots is"),
        (lambda c: c.update(attributes={}), "no run of Neuronaut's"),
        (lambda c: c.clear(), "no run of Neuronaut's"),
    ],
)
def test_a_head_that_does_not_hold_is_told(run, edit, said):
    change(run / "zarr.json", edit)
    with pytest.raises(RunError, match=said) as raised:
        Run.open(run)
    assert str(run) in one_sentence(raised.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"nul"])
def test_a_head_that_is_no_json_is_told(run, content):
    (run / "zarr.json").write_bytes(content)
    with pytest.raises(RunError, match="damaged") as raised:
        Run.open(run)
    one_sentence(raised.value)


def test_what_is_no_run_is_told(tmp_path):
    (tmp_path / "file.run").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "zarr.json")
    for name, said in (
        ("none", "there is no run"),
        ("file.run", "there is no run"),
        ("empty", "is no run: it has no zarr.json"),
        ("pipe", "zarr.json is missing"),
    ):
        with pytest.raises(RunError, match=said) as raised:
            Run.open(tmp_path / name)
        one_sentence(raised.value)


def test_arrays_that_claim_to_be_huge_cost_nothing(run):
    for name in ("snapshots/step", "snapshots/params", "metrics/loss", "probe/x"):
        change(run / name / "zarr.json", lambda c: c["shape"].__setitem__(0, 10**15))
    opened = Run.open(run)
    assert len(opened.problems) == 3
    assert len(opened.steps) <= 2**20


def test_names_in_a_run_lead_nowhere_else(run):
    (run / "metrics" / "..evil").mkdir()
    outside = run.parent / "outside"
    shutil.copytree(run / "metrics" / "loss", outside)
    (run / "metrics" / "a metric").symlink_to(outside)
    assert sorted(Run.open(run).metrics) == ["accuracy", "loss"]


def test_random_damage_is_never_more_than_a_sentence(good, tmp_path):
    rng = np.random.default_rng(0)
    files = sorted(path.relative_to(good) for path in good.rglob("*") if path.is_file())
    path = tmp_path / "run"
    for _ in range(25):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(good, path)
        for name in rng.choice(np.asarray(files, object), 2, replace=False):
            damage_somehow(path / name, rng)
        use_all(path)


def damage_somehow(path: Path, rng: np.random.Generator) -> None:
    content = path.read_bytes() if path.is_file() else b""
    at = int(rng.integers(0, len(content) + 1))
    match rng.integers(0, 6):
        case 0:
            path.write_bytes(content[:at])
        case 1:
            path.write_bytes(content[:at] + rng.bytes(3) + content[at + 3 :])
        case 2:
            path.unlink(missing_ok=True)
        case 3:
            path.unlink(missing_ok=True)
            path.mkdir(exist_ok=True)
        case 4:
            digits = [k for k, byte in enumerate(content) if chr(byte).isdigit()]
            at = int(rng.choice(digits)) if digits else 0
            path.write_bytes(content[:at] + b"%d" % rng.integers(0, 999) + content[at + 1 :])
        case 5:
            path.write_bytes(rng.bytes(100))


def use_all(path: Path) -> None:
    try:
        opened = Run.open(path)
        for problem in opened.problems:
            one_sentence(problem)
    except RunError as error:
        one_sentence(error)
        return
    for ask in (
        *(lambda k=k: opened.params_at(k) for k in range(min(len(opened.steps), STEPS))),
        *(lambda k=k: opened.positions_at(k) for k in range(min(len(opened.steps), STEPS))),
        opened.checkpoint,
        lambda: RunWriter(path, About(SIZES, seed=1), resume_at=3).close(),
    ):
        try:
            ask()
        except RunError as error:
            one_sentence(error)
