"""`neuronaut record`: what is in the file, what is said of it, and every choice of a network."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_frames import decoded
from neuronaut.app.cli import main
from PIL import Image

SIZE = (160, 120)


def record(capsys: pytest.CaptureFixture[str], out: Path, *options: str) -> dict[str, Any]:
    """Record with `--json` and return what the program says of it; a short, small film."""
    size = f"{SIZE[0]}x{SIZE[1]}"
    usual = ["--size", size, "--fps", "10", "--seconds", "0.2", "--steps-per-frame", "5"]
    assert main(["record", str(out), *usual, *options, "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    return json.loads(lines[-1], parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def check(said: dict[str, Any], film: Path) -> None:
    """Make sure that a short film learnt, with finite numbers, and shows something."""
    assert said["steps"] > 0
    assert not said["diverged"]
    assert math.isfinite(said["train_loss"])
    assert 0 <= said["test_accuracy"] <= 1
    frames = decoded(film)
    assert len(frames) == said["frames"] == 2
    assert frames[-1].std() > 3


def test_a_film_has_exactly_its_frames_and_the_program_says_what_it_is(capsys, tmp_path):
    out = tmp_path / "film.mp4"
    said = record(capsys, out, "--seconds", "1", "--seed", "1")
    assert decoded(out).shape == (10, SIZE[1], SIZE[0], 3)
    expected = {
        "path": str(out), "frames": 10, "width": SIZE[0], "height": SIZE[1],
        "fps": 10, "seconds": 1.0, "seed": 1, "steps": 45, "diverged": False,
    }  # fmt: skip
    assert said | expected == said
    assert said["epochs"] == pytest.approx(45 / (1438 // 32), abs=1e-3)
    for share in (said["train_accuracy"], said["test_accuracy"]):
        assert 0 < share <= 1
    assert said["train_loss"] > 0
    assert said["opengl"]


def test_without_json_one_line_says_where_it_is(capsys, tmp_path):
    out = tmp_path / "film.mp4"
    options = ["--data", "xor", "--hidden", "4", "--size", "160x120", "--seconds", "0.1"]
    assert main(["record", str(out), *options]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(f"{out}: 3 frames of 160x120, test accuracy ")
    assert said.out.count("\n") == 1


def test_the_same_seed_gives_the_same_frames_and_another_seed_others(capsys, tmp_path):
    films = {}
    for name, seed in (("one", "3"), ("again", "3"), ("other", "4")):
        out = tmp_path / f"{name}.mp4"
        record(capsys, out, "--seconds", "0.5", "--seed", seed)
        films[name] = decoded(out)
    np.testing.assert_array_equal(films["one"], films["again"])
    assert (films["one"] != films["other"]).any()


def test_a_picture_is_one_picture_of_a_network_that_has_learnt_digits(capsys, tmp_path):
    out = tmp_path / "picture.png"
    said = record(capsys, out, "--seconds", "12", "--steps-per-frame", "8")
    assert said["frames"] == 1
    assert said["steps"] == 119 * 8
    assert said["test_accuracy"] >= 0.94
    assert list(tmp_path.iterdir()) == [out]
    with Image.open(out) as picture:
        assert picture.size == SIZE
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.std() > 3
    # Weights of both signs shine: red where red is far over blue, and blue the other way.
    excess = pixels[..., 0] - pixels[..., 2]
    assert (excess > 40).sum() > 50
    assert (excess < -40).sum() > 50


def test_a_numbered_name_gets_every_frame(capsys, tmp_path):
    record(capsys, tmp_path / "frame-%03d.png", "--data", "xor", "--hidden", "4")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["frame-000.png", "frame-001.png"]


@pytest.mark.parametrize("ending", ["mkv", "webm", "gif"])
def test_other_endings_hold_the_same_number_of_frames(ending, capsys, tmp_path):
    out = tmp_path / f"film.{ending}"
    check(record(capsys, out, "--data", "xor", "--hidden", "4"), out)


@pytest.mark.parametrize(
    ("activation", "optimizer", "loss"),
    [
        ("relu", "sgd", "cross-entropy"),
        ("tanh", "momentum", "squared-error"),
        ("sigmoid", "adam", "cross-entropy"),
        ("gelu", "adamw", "squared-error"),
        ("swish", "rmsprop", "cross-entropy"),
    ],
)
def test_every_activation_optimizer_and_loss(activation, optimizer, loss, capsys, tmp_path):
    out = tmp_path / "film.mp4"
    options = ["--activation", activation, "--optimizer", optimizer, "--loss", loss]
    said = record(capsys, out, "--data", "moons", "--hidden", "4", *options)
    check(said, out)


@pytest.mark.parametrize("data", ["moons", "circles", "spirals", "xor", "blobs"])
def test_every_set_of_points(data, capsys, tmp_path):
    out = tmp_path / "film.mp4"
    check(record(capsys, out, "--data", data, "--hidden", "4"), out)


@pytest.mark.parametrize(
    "options",
    [
        ("--data", "digits", "--classes", "1,0", "--hidden", "0"),
        ("--data", "digits", "--classes", "1,0", "--hidden", "0", "--simulation", "jax"),
        ("--hidden", "4", "--metric", "outgoing", "--strength", "weight"),
        ("--hidden", "4", "--simulation", "jax"),
        ("--hidden", "4", "--layout-steps", "0", "--edges", "0", "--no-hud"),
        ("--hidden", "4", "--edges", "1", "--l1", "0.01", "--l2", "0.01", "--batch", "9999"),
        ("--hidden", "4", "--camera", "flythrough"),
        ("--hidden", "4", "--camera", "still"),
    ],
    ids=" ".join,
)
def test_networks_and_pictures_at_their_edges(options, capsys, tmp_path):
    out = tmp_path / "film.mp4"
    check(record(capsys, out, "--data", "moons", *options), out)


@pytest.mark.parametrize(
    "size",
    [
        (64, 48),
        (320, 40),
        (40, 320),
        (322, 120),
    ],
)
def test_frames_of_unusual_sizes(size, capsys, tmp_path):
    out = tmp_path / "film.mp4"
    said = record(capsys, out, "--data", "moons", "--hidden", "4", "--size", f"{size[0]}x{size[1]}")
    check(said, out)
    assert decoded(out).shape[1:3] == (size[1], size[0])


def test_one_hidden_neuron_between_an_image_and_two_classes(capsys, tmp_path):
    y = np.arange(40) % 2
    x = np.zeros((40, 28, 28), np.uint8)
    x[y == 0, :, :14] = 255
    x[y == 1, :, 14:] = 255
    np.savez(tmp_path / "sides.npz", x=x, y=y)
    out = tmp_path / "film.mp4"
    check(record(capsys, out, "--data", str(tmp_path / "sides.npz"), "--hidden", "1"), out)


def test_a_folder_of_colour_images(capsys, tmp_path):
    rng = np.random.default_rng(0)
    for name, channel in (("red", 0), ("blue", 2)):
        folder = tmp_path / "colours" / name
        folder.mkdir(parents=True)
        for number in range(5):
            pixels = rng.integers(0, 40, (6, 9, 3), np.uint8)
            pixels[..., channel] += 200
            Image.fromarray(pixels).save(folder / f"{number}.png")
    out = tmp_path / "film.mp4"
    check(record(capsys, out, "--data", str(tmp_path / "colours"), "--hidden", "1"), out)


def test_a_camera_file_is_followed(capsys, tmp_path):
    eye = {"position": [0, 2, 30], "fov": 30}
    keys = [{"time": 0.0, "target": [0, 0, 0], **eye}, {"time": 0.1, "target": [9, 9, 60], **eye}]
    camera = tmp_path / "camera.json"
    content = {"format": "neuronaut-camera", "version": 1, "keyframes": keys}
    camera.write_text(json.dumps(content))
    out = tmp_path / "film.mp4"
    options = ["--data", "moons", "--hidden", "4", "--no-hud", "--camera", str(camera)]
    record(capsys, out, *options)
    towards, away = decoded(out)
    assert towards.std() > 3 * away.std()


def test_training_that_diverges_is_said_and_survived(capsys, tmp_path):
    out = tmp_path / "film.mp4"
    options = ["--optimizer", "sgd", "--loss", "squared-error", "--learning-rate", "1e6"]
    small = ["--data", "moons", "--hidden", "4", "--size", "160x120", "--fps", "10"]
    assert main(["record", str(out), *small, "--seconds", "0.5", *options, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == (
        "neuronaut: training diverged and stopped at the last finite weights; "
        "try a learning rate of 0.1 instead of 1e+06.\n"
    )
    summary = json.loads(said.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert summary["diverged"] is True
    assert len(decoded(out)) == 5


@pytest.mark.mnist
@pytest.mark.skipif("NEURONAUT_DATA" not in os.environ, reason="NEURONAUT_DATA is not set")
def test_it_learns_mnist(capsys, tmp_path):
    out = tmp_path / "film.mp4"
    said = record(capsys, out, "--data", "mnist", "--seconds", "1", "--steps-per-frame", "30")
    assert said["test_accuracy"] > 0.8
    assert decoded(out)[-1].std() > 3


def test_the_layout_is_measured(capsys, tmp_path):
    said = record(capsys, tmp_path / "film.mp4")["layout"]
    assert 0 < said["recall15"] <= 1 and 0 < said["trust15"] <= 1
    assert 0 < said["movement"] < 1 and 0 < said["separability_p"] <= 1
    without = record(capsys, tmp_path / "flat.mp4", "--hidden", "0")["layout"]
    assert without["movement"] == 0 and without["regions"] == 0
