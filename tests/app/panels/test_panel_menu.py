"""The bar on top: panels are closed and opened by it, and put back as they were at first."""

from __future__ import annotations

from imgui_bundle import imgui
from neuronaut.app.laboratory import Laboratory
from neuronaut.app.panels.data import DataPanel
from neuronaut.app.panels.fly import FlyPanel
from neuronaut.renderer.events import Events

BAR_PX = (30, 10)  # "Panels", the first word of the bar


def chosen(desk, name: str) -> None:
    """Open the menu and choose from it."""
    desk.hand.move(*BAR_PX)
    desk.frames()
    for down in (True, False):
        desk.hand.button("left", down)
        desk.frames(2)
    desk.press(name)


def test_a_panel_is_closed_and_opened_by_its_name(bench):
    desk = bench(FlyPanel(), among=[DataPanel()])
    assert desk.lab.is_open == {"Fly": True, "Data": True}
    for is_open in (False, True):
        chosen(desk, "Data")
        assert desk.lab.is_open == {"Fly": True, "Data": is_open}


def test_all_panels_come_back_where_they_lay_at_first(bench, monkeypatch):
    desk = bench(FlyPanel(), among=[DataPanel()])
    begin, places = imgui.begin, {}

    def noted(title: str, *given):
        result = begin(title, *given)
        places[title] = (*imgui.get_window_pos(), *imgui.get_window_size())
        return result

    monkeypatch.setattr(imgui, "begin", noted)
    desk.frames(2)
    first = dict(places)
    chosen(desk, "Data")
    chosen(desk, "Fly")
    places.clear()
    desk.frames(2)
    assert not {"Fly", "Data"} & set(places)
    chosen(desk, "As at first")
    desk.frames(3)
    assert desk.lab.is_open == {"Fly": True, "Data": True}
    assert places == first


def test_the_first_tab_of_a_place_lies_open_at_the_start(session):
    lab, drawn = Laboratory(session), []
    for panel in lab.panels:
        panel.draw = lambda lab, title=panel.title: drawn.append(title)
    framebuffer = session.stage.ctx.simple_framebuffer((1280, 800), 4)
    for _ in range(3):
        drawn.clear()
        lab.begin(framebuffer.size, 1.0, 1 / 60, Events())
        lab.end(framebuffer)
    lab.release()
    framebuffer.release()
    assert drawn == ["Training", "Draw", "Inspector", "Disturb", "Plots"]
