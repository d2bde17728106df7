"""Any damage to a run: a sentence at most, no hang, no huge allocation; see `fuzzing`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c
import jax
import numpy as np
import pytest
from fuzzing import SHARE, bounded, fuzzed
from hypothesis import configuration, given
from hypothesis import strategies as st
from neuronaut.core import run_checkpoint, training
from neuronaut.core.network import NetworkConfig
from neuronaut.core.runs import About, Run, RunError, RunWriter, Snapshots

ABOUT = About((6, 4, 3), "tanh", data="toy", seed=1)
CONFIG = training.TrainingConfig(NetworkConfig(ABOUT.sizes, ABOUT.activation))
TRAIN_ROWS, STEPS = 20, 12

Mutation = Callable[[Path, list[str]], None]


@dataclass(frozen=True)
class Place:
    """One file of a run and a place in it, both as shares of what there is."""

    file: float
    at: float

    def path(self, run: Path, names: list[str]) -> Path:
        """Return the file."""
        return run / names[int(self.file * len(names))]

    def cut(self, content: bytes | bytearray) -> int:
        """Return the place."""
        return int(self.at * len(content))


PLACES = st.builds(Place, SHARE, SHARE)
NUMBERS = st.integers(-(2**70), 2**70) | st.sampled_from(
    [0, 1, -1, 10**15, 2**31, 2**31 - 1, 2**63]
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["c.0", "c.0.0", "c.3.0", "c.99.0", "c.-1.0", "c.x", "zarr.json", "lock", "camera.json",
     "checkpoint.npz", "metrics", "a metric", ".zarr.json.new", "loss"]
)  # fmt: skip


def _flip(place: Place, bit: int) -> Mutation:
    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, names)
        content = bytearray(path.read_bytes())
        if content:
            content[place.cut(content)] ^= 1 << bit
        path.write_bytes(content)

    return mutate


def _flip_sealed(place: Place, bit: int) -> Mutation:
    """Flip a bit of a chunk and seal it anew, so that only its content tells."""

    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, [name for name in names if "/c." in name] or names)
        content = bytearray(path.read_bytes()[:-4])
        if content:
            content[place.cut(content)] ^= 1 << bit
        path.write_bytes(content + google_crc32c.value(bytes(content)).to_bytes(4, "little"))

    return mutate


def _truncate(place: Place) -> Mutation:
    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, names)
        path.write_bytes(path.read_bytes()[: place.cut(path.read_bytes())])

    return mutate


def _move(place: Place, name: str, leave: bool) -> Mutation:
    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, names)
        target = path.with_name(name)
        if target != path and (target.is_file() or not os.path.lexists(target)):
            content = path.read_bytes()
            target.unlink(missing_ok=True)
            target.write_bytes(content)
            if not leave:
                path.unlink()

    return mutate


def _swap(one: Place, other: Place) -> Mutation:
    def mutate(run: Path, names: list[str]) -> None:
        first, second = one.path(run, names), other.path(run, names)
        content = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(content)

    return mutate


def _delete(place: Place, folder: bool) -> Mutation:
    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, names)
        if folder and path.parent != run:
            shutil.rmtree(path.parent)
        else:
            path.unlink()

    return mutate


def _become(place: Place, kind: str, name: str) -> Mutation:
    """Put something in the place of a file, a folder or a new name that is none, or another's."""

    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, names)
        if name:
            path = path.with_name(name)
            if os.path.lexists(path):
                return
        elif kind.startswith("folder ") and path.parent != run:
            path = path.parent
            shutil.rmtree(path)
        else:
            path.unlink()
        outside = run.parent / "outside"
        match kind.removeprefix("folder "):
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case "itself":
                path.symlink_to(path)
            case "zeros":
                path.symlink_to("/dev/zero")
            case "nothing":
                path.symlink_to(outside / "nothing")
            case "a file":
                path.symlink_to(outside / "c.5.0")
            case "elsewhere":
                path.symlink_to(outside)

    return mutate


def _edit(place: Place, value: object) -> Mutation:
    """Change one value somewhere in a JSON file, or leave it out."""

    def mutate(run: Path, names: list[str]) -> None:
        path = place.path(run, [name for name in names if name.endswith(".json")] or names)
        try:
            content = json.loads(path.read_bytes())
        except ValueError:
            return
        spots = list(_spots(content))
        if spots:
            holder, key = spots[int(place.at * len(spots))]
            if value == "leave out":
                del holder[key]
            else:
                holder[key] = value
        path.write_text(json.dumps(content))

    return mutate


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, part in (
        value.items() if isinstance(value, dict) else enumerate(value)
        if isinstance(value, list) else ()
    ):  # fmt: skip
        yield value, key
        yield from _spots(part)


KINDS = ["folder", "pipe", "itself", "zeros", "nothing", "a file", "elsewhere"]
MUTATIONS = st.one_of(
    st.builds(_flip, PLACES, st.integers(0, 7)),
    st.builds(_flip_sealed, PLACES, st.integers(0, 7)),
    st.builds(_truncate, PLACES),
    st.builds(_move, PLACES, NAMES, st.booleans()),
    st.builds(_swap, PLACES, PLACES),
    st.builds(_delete, PLACES, st.booleans()),
    st.builds(
        _become,
        PLACES,
        st.sampled_from([*KINDS, *(f"folder {kind}" for kind in KINDS)]),
        st.just("") | NAMES,
    ),
    st.builds(_edit, PLACES, VALUES | st.just("leave out")),
    st.builds(_edit, PLACES, st.lists(NUMBERS, max_size=3)),
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with everything in it, and a folder beside it that looks like a part of one."""
    folder = tmp_path_factory.mktemp("mutations")
    configuration.set_hypothesis_home_dir(folder / "hypothesis")
    state = training.start(jax.random.key(1), CONFIG, TRAIN_ROWS)
    probe = np.ones((5, 6)), np.zeros(5)
    snapshots = Snapshots("float32", every=1)
    with RunWriter(folder / "good", ABOUT, probe=probe, snapshots=snapshots) as writer:
        for step in range(STEPS):
            places = np.full((13, 3), step) if step % 4 == 0 else None
            writer.log(step, state.params, loss=step, positions=places)
        writer.camera({"keys": [1]})
        writer.checkpoint(run_checkpoint.to_arrays(state))
    shutil.copytree(folder / "good" / "snapshots" / "params", folder / "outside")
    return folder / "good"


@fuzzed(60)
@given(mutations=st.lists(MUTATIONS, min_size=1, max_size=3))
def test_no_damage_is_more_than_a_sentence(good: Path, mutations: list[Mutation]):
    run, outside = good.parent / "run", good.parent / "outside"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(good, run)
    for mutate in mutations:
        names = sorted(
            str(path.relative_to(run))
            for path in run.rglob("*")
            if path.is_file() and not path.is_symlink()
        )
        if names:
            mutate(run, names)
    before, beside = contents(run), contents(outside)
    with bounded():
        read_all(run)
        assert contents(run) == before
        attempt(lambda: RunWriter(run, ABOUT, resume_at=3).close())
        read_all(run)
    assert contents(outside) == beside


def read_all(path: Path) -> None:
    """Ask a run for all that it has."""
    run = attempt(lambda: Run.open(path))
    if run is None:
        return
    assert isinstance(run.is_growing, bool)
    for problem in run.problems:
        assert_one_sentence(problem)
    assert (np.diff(run.steps) > 0).all()
    attempt(run.refresh)
    for index in range(min(len(run.steps), STEPS + 2)):
        params = attempt(lambda index=index: run.params_at(index))
        if params is not None:
            assert tuple(len(layer.weight) for layer in params) == run.sizes[:-1]
        attempt(lambda index=index: run.positions_at(index))
    arrays = attempt(run.checkpoint)
    if arrays:
        attempt(lambda: run_checkpoint.from_arrays(arrays, CONFIG, TRAIN_ROWS))


def attempt(ask: Callable[[], Any]) -> Any:
    """Return what is asked for, or None if a sentence says why it cannot be had."""
    try:
        return ask()
    except RunError as error:
        assert_one_sentence(str(error))
        return None


def assert_one_sentence(said: str) -> None:
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 1000


def contents(folder: Path) -> dict[str, object]:
    """Return what is in a folder, symbolic links not followed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = str(path.readlink())
        elif path.is_file():
            found[str(path)] = path.read_bytes()
        else:
            found[str(path)] = path.stat().st_mode
    return found
