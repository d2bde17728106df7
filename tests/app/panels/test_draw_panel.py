"""The pad: strokes of a hand that the network answers in the same frame."""

from __future__ import annotations

import numpy as np
from neuronaut.app.options import TrainOptions
from neuronaut.app.panels.draw import DrawPanel
from PIL import Image


def ink(session) -> float:
    return float(session.pad.ink.sum())


def test_a_stroke_is_drawn_and_shown_at_once(bench, session):
    its = bench(DrawPanel())
    session.pad.clear()
    its.frames()
    its.hand.move(*its.place("pad", 0.5, 0.2))
    its.frames()
    its.hand.button("left", True)
    its.frames()
    one = ink(session)
    assert one > 0
    its.hand.move(*its.place("pad", 0.5, 0.8))
    its.frames()
    assert ink(session) > 2 * one
    np.testing.assert_array_equal(session.trainer.shown_x(), session.pad.as_input())
    assert session.trainer.shown_name() == "drawing"
    activation = session.stage.network.by_name["activation"].read().reshape(-1)
    np.testing.assert_allclose(activation[:64], session.pad.as_input(), atol=1e-6)
    its.hand.button("left", False)
    its.frames(2)
    rows = session.pad.ink[..., 0].sum(axis=1)
    height = len(rows)
    assert rows[int(0.5 * height)] > 0
    assert rows[int(0.02 * height)] == 0


def test_two_strokes_are_not_joined(bench, session):
    its = bench(DrawPanel())
    session.pad.clear()
    its.drag("pad", (0.15, 0.2), (0.15, 0.8))
    its.drag("pad", (0.85, 0.2), (0.85, 0.8))
    middle = session.pad.ink.shape[1] // 2
    assert session.pad.ink[:, middle].sum() == 0


def test_eraser_and_right_button_take_ink_away(bench, session):
    its = bench(DrawPanel())
    session.pad.clear()
    its.drag("pad", (0.5, 0.2), (0.5, 0.8))
    drawn = ink(session)
    its.drag("pad", (0.5, 0.5), (0.5, 0.6), button="right")
    less = ink(session)
    assert less < drawn
    assert not session.pad.brush.erases
    its.press("Eraser")
    assert session.pad.brush.erases
    its.drag("pad", (0.5, 0.2), (0.5, 0.9))
    assert ink(session) < 0.5 * less
    its.press("Eraser")


def test_brush_clear_and_copy(bench, session):
    its = bench(DrawPanel())
    its.drag("Brush", (0.5, 0.5), (1.2, 0.5))
    widest = session.pad.brush.radius
    its.drag("Brush", (0.9, 0.5), (-0.2, 0.5))
    assert session.pad.brush.radius < widest
    session.show(3)
    its.press("Copy")
    assert ink(session) > 0
    its.press("Clear")
    assert session.pad.is_empty
    assert session.trainer.shown_name() == "drawing"


def test_the_drawing_is_shown_again(bench, session):
    its = bench(DrawPanel())
    session.pad.clear()
    its.drag("pad", (0.5, 0.2), (0.5, 0.8))
    pad = its.at["pad"]
    long = "37 % of something with a very long name, 63 % of something else"
    session.show_input(np.full(64, 0.5, np.float32), long)
    its.frames(2)
    assert its.at["pad"] == pad
    its.press("Show")
    np.testing.assert_array_equal(session.trainer.shown_x(), session.pad.as_input())
    assert its.says("for the drawing")


def test_the_answer_is_that_of_the_network(bench, session):
    its = bench(DrawPanel())
    session.show(5)
    its.frames(2)
    best = session.trainer.answer(session.trainer.shown_x())
    assert its.says(f"{session.trainer.data.class_names[best]}  ")


def test_image_files_are_typed_and_dropped(bench, session, tmp_path):
    its, panel = bench(DrawPanel()), DrawPanel()
    pixels = np.full((40, 40), 255, "u1")
    pixels[5:35, 17:23] = 0
    path = tmp_path / "one.png"
    Image.fromarray(pixels).save(path)
    session.pad.clear()
    its.type("Image file", str(path))
    assert ink(session) > 0
    assert session.trainer.shown_name() == "one.png"
    session.pad.clear()
    panel.drop(path, its.lab)
    assert ink(session) > 0
    panel.drop(tmp_path / "none.png", its.lab)
    assert "cannot be read" in its.lab.said


def test_points_cannot_be_drawn(bench, sessions, tmp_path):
    its = bench(DrawPanel(), sessions(TrainOptions(data="moons", hidden=(4,))))
    assert its.says("Only images can be drawn")
    its.panel.drop(tmp_path / "one.png", its.lab)
    assert "Only images" in its.lab.said
