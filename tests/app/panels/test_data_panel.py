"""The panel of samples: leafed through, filtered, shown and pinned by hand."""

from __future__ import annotations

import numpy as np
from neuronaut.app.options import TrainOptions
from neuronaut.app.panels.data import DataPanel


def test_a_click_shows_a_sample(bench, session):
    its = bench(DataPanel())
    its.press("samples", 1.5 / 7, 0.5 / 5)
    assert session.trainer.shown == 1
    its.press("samples", 2.5 / 7, 1.5 / 5)
    assert session.trainer.shown == 7 + 2
    assert its.says("sample 9")


def test_pages_are_turned(bench, session):
    its = bench(DataPanel())
    assert its.says("1 of 11")
    its.press("→")
    assert its.says("2 of 11")
    its.press("samples", 0.5 / 7, 0.5 / 5)
    assert session.trainer.shown == 35
    its.press("←")
    its.press("←")
    assert its.says("1 of 11")


def test_filters_choose_by_class_and_error(bench, session):
    its = bench(DataPanel())
    its.choose("Samples", "wrongly classified")
    its.choose("Class", "8")
    y = np.asarray(session.trainer.data.y_test)
    wrong = session.samples.probabilities.argmax(axis=1) != y
    np.testing.assert_array_equal(session.samples.numbers, np.flatnonzero(wrong & (y == 8)))
    its.choose("Samples", "most uncertain first")
    its.choose("Class", "any")
    its.choose("Answer", "3")
    assert session.samples.filter.kind == "uncertain"
    assert session.samples.filter.answer == 3
    its.press("samples", 0.5 / 7, 0.01)
    assert session.trainer.shown == session.samples.numbers[0]


def test_an_empty_choice_says_so(bench, session):
    its = bench(DataPanel())
    session.samples.set_filter("wrong", 0, 0)
    its.frames(2)
    assert its.says("No sample is like this.")
    assert "samples" not in its.at


def test_what_is_on_show_is_pinned(bench, session):
    its = bench(DataPanel())
    its.press("samples", 4.5 / 7, 0.5 / 5)
    its.press("Pin as A")
    its.press("samples", 5.5 / 7, 0.5 / 5)
    its.press("Pin as B")
    assert [one.number for one in session.trainer.pair] == [4, 5]
    its.press("A", 0.5)
    its.frames(2)
    assert "A" not in session.trainer.inputs.pins
    assert "B" in session.trainer.inputs.pins


def test_it_follows_an_edit_at_once_and_learning_in_time(bench, session):
    its = bench(DataPanel())
    before = session.samples.probabilities
    session.edits.silence("h1.0")
    session.refresh()
    its.frames()
    after = session.samples.probabilities
    assert not np.array_equal(before, after)
    session.train_epoch()
    its.frames(2, dt_secs=0.01)
    kept = session.samples.probabilities
    its.frames(2, dt_secs=0.6)
    assert not np.array_equal(kept, session.samples.probabilities)


def test_points_are_listed(bench, sessions):
    points = sessions(TrainOptions(data="moons", hidden=(4,)))
    its = bench(DataPanel(), points)
    its.press("3", 0.1)
    assert points.trainer.shown == 3
    its.press("Pin as B")
    assert points.trainer.pair[1].number == 3
