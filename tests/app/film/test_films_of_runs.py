"""Films of stored runs and networks: every moment shown, what cannot be shown is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_frames import PLAIN, SIZE, decoded, steps_of
from neuronaut.app.cli import main
from neuronaut.app.film import films
from neuronaut.app.film.clock import Replay
from neuronaut.app.options import FilmOptions, ShotOptions, TrainOptions, UserError
from neuronaut.app.session import Session
from neuronaut.core.runs import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of eleven snapshots or so of a small network."""
    path = tmp_path_factory.mktemp("runs") / "small.run"
    options = ["--data", "moons", "--hidden", "6", "--steps", "60", "--snapshots", "10"]
    assert main(["train", str(path), *options]) == 0
    return path


def test_a_film_of_a_run_shows_every_moment_of_it_evenly(run, tmp_path, monkeypatch):
    places = []
    go = Replay.go

    def spy(time: Replay, session: Session, index: int, frame: int) -> None:
        go(time, session, index, frame)
        places.append((time.recording.place, int(session.trainer.state.step)))

    monkeypatch.setattr(Replay, "go", spy)
    last = len(Run.open(run).steps) - 1
    film = FilmOptions(tmp_path / "film.mp4", SIZE, 10, 1.0, run=run)
    done = films.record(film, TrainOptions(), PLAIN)
    assert (done.frames, done.measures.step) == (10, 60)
    np.testing.assert_allclose([place for place, _ in places], np.linspace(0, last, 10))
    places.clear()
    films.record(
        FilmOptions(tmp_path / "part.mp4", SIZE, 10, 0.5, run=run, start=20, end=40),
        TrainOptions(), PLAIN,
    )  # fmt: skip
    assert [places[0][1], places[-1][1]] == [20, 40]


def test_shots_of_a_run_go_on_where_the_one_before_ended(run, tmp_path, monkeypatch):
    steps = steps_of(Replay, monkeypatch)
    shots = (
        ShotOptions(0.3, "still", start="start", end=30),
        ShotOptions(0.2, "still"),
        ShotOptions(0.2, "still", end="end"),
        ShotOptions(0.2, "still", start=50, end=10),
    )
    film = FilmOptions(tmp_path / "film.mp4", SIZE, 10, 0.9, run=run, shots=shots)
    films.record(film, TrainOptions(), PLAIN)
    assert steps[0] == 0 and steps[2:6] == [30, 30, 30, 30]
    assert steps[6:] == [60, 50, 10]


def test_the_same_run_gives_the_same_frames(run, tmp_path, capsys):
    films_of_it = []
    for name in ("one.mp4", "again.mp4"):
        options = ["--size", "160x96", "--fps", "10", "--seconds", "0.6", "--run", str(run)]
        assert main(["record", str(tmp_path / name), *options, "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["steps"], said["run"]) == (60, str(run))
        films_of_it.append(decoded(tmp_path / name))
    np.testing.assert_array_equal(*films_of_it)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "61"), "--from must be a step of the run, 0 to 60, not 61"),
        (("--to", "99999"), "--to must be a step of the run, 0 to 60, not 99,999"),
        (("--data", "digits", "--hidden", "3"), "--hidden is for training"),
        (("--data", "digits"), "the network takes 2 numbers and knows 2 classes, but digits"),
    ],
)
def test_what_a_run_cannot_show_is_said_before_anything_is_written(
    options, words, run, tmp_path, capsys
):
    out = tmp_path / "film.mp4"
    try:
        status = main(["record", str(out), "--size", "64x48", "--run", str(run), *options])
    except SystemExit as left:
        status = left.code
    assert status in (1, 2)
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not out.exists()


def test_a_step_beyond_the_run_names_the_shot(run, tmp_path):
    shots = (ShotOptions(0.2), ShotOptions(0.2, end=61))
    film = FilmOptions(
        tmp_path / "x.mp4", SIZE, run=run, shots=shots, script=Path("film.toml")
    )  # fmt: skip
    with pytest.raises(UserError, match=r"film\.toml, shot 2: to must be a step of the run"):
        films.record(film, TrainOptions(), PLAIN)


def test_a_network_from_a_file_stands_still(tmp_path):
    rng = np.random.default_rng(0)
    weights: dict[str, Any] = {
        "weight0": rng.normal(size=(2, 5)),
        "weight1": rng.normal(size=(5, 2)),
    }
    np.savez(tmp_path / "model.npz", **weights, bias0=np.zeros(5), bias1=np.zeros(2))
    film = FilmOptions(
        tmp_path / "film.mp4", SIZE, 10, 0.3, run=tmp_path / "model.npz", run_data="moons"
    )
    done = films.record(film, TrainOptions(), PLAIN)
    assert (done.frames, done.measures.step) == (3, 0)
    assert decoded(film.out).std() > 3
