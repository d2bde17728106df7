"""Where panels lie: arranged at first, remembered then, and whatever the file holds."""

from __future__ import annotations

import math

import pytest
from hud_desk import ARRANGEMENT, Desk, Docked, Panel
from neuronaut.renderer.hud_layout import Arrangement


def test_panels_are_arranged_around_the_scene(make_desk):
    desk, docked = make_desk((1280, 800)), Docked()
    desk.hud.arrangement = ARRANGEMENT
    desk.frames(docked, 3)
    (x, y), (width, height) = desk.hud.middle
    assert docked.at["A"][:3] == (0, 0, pytest.approx(300, abs=3))
    assert docked.at["B"] == docked.at["C"]
    assert docked.at["B"][1] == pytest.approx(400, abs=3)
    assert docked.at["D"][0] == pytest.approx(940, abs=3)
    assert docked.at["E"][0] == x
    assert (x, y) == (pytest.approx(301, abs=3), 0)
    assert width == pytest.approx(640, abs=6)
    assert docked.at["E"][1] == pytest.approx(height, abs=3)
    for place, wanted in (((x + 9, y + 9), False), ((9, 300), True), ((x + 9, 790), True)):
        desk.hand.move(*place)
        desk.frames(docked)
        assert desk.hud.wants_pointer is wanted


def test_a_frame_without_room_that_grows_has_panels_of_use(make_desk):
    desk, docked = make_desk((320, 200)), Docked()
    desk.hud.arrangement = ARRANGEMENT
    desk.frames(docked, 3)
    desk.size = (1280, 800)
    desk.frames(docked, 3)
    assert docked.at["A"][2] > 200
    assert desk.hud.middle[1][0] > 700


def test_without_panels_the_middle_is_everything(desk, panel):
    desk.frames(panel, 2)
    assert desk.hud.middle == ((0.0, 0.0), (320.0, 240.0))


def move_panel(desk: Desk, panel: Panel) -> tuple[float, float]:
    """Drag the panel by its title and return where its button is then."""
    desk.frames(panel, 2)
    desk.hand.move(100, 20)
    desk.hand.button("left", True)
    desk.frames(panel, 2)
    desk.hand.move(160, 50)
    desk.frames(panel, 2)
    desk.hand.button("left", False)
    desk.frames(panel, 2)
    return panel.at["button"]


def test_the_layout_is_remembered(make_desk, panel, tmp_path):
    file = tmp_path / "deep" / "panels.ini"
    first = make_desk(ini_path=file)
    moved = move_panel(first, panel)
    first.hud.scale, first.hud.notes["theme"] = 1.25, "light"
    first.hud.release()
    assert [path.name for path in file.parent.iterdir()] == ["panels.ini"]
    again = make_desk(ini_path=file)
    assert (again.hud.scale, again.hud.notes["theme"]) == (1.25, "light")
    again.hud.scale = 1.0
    again.frames(panel)
    assert panel.at["button"] == moved


def test_the_layout_is_written_while_it_runs(make_desk, panel, tmp_path):
    file = tmp_path / "panels.ini"
    desk = make_desk(ini_path=file)
    move_panel(desk, panel)
    assert not file.exists()
    desk.frames(panel, 4, dt_secs=2.0)
    assert "[Window][Panel]" in file.read_text()


def test_a_layout_fits_a_screen_of_another_density(make_desk, tmp_path):
    docked, file = Docked(), tmp_path / "panels.ini"
    one = make_desk((1280, 800), 1.0, ini_path=file)
    one.hud.arrangement = ARRANGEMENT
    one.frames(docked, 2)
    before = dict(docked.at)
    one.hud.release()
    two = make_desk((2560, 1600), 2.0, ini_path=file)
    two.frames(docked, 2)
    for name, place in docked.at.items():
        assert place == pytest.approx([2 * value for value in before[name]], abs=5)


def test_what_is_remembered_goes_before_the_arrangement(make_desk, tmp_path):
    docked, file = Docked(), tmp_path / "panels.ini"
    first = make_desk((1280, 800), ini_path=file)
    first.hud.arrangement = ARRANGEMENT
    first.frames(docked, 2)
    before = dict(docked.at)
    first.hud.release()
    other = Arrangement(right=(("A", "B", "C", "D", "E"),))
    again = make_desk((1280, 800), ini_path=file)
    again.hud.arrangement = other
    again.frames(docked, 2)
    assert docked.at == before
    again.hud.rearrange()
    again.frames(docked, 2)
    assert docked.at["A"] == docked.at["E"]
    assert docked.at["A"][0] > 900


def test_nothing_is_written_without_a_path(desk, panel, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk.frames(panel, 4, dt_secs=3.0)
    desk.hud.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["cut", "changed", "binary", "empty", "folder"])
def test_a_broken_file_is_forgotten(make_desk, tmp_path, harm):
    docked, file = Docked(), tmp_path / "panels.ini"
    first = make_desk((1280, 800), ini_path=file)
    first.hud.arrangement = ARRANGEMENT
    first.frames(docked, 2)
    before = dict(docked.at)
    first.hud.release()
    whole = file.read_text()
    file.unlink()
    match harm:
        case "cut":
            file.write_text(whole[: len(whole) // 2])
        case "changed":
            file.write_text(whole.replace("Parent=0x0", "Parent=0x9"))
        case "binary":
            file.write_bytes(bytes(range(256)) * 9)
        case "empty":
            file.touch()
        case "folder":
            file.mkdir()
    again = make_desk((1280, 800), ini_path=file)
    again.hud.arrangement = ARRANGEMENT
    again.frames(docked, 2)
    assert docked.at == before


def test_a_file_that_cannot_be_written_does_no_harm(make_desk, panel, tmp_path):
    (tmp_path / "file").touch()
    desk = make_desk(ini_path=tmp_path / "file" / "panels.ini")
    desk.frames(panel, 4, dt_secs=3.0)
    desk.hud.release()
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize("size", [(1, 1), (0, 0), (3, 500)])
def test_any_size_of_window_is_survived(desk, panel, size):
    desk.hud.arrangement = ARRANGEMENT
    docked = Docked()
    for current in (size, (320, 240), size):
        desk.hud.begin(current, 1.0, 0.0, desk.hand.take())
        docked()
        panel()
        desk.hud.end(desk.framebuffer)


@pytest.mark.parametrize("scale", [math.nan, 1e9, -1.0])
def test_a_remembered_scale_that_makes_no_sense_is_forgotten(make_desk, panel, tmp_path, scale):
    desk = make_desk(ini_path=tmp_path / "panels.ini")
    desk.frames(panel)
    desk.hud.scale = scale
    desk.hud.release()
    assert make_desk(ini_path=tmp_path / "panels.ini").hud.scale == 1.0
