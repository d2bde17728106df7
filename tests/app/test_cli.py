"""What the command line answers to right and wrong usage."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from neuronaut.app import arguments, values
from neuronaut.app.cli import main
from neuronaut.app.film import shots
from neuronaut.app.parsers import build_parser
from neuronaut.app.scene import coloring, flow, pictures
from neuronaut.core import datasets, network, similarity, training

SMALL = ("--data", "xor", "--hidden", "4", "--size", "160x120", "--seconds", "0.1")
HELP = """
import sys
from neuronaut.app import cli
try:
    cli.main(sys.argv[1:])
except SystemExit as left:
    heavy = {"jax", "sklearn", "moderngl", "glfw", "av"} & set(sys.modules)
    sys.exit(f"imported {heavy}" if heavy else left.code)
"""


def one_line(text: str) -> str:
    """Return the text, which must be one line of the program's."""
    assert text.startswith("neuronaut")
    assert text.count("\n") == 1, text
    assert text.endswith("\n"), text
    assert "Traceback" not in text
    assert "unexpected" not in text
    return text


def refused(capsys: pytest.CaptureFixture[str], *options: str | Path) -> str:
    """Return the one line with which wrong usage is refused."""
    with pytest.raises(SystemExit) as left:
        main([*map(str, options)])
    assert left.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return one_line(said.err)


def failed(capsys: pytest.CaptureFixture[str], *options: str | Path) -> str:
    """Return the one sentence with which the program fails."""
    assert main([*map(str, options)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return one_line(said.err)


@pytest.mark.parametrize("command", [(), ("record",), ("doctor",)])
def test_help_says_units_and_defaults_and_imports_nothing_heavy(command):
    done = subprocess.run(
        [sys.executable, "-c", HELP, *command, "--help"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: neuronaut")
    if command != ("doctor",):
        words = " ".join(done.stdout.split())
        for phrase in ("(default: digits", "pixels (default: 1280x720)", "(default: 0.9)"):
            assert phrase in words


@pytest.mark.parametrize("command", [(), ("record",)])
def test_every_option_says_what_it_is_for_and_its_default(command):
    parser = subparser(command)
    for action in (a for a in parser._actions if a.dest != "command"):
        assert action.help, action.option_strings
        if action.nargs != 0 and action.option_strings:
            assert "(default:" in action.help, action.option_strings


def subparser(command: tuple[str, ...]) -> argparse.ArgumentParser:
    parser = build_parser()
    for name in command:
        (commands,) = (a.choices for a in parser._actions if a.dest == "command")
        parser = cast("dict[str, argparse.ArgumentParser]", commands)[name]
    return parser


def test_it_says_its_version(capsys):
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"neuronaut {version('neuronaut')}\n"


def test_the_names_listed_for_help_are_those_of_the_parts():
    assert arguments.ACTIVATIONS == network.ACTIVATIONS
    assert arguments.LOSSES == network.LOSSES
    assert arguments.OPTIMIZERS == training.OPTIMIZERS
    assert set(arguments.METRICS) == set(similarity.METRICS)
    assert arguments.NAMES == datasets.NAMES
    assert values.MAX_STEPS == training.MAX_STEPS
    assert arguments.COLORS == coloring.COLORS
    assert arguments.IMAGES == pictures.IMAGES
    assert arguments.SIGNALS == flow.MODES
    assert arguments.CAMERAS == shots.CAMERAS


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["recrod", "x.mp4"], "recrod"),
        (["record"], "OUT"),
        (["record", "x.mp4", "--hiden", "4"], "--hiden"),
        (["record", "x.mp4", "--hid", "4"], "--hid"),
        (["record", "x.mp4", "--size", "640"], "1280x720"),
        (["record", "x.mp4", "--size", "8x8"], "16 to 16384"),
        (["record", "x.mp4", "--size", "640x-480"], "1280x720"),
        (["record", "x.mp4", "--fps", "0"], "between 1 and"),
        (["record", "x.mp4", "--fps", "24.5"], "whole number"),
        (["record", "x.mp4", "--seconds", "0"], "more than 0"),
        (["record", "x.mp4", "--seconds", "nan"], "finite"),
        (["record", "x.mp4", "--seconds", "1e9"], "a day"),
        (["record", "x.mp4", "--steps-per-frame", "1025"], "1,024"),
        (["record", "x.mp4", "--camera", "zoom"], "orbit, still, flythrough"),
        (["record", "x.mp4", "--hidden", "8,0"], "between 1 and"),
        (["record", "x.mp4", "--hidden", "8,,8"], "whole number"),
        (["record", "x.mp4", "--hidden", ",".join("4" * 31)], "30 hidden layers"),
        (["record", "x.mp4", "--batch", "9" * 5000], "between 1 and"),
        (["record", "x.mp4", "--learning-rate", "-1"], "between 0 and"),
        (["record", "x.mp4", "--learning-rate", "fast"], "a number"),
        (["record", "x.mp4", "--edges", "1.5"], "between 0 and 1"),
        (["record", "x.mp4", "--classes", "0,,1"], "separated by commas"),
        (["record", "x.mp4", "--seed", "-1"], "whole number"),
        (["record", "x.mp4", "--activation", "softplus"], "relu"),
        (["record", "x.mp4", "--optimizer", "lion"], "adamw"),
        (["record", "x.mp4", "--data"], "expected one argument"),
        (["--seed", "1", "record", "x.mp4"], "after the command"),
        (["--exit-after", "-1"], "more than 0"),
        (["doctor", "--seed", "1"], "--seed"),
    ],
)
def test_wrong_usage_is_refused_in_one_line(options, reason, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = refused(capsys, *options)
    assert reason in said
    assert "--help" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--data", "nope"], "digits, mnist"),
        (["--data", "missing.npz"], "No such file"),
        (["--data", "text.npz"], "no zip archive"),
        (["--data", "nan.npz"], "finite"),
        (["--data", "short.npz"], "[10]"),
        (["--data", "empty"], "subfolder"),
        (["--data", "xor", "--classes", "0,7"], "0, 1"),
        (["--data", "xor", "--classes", "0"], "2 or more"),
        (["--camera", "missing.json"], "missing.json"),
        (["--camera", "broken.json"], "broken.json"),
        (["--camera", "strange.json"], "strange.json"),
    ],
)
def test_unusable_input_fails_with_one_sentence_and_leaves_nothing(
    options, reason, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write_unusable_files(tmp_path)
    before = set(tmp_path.iterdir())
    assert reason in failed(capsys, "record", "out.mp4", *SMALL, *options)
    assert set(tmp_path.iterdir()) == before


def write_unusable_files(folder: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((10, 2)), np.arange(10) % 2
    np.savez(folder / "nan.npz", x=np.where(x > 0.5, np.nan, x), y=y)
    np.savez(folder / "short.npz", x=x, y=y[:-1])
    (folder / "text.npz").write_text("x, y")
    (folder / "empty").mkdir()
    (folder / "broken.json").write_text("{")
    (folder / "strange.json").write_text('{"format": "neuronaut-camera", "version": 99}')


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("film.avi", ".mp4"),
        ("film", ".mp4"),
        ("missing/film.mp4", "no folder"),
        ("file/film.mp4", "no folder"),
        ("folder.mp4", "is a folder"),
        ("existing.mp4", "already exists"),
        ("existing.png", "already exists"),
    ],
)
def test_an_impossible_file_fails_before_anything_is_trained(
    out, reason, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "start", lambda *_: pytest.fail("training was started"))
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()
    for name in ("existing.mp4", "existing.png"):
        (tmp_path / name).write_text("mine")
    assert reason in failed(capsys, "record", out, *SMALL)
    assert (tmp_path / "existing.mp4").read_text() == "mine"


def test_a_mistake_elsewhere_leaves_an_existing_film_alone(capsys, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_text("mine")
    failed(capsys, "record", film, *SMALL, "--force", "--data", "nope")
    assert film.read_text() == "mine"


def test_existing_output_is_overwritten_by_force(capsys, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_text("mine")
    assert main(["record", str(film), *SMALL, "--force"]) == 0
    assert count_frames(film) == 3


def test_a_folder_for_shots_that_is_not_there_is_named(capsys, tmp_path):
    assert "shots" in failed(capsys, "--shots", tmp_path / "shots")


def count_frames(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))
