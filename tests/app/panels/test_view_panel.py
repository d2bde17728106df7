"""The panel of the picture: every control reaches the session, every preset a whole look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.panels.view import PRESETS, ViewPanel


@pytest.fixture
def desk(bench, session) -> Iterator:
    session.restage(**_plain())
    its = bench(ViewPanel())
    yield its
    its.lab.select(None)


def _plain() -> dict[str, object]:
    fresh = ViewOptions(layout_steps=0, hud="none", metric="output", images="none")
    return {name: getattr(fresh, name) for name in fresh.__dataclass_fields__}


@pytest.mark.parametrize(
    ("label", "option", "field", "value"),
    [
        ("colour", "region", "color", "region"),
        ("colour", "A and B", "color", "compare"),
        ("pictures", "weights × input", "images", "contribution"),
        ("signals", "in steps", "signals", "steps"),
        ("strong by", "weight", "strength", "weight"),
        ("alike by", "incoming weights", "metric", "incoming"),
        ("layers as", "shells", "arrangement", "shells"),
        ("theme", "light", "theme", "light"),
        ("palette", "colour-blind safe", "palette", "safe"),
        ("numbers", "the measures alone", "hud", "minimal"),
    ],
)
def test_a_choice_reaches_the_session(desk, session, label, option, field, value):
    desk.choose(f"##{label}", option)
    assert getattr(session.view, field) == value
    desk.frames(2)
    assert desk.lab.said == ""


@pytest.mark.parametrize(
    ("label", "field"), [("shown", "edges"), ("bundling", "bundling"), ("anchors", "anchors")]
)
def test_a_slider_reaches_the_session(desk, session, label, field):
    desk.drag(f"##{label}", (0.2, 0.5), (0.5, 0.5))
    assert getattr(session.view, field) == pytest.approx(0.5, abs=0.03)
    desk.drag(f"##{label}", (0.5, 0.5), (1.5, 0.5))
    assert getattr(session.view, field) == 1.0


def test_ticks_and_steps(desk, session):
    desk.press("trails of their recent activity")
    assert session.view.trails
    desk.drag("##steps a frame", (0.1, 0.5), (0.5, 0.5))
    assert session.view.layout_steps == 8


def test_the_focus_is_typed(desk, session):
    desk.type("##focus", "h1.3")
    assert session.view.focus == desk.lab.selected == "h1.3"
    desk.type("##focus", "h9.3")
    assert "h9.3" in desk.lab.said
    desk.type("##focus", "")
    assert session.view.focus is None


def test_panels_grow_when_the_slider_is_let_go(desk):
    desk.hand.move(*desk.place("##panels", 0.3))
    desk.frames()
    desk.hand.button("left", True)
    desk.frames()
    desk.hand.move(*desk.place("##panels", 0.5))
    desk.frames(2)
    assert desk.lab.hud.scale == 1.0
    desk.hand.button("left", False)
    desk.frames(2)
    assert desk.lab.hud.scale == pytest.approx(1.25, abs=0.06)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_whole_look(desk, session, name):
    desk.press(name)
    wanted = dict(PRESETS[name][1])
    if wanted["images"] == "auto":
        wanted["images"] = "none"
    for field, value in wanted.items():
        assert getattr(session.view, field) == value, field
    assert desk.lab.said == ""
    desk.frames(2)


def test_presets_ask_for_no_pictures_that_the_data_have_not(bench, sessions):
    points = sessions(TrainOptions(data="moons", hidden=(5,)))
    its = bench(ViewPanel(), points)
    for name in PRESETS:
        its.press(name)
        assert its.lab.said == ""
        assert points.view.images in ("none", "response")
        its.frames(2)
    its.press("What is it looking for?")
    assert points.view.images == "response"
