"""The pad: what is drawn, where, and that a drawing reaches the network as the data's images do."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from neuronaut.app.lab.pad import Brush, Pad
from neuronaut.app.options import TrainOptions, UserError
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import datasets, network
from neuronaut.core.datasets import Dataset
from PIL import Image


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    trainer = Trainer(TrainOptions(hidden=(24, 12)))
    trainer.advance(500)
    return trainer


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return datasets.load("digits")


def disks(rows=200, side=20, radius=5.0, channels=(), dark=False) -> Dataset:
    """Images of a disk that fills half of the frame about its middle, as MNIST's digits do."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] + 0.5
    middles = side / 2 + rng.uniform(-0.5, 0.5, (rows, 2, 1, 1))
    images = np.clip(radius + 0.5 - np.hypot(y - middles[:, 0], x - middles[:, 1]), 0, 1)
    if channels:
        images = images[..., None] * np.asarray(channels)
    images = (1 - images if dark else images).astype(np.float32)
    flat, labels = images.reshape(rows, -1), np.arange(rows, dtype=np.int32) % 2
    return Dataset("disks", flat, labels, flat, labels, ("0", "1"), images.shape[1:])


def answers(trainer: Trainer, x: np.ndarray) -> np.ndarray:
    return np.asarray(network.predict(trainer.state.params, x, trainer.config.network))


def drawn(pad: Pad, rows: np.ndarray) -> np.ndarray:
    found = []
    for x in rows:
        pad.put(x)
        found.append(pad.as_input())
    return np.stack(found)


def box(image: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(image.max(axis=1)), np.flatnonzero(image.max(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def test_images_of_the_data_come_back_nearly_the_same(trainer):
    rows, labels = trainer.data.x_test, trainer.data.y_test
    back = drawn(Pad(trainer.data), rows)
    assert np.abs(back - rows).mean() < 0.05
    before, after = answers(trainer, rows), answers(trainer, back)
    assert (before == after).mean() > 0.97
    assert (after == labels).mean() > (before == labels).mean() - 0.01


def test_small_drawings_in_a_corner_are_answered_as_well(trainer):
    rows, labels = trainer.data.x_test, trainer.data.y_test
    pad, found = Pad(trainer.data), []
    for x in rows:
        pad.put(x)
        small = pad.ink[::2, ::2].copy()
        pad.clear()
        pad.ink[: len(small), -small.shape[1] :] = small
        found.append(pad.as_input())
    accuracy = (answers(trainer, np.stack(found)) == labels).mean()
    assert accuracy > (answers(trainer, rows) == labels).mean() - 0.05


@pytest.mark.mnist
@pytest.mark.skipif(not os.environ.get("NEURONAUT_DATA"), reason="NEURONAUT_DATA is not set")
def test_mnist_comes_back_as_it_was():
    data = datasets.load("mnist")
    pad = Pad(data)
    assert pad.framing.usual is not None
    assert pad.framing.usual.side.low == pytest.approx(20 / 28, abs=0.01)
    assert pad.framing.usual.by_mass == (True, True)
    rows = data.x_test[:100]
    assert np.abs(drawn(pad, rows) - rows).mean() < 0.02


def test_framing_is_measured_from_the_data():
    data = disks()
    pad = Pad(data)
    assert pad.ink.shape == (280, 280, 1)
    usual = pad.framing.usual
    assert usual is not None
    assert usual.side.low == pytest.approx(0.5, abs=0.06)
    assert usual.side.high == pytest.approx(0.5, abs=0.06)
    for span in usual.centers:
        assert 0.46 < span.low < 0.49 < span.middle < 0.51 < span.high < 0.54
    assert (pad.framing.ground, pad.framing.ink) == (0, 1)


def test_a_drawing_is_centred_and_scaled_as_the_data_is():
    pad = Pad(disks())
    pad.brush = Brush(radius=1, softness=0)
    pad.stroke((0.1, 0.1), (0.1, 0.3))  # a short line at the top left
    image = pad.as_input().reshape(20, 20)
    top, bottom, left, right = box(image > 0.3)
    assert bottom - top == pytest.approx(11, abs=1)
    assert right - left < 6
    assert (top + bottom) / 2 == pytest.approx(10, abs=1)
    assert (left + right) / 2 == pytest.approx(10, abs=1)
    assert image.max() == pytest.approx(1)


def test_values_are_those_of_the_data():
    dark = Pad(disks(dark=True))
    assert (dark.framing.ground, dark.framing.ink) == (1, 0)
    np.testing.assert_array_equal(dark.as_input(), 1)
    dark.draw_to(0.5, 0.5)
    assert dark.as_input().min() < 0.1
    plain = disks()
    wide = dataclasses.replace(plain, x_train=plain.x_train * 40 - 20)
    pad = Pad(wide)
    np.testing.assert_array_equal(pad.as_input(), -20)
    back = drawn(pad, wide.x_train[:20])
    assert np.abs(back - wide.x_train[:20]).mean() < 40 * 0.02


def test_colour_images_are_drawn_in_white_and_come_back_in_colour():
    data = disks(channels=(1.0, 0.5, 0.25))
    pad = Pad(data)
    assert pad.ink.shape == (280, 280, 3)
    back = drawn(pad, data.x_train[:20])
    assert np.abs(back - data.x_train[:20]).mean() < 0.02
    pad.clear()
    pad.draw_to(0.5, 0.5)
    image = pad.as_input().reshape(20, 20, 3)
    assert image.max(axis=(0, 1)) == pytest.approx([1, 1, 1])


def test_images_without_a_ground_fill_the_frame(tmp_path):
    rng = np.random.default_rng(0)
    data = disks()
    noise = dataclasses.replace(data, x_train=rng.random(data.x_train.shape, np.float32))
    pad = Pad(noise)
    assert pad.framing.usual is None
    np.testing.assert_allclose(drawn(pad, noise.x_train[:5]), noise.x_train[:5], atol=1e-5)
    Image.new("L", (60, 30), 200).save(tmp_path / "plain.png")
    pad.load(tmp_path / "plain.png")
    np.testing.assert_allclose(pad.as_input(), 200 / 255, atol=0.01)


def test_strokes_have_no_gaps_however_fast():
    pad = Pad(disks())
    pad.brush = Brush(radius=0.5)
    pad.draw_to(0.05, 0.1)
    pad.draw_to(0.95, 0.9)
    places = np.linspace(0, 1, 500)[:, None] * [0.9, 0.8] + [0.05, 0.1]
    columns, rows = (places * 280).astype(int).T
    assert (pad.ink[rows, columns, 0] > 0.9).all()
    pad.lift()
    pad.draw_to(0.95, 0.1)
    assert pad.ink[int(0.5 * 280), int(0.95 * 280), 0] == 0  # no line from where it was lifted


def test_brushes_have_radius_and_softness():
    pad = Pad(disks())
    pad.brush = Brush(radius=3, softness=0)
    pad.draw_to(0.5, 0.5)
    hard = pad.ink.copy()
    assert hard.sum() == pytest.approx(np.pi * 42**2, rel=0.01)
    assert ((hard > 0) & (hard < 1)).mean() < 0.01
    pad.clear()
    assert pad.is_empty
    pad.lift()
    pad.brush = Brush(radius=3, softness=1)
    pad.draw_to(0.5, 0.5)
    soft = pad.ink[140, 140:, 0]
    assert soft[0] == 1
    assert soft[42] == pytest.approx(0.5, abs=0.02)
    assert (np.diff(soft) <= 0).all()


def test_the_eraser_takes_ink_away():
    pad = Pad(disks())
    pad.brush = Brush(radius=1)
    pad.stroke((0.2, 0.5), (0.8, 0.5))
    version = pad.version
    pad.brush = Brush(radius=2, erases=True)
    pad.stroke((0.5, 0.3), (0.5, 0.7))
    assert pad.ink[140, 140, 0] == 0
    assert pad.ink[140, 70, 0] == 1
    assert pad.version > version


def test_what_lies_outside_is_not_drawn():
    pad = Pad(disks())
    pad.stroke((-2, -2), (-1, -1))
    pad.stroke((float("nan"), 0.5), (0.5, 0.5))
    assert pad.is_empty
    pad.stroke((0.5, 0.5), (3, 0.5))
    assert pad.ink[140, -1, 0] == 1


def test_the_first_brush_is_as_wide_as_the_strokes_of_the_data(digits):
    assert 0.5 <= Pad(digits).brush.radius <= 1.2
    assert Pad(disks()).brush.radius == 20 / 8  # of a disk: as wide as makes sense


@pytest.mark.parametrize(
    "kind", ["paper", "ink", "colour", "alpha", "white-alpha", "16-bit", "photo"]
)
def test_image_files_of_any_kind_are_recognised(trainer, tmp_path, kind):
    numbers, rng = range(20), np.random.default_rng(0)
    pad, right = Pad(trainer.data), []
    for number in numbers:
        ink = trainer.data.x_test[number].reshape(8, 8).repeat(12, 0).repeat(12, 1)
        ink = np.pad(ink, 10)
        grey = np.uint8(255 * ink)
        clear = np.zeros_like(grey)
        shaded = 200 - 120 * ink + 10 * rng.random(ink.shape)
        image = {
            "paper": Image.fromarray(255 - grey),
            "ink": Image.fromarray(grey),
            "colour": Image.fromarray(np.stack([255 - grey, 255 - grey // 2, 255 - grey], 2)),
            "alpha": Image.fromarray(np.stack([clear, clear, clear, grey], 2)),
            "white-alpha": Image.fromarray(np.stack([clear + 255] * 3 + [grey], 2)),
            "16-bit": Image.fromarray((ink * 65535).astype(np.uint16)),
            "photo": Image.fromarray(np.uint8(shaded)),
        }[kind]
        image.save(tmp_path / "digit.png")
        pad.load(tmp_path / "digit.png")
        right.append(
            answers(trainer, pad.as_input()) == answers(trainer, trainer.data.x_test[number])
        )
    assert np.mean(right) >= 0.9


def test_a_file_that_is_larger_or_not_square_keeps_its_shape(tmp_path):
    page = np.full((900, 300), 255, np.uint8)
    page[200:700, 140:160] = 0
    Image.fromarray(page).save(tmp_path / "line.png")
    pad = Pad(disks())
    pad.load(tmp_path / "line.png")
    rows, columns = np.nonzero(pad.ink[..., 0] > 0.5)
    assert np.ptp(rows) / np.ptp(columns) > 15


def test_files_that_cannot_be_read_are_refused_in_a_sentence(digits, tmp_path):
    pad = Pad(digits)
    pad.draw_to(0.5, 0.5)
    before = pad.ink.copy()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "text.txt").write_text("no picture")
    Image.new("L", (30, 30), 255).save(tmp_path / "blank.png")
    for name, words in (
        ("broken.png", "cannot be read as an image"),
        ("text.txt", "cannot be read as an image"),
        ("missing.png", "No such file"),
        ("blank.png", "its pixels are all alike"),
    ):
        with pytest.raises(UserError, match=words) as error:
            pad.load(tmp_path / name)
        assert name in str(error.value)
        assert "\n" not in str(error.value)
    np.testing.assert_array_equal(pad.ink, before)


def test_only_images_can_be_drawn():
    with pytest.raises(UserError, match="moons has none"):
        Pad(datasets.load("moons"))
