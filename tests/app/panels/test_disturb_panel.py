"""The panel of disturbances: what is slid, typed and pressed is done to the network, and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from neuronaut.app.panels.disturb import DisturbPanel
from watching import arrays, forward


@pytest.fixture
def desk(bench, session) -> Iterator:
    its = bench(DisturbPanel())
    yield its
    session.edits.undo_all()
    for layer in tuple(session.trainer.frozen):
        session.trainer.freeze(layer, False)


def test_a_bias_is_typed_and_undone(desk, session):
    before = arrays(session)[0][1].copy()
    desk.lab.select("h1.2")
    desk.frames(2)
    desk.type("bias number", "−1.25")
    assert arrays(session)[0][1][2] == -1.25
    assert desk.says("bias of h1.2 = −1.25")
    desk.press("Undo")
    np.testing.assert_array_equal(arrays(session)[0][1], before)
    desk.press("Redo")
    assert arrays(session)[0][1][2] == -1.25
    desk.press("Undo all")
    assert session.edits.done == ()


def test_the_effect_is_told_class_by_class(desk, session):
    data = session.trainer.data

    def right() -> np.ndarray:
        answers = forward(session, data.x_test)[-1].argmax(axis=1)
        return np.bincount(data.y_test[answers == data.y_test], minlength=10)

    assert desk.says("Nothing is disturbed yet") or desk.says("undone: ")
    before = right()
    session.edits.silence(["h1.2", "h1.5", "h1.7"], "three")
    session.refresh()
    desk.frames(3)
    now = right()
    assert (before != now).any()
    total = len(data.y_test)
    assert desk.says(f"{100 * before.sum() / total:.1f} % → {100 * now.sum() / total:.1f} %")
    shown = [text for text in desk.texts if re.fullmatch(r"\d+ → \d+", text)]
    order = [k for k in np.argsort(now - before, kind="stable") if now[k] != before[k]]
    assert shown == [f"{before[k]} → {now[k]}" for k in order]
    session.edits.restore("h1.2")
    session.refresh()
    desk.frames(3)
    desk.press("All 2 edits")
    assert desk.says(f"{100 * before.sum() / total:.1f} % → {100 * right().sum() / total:.1f} %")


def test_nothing_jumps_under_the_hand_when_something_is_done(desk):
    desk.lab.select("h1.4")
    desk.frames(2)
    place = desk.at["Silence h1.4"]
    desk.press("Silence h1.4")
    assert desk.at["Restore h1.4"] == place


def test_it_says_how_a_neuron_is_selected(desk):
    assert desk.says("No neuron is selected: click one in the scene.")
    desk.lab.hovered = "h2.3"
    desk.frames(2)
    desk.lab.hovered = None
    desk.frames(2)
    assert desk.says("Only pointed at: click it to select it.")
    desk.press("Select h2.3")
    assert desk.lab.selected == "h2.3"


def test_a_drag_of_a_slider_is_one_edit(desk, session):
    desk.lab.select("h1.2")
    desk.frames(2)
    before = arrays(session)[0][1][2]
    desk.drag("##bias", (0.5, 0.5), (0.6, 0.5), (0.7, 0.5), (0.9, 0.5))
    first = arrays(session)[0][1][2]
    assert first > 0.3
    assert len(session.edits.done) == 1
    desk.drag("##bias", (0.9, 0.5), (0.3, 0.5), (0.2, 0.5))
    assert len(session.edits.done) == 2
    desk.press("Undo")
    assert arrays(session)[0][1][2] == first
    desk.press("Undo")
    assert arrays(session)[0][1][2] == before


def test_the_strongest_weight_comes_first_and_any_other_by_its_ends(desk, session):
    desk.lab.select("h2.3")
    desk.frames(2)
    weight = arrays(session)[1][0]
    strongest = int(np.abs(weight[:, 3]).argmax())
    desk.type("weight number", "0.5")
    assert arrays(session)[1][0][strongest, 3] == 0.5
    desk.type("##source", "in.20")
    assert desk.says("No weight leads from in.20 to h2.3")
    desk.type("##target", "h1.7")
    desk.type("weight number", "-0.75")
    assert arrays(session)[0][0][20, 7] == -0.75
    desk.type("##target", "nobody")
    assert desk.says("There is no such neuron")


def test_accuracy_and_answer_follow_at_once(desk, session):
    data = session.trainer.data
    desk.lab.select("out.7")
    desk.frames(2)
    desk.type("bias number", "50")
    right = (forward(session, data.x_test)[-1].argmax(axis=1) == data.y_test).mean()
    assert desk.says(f"{100 * right:.1f} %")
    assert desk.says("7, 100.0 %")


def test_silence_a_neuron_and_a_region(desk, session):
    desk.lab.select("h1.4")
    desk.frames(2)
    desk.press("Silence h1.4")
    assert session.edits.silenced == ("h1.4",)
    assert desk.says("silent: h1.4")
    desk.press("Restore h1.4")
    assert session.edits.silenced == ()
    desk.session.insight = None
    desk.frames(2)
    desk.press("Find regions")
    found = session.insight
    assert found is not None
    desk.press("Silence region")
    ids = found.tracked.ids
    silent = {int(name.split(".")[1]) for name in session.edits.silenced if "h1" in name}
    regions = [set(np.flatnonzero(ids[:12] == region.id).tolist()) for region in found.regions]
    assert session.edits.silenced
    assert silent in regions
    desk.press("Restore region")
    assert session.edits.silenced == ()
    desk.press("Silence region")
    desk.press("Restore all")
    assert session.edits.silenced == ()


def test_outputs_cannot_be_silenced(desk, session):
    desk.lab.select("out.4")
    desk.frames(2)
    desk.press("Silence out.4")
    assert session.edits.silenced == ()


def test_noise_and_its_curve(desk, session):
    before = arrays(session)[0][0].copy()
    desk.drag("##size", (0.3, 0.5), (0.5, 0.5))
    desk.press("Add noise")
    changed = arrays(session)[0][0] - before
    assert changed.std() == pytest.approx(before.std(), rel=0.1)
    assert desk.says("on hidden 1")
    desk.press("Undo")
    np.testing.assert_array_equal(arrays(session)[0][0], before)
    desk.press("Curve")
    sizes = desk.panel._curve[1]
    assert sizes.shape == (8, 8)
    assert (sizes[0] == sizes[0, 0]).all()
    assert sizes[0, 0] == pytest.approx(session.measures.test_accuracy, abs=1e-6)
    assert sizes[-1].mean() < sizes[0, 0]
    np.testing.assert_array_equal(arrays(session)[0][0], before)


def test_a_frozen_layer_learns_no_more(desk, session):
    desk.press("hidden 2##freeze")
    assert session.trainer.frozen == {2}
    before = arrays(session)
    session.train_ahead(3)
    after = arrays(session)
    np.testing.assert_array_equal(after[1][0], before[1][0])
    assert (after[0][0] != before[0][0]).any()
    desk.press("hidden 2##freeze")
    assert session.trainer.frozen == set()


def test_what_is_not_a_number_is_said(desk, session):
    desk.lab.select("h1.2")
    desk.frames(2)
    before = arrays(session)[0][1].copy()
    desk.type("bias number", "1e60")
    assert "finite" in desk.lab.said
    np.testing.assert_array_equal(arrays(session)[0][1], before)
