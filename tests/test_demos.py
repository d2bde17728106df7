"""Every demo runs, without a window, and leaves what it promises."""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path

import av
import numpy as np
import pytest
from neuronaut.core.runs import Run
from PIL import Image

DEMOS = Path(__file__).parents[1] / "demos"


def run(name: str, *arguments: str | Path) -> None:
    runpy.run_path(str(DEMOS / name))["main"]([*map(str, arguments)])


def count_frames(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_every_demo_is_run_here():
    assert sorted(file.name for file in DEMOS.glob("*.py")) == [
        "00_hello_network.py",
        "01_two_moons.py",
        "02_mnist.py",
        "03_record_a_film.py",
        "04_areas_of_responsibility.py",
        "05_your_own_loop.py",
        "06_flax_or_equinox.py",
        "07_pytorch_loop.py",
        "08_gallery.py",
    ]


def test_every_demo_is_short_and_says_how_to_run_it():
    for demo in DEMOS.glob("*.py"):
        text = demo.read_text(encoding="utf-8")
        assert f"    python demos/{demo.name}" in text
        assert text.count("\n") < 100


def test_hello_network_learns_and_draws(capsys, tmp_path):
    run("00_hello_network.py", tmp_path / "hello.png")
    with Image.open(tmp_path / "hello.png") as picture:
        assert picture.size == (1280, 720)
        assert np.asarray(picture).std() > 10
    *_, last_epoch = (line for line in capsys.readouterr().out.splitlines() if "epoch" in line)
    assert float(last_epoch.split()[-2]) > 90


def test_two_moons_are_filmed(capsys, tmp_path):
    film = tmp_path / "moons.mp4"
    run("01_two_moons.py", film, "--frames", "3")
    assert count_frames(film) == 3
    assert "after 8 steps" in capsys.readouterr().out


@pytest.mark.mnist
@pytest.mark.skipif("NEURONAUT_DATA" not in os.environ, reason="NEURONAUT_DATA is not set")
def test_mnist_is_filmed(tmp_path):
    film = tmp_path / "mnist.mp4"
    run("02_mnist.py", film, "--frames", "2")
    assert count_frames(film) == 2


def test_a_film_follows_a_path_of_its_own(tmp_path):
    film = tmp_path / "flight.mp4"
    run("03_record_a_film.py", film, "--frames", "4")
    assert count_frames(film) == 4
    path = json.loads(film.with_suffix(".json").read_text())
    assert [key["fov"] for key in path["keyframes"]] == pytest.approx([30, 50, 45, 30])


def test_areas_of_responsibility(capsys):
    run("04_areas_of_responsibility.py", "digits", "--epochs", "0.5")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(line.count("|") == lines[0].count("|") for line in lines)


def test_the_gallery_shows_every_look(capsys, tmp_path):
    options = ("--steps", "20", "--scale", "0.25", "--frames", "2")
    run("08_gallery.py", tmp_path / "sheet.png", *options)
    assert "18 looks" in capsys.readouterr().out
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (3 * 240, 6 * (135 + 30))


def test_a_loop_of_ones_own_writes_a_run(capsys, tmp_path):
    run("05_your_own_loop.py", tmp_path / "own.run")
    found = Run.open(tmp_path / "own.run")
    assert not found.problems
    assert len(found.metrics["loss"].value) > 1
    assert np.isfinite(found.params_at(len(found.steps) - 1)[0].weight).all()


@pytest.mark.parametrize("name", ["06_flax_or_equinox.py", "07_pytorch_loop.py"])
def test_loops_of_other_libraries_write_runs_or_name_what_is_missing(name, capsys, tmp_path):
    run(name, tmp_path / "other.run")
    said = capsys.readouterr().out
    assert "install" in said or Run.open(tmp_path / "other.run").steps[-1] > 0
