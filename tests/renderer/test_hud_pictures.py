"""What a HUD draws: its panels, beside a scene and over it, and pictures inside panels."""

from __future__ import annotations

import moderngl
import numpy as np
import pytest
from hud_desk import middle_of_item
from imgui_bundle import ImVec2, imgui, implot
from neuronaut.renderer.hud_images import HudImages
from neuronaut.renderer.node import Frame
from neuronaut.renderer.palettes import theme_of
from neuronaut.renderer.readback import read_now
from probes import FRONT, difference

# ---- what is drawn


def test_outside_of_the_panels_the_picture_stays(desk, panel):
    desk.frames(panel, 3)
    picture = desk.picture()
    untouched = [51, 102, 153, 255]
    assert (picture[:, 212:] == untouched).all()
    assert (picture[192:] == untouched).all()
    assert difference(picture[40:180, 30:200], np.full((140, 170, 3), untouched[:3])).mean() > 30


def test_twice_the_density_is_the_same_picture_in_more_pixels(make_desk, panel):
    one = make_desk((320, 240), 1.0)
    one.frames(panel, 3)

    def larger() -> None:
        imgui.set_next_window_pos(ImVec2(20, 20))
        imgui.set_next_window_size(ImVec2(400, 360))
        imgui.begin("Panel")
        imgui.button("Press")
        at = middle_of_item()
        imgui.end()
        assert at == pytest.approx((2 * panel.at["button"][0], 2 * panel.at["button"][1]), abs=4)

    two = make_desk((640, 480), 2.0)
    two.frames(larger, 3)
    assert two.hud.px == 2.0
    halved = two.picture().reshape(240, 2, 320, 2, 4).mean(axis=(1, 3)).round()
    assert difference(halved[:70], one.picture()[:70]).mean() < 8


def test_everything_grows_with_the_picture_and_with_the_wish_of_the_person(desk, panel):
    desk.frames(panel, 2)
    assert desk.hud.px == 1.0
    desk.hud.scale = 1.5
    desk.frames(panel, 3)
    assert desk.hud.px == 1.5
    assert panel.at["button"][1] > 40  # the panel moved along
    desk.hud.begin((3840, 2160), 1.0, 1 / 60, desk.hand.take())
    assert desk.hud.px == pytest.approx(1.5 * 2160 / 900, abs=0.07)
    desk.hud.end(desk.framebuffer)


def test_the_same_frame_can_be_drawn_into_a_film_of_another_size(ctx, desk, panel):
    desk.frames(panel, 3)
    film = ctx.framebuffer([ctx.texture((640, 480), 4)])
    film.clear(0.2, 0.4, 0.6, 1.0)
    desk.hud.draw(film)
    halved = read_now(film).reshape(240, 2, 320, 2, 4).mean(axis=(1, 3)).round()
    assert difference(halved, desk.picture()).mean() < 3


def test_light_panels_are_light(make_desk, panel):
    shown = {}
    for name in ("dark", "light"):
        desk = make_desk(theme=theme_of(name))
        desk.frames(panel, 3)
        shown[name] = desk.picture()[150:180, 40:180, :3].mean()
    assert shown["dark"] < 60
    assert shown["light"] > 180
    desk.hud.theme = theme_of("dark")
    desk.frames(panel, 3)
    assert desk.picture()[150:180, 40:180, :3].mean() == pytest.approx(shown["dark"], abs=1)


@pytest.mark.parametrize("character", "×∂→←↑↓−–—·’‘“”µμσΣéöß≤≥≈±∞√²∇∈…•✓✕▶⏸⏹⏭↺⚙")
def test_every_sign_that_the_panels_use_has_a_glyph(desk, character):
    def check() -> None:
        for font in (desk.hud.fonts.text, desk.hud.fonts.strong):
            assert font.is_glyph_in_font(ord(character))

    desk.frames(check)


def test_plots_have_the_colours_of_the_theme(desk):
    def plot() -> None:
        imgui.set_next_window_pos(ImVec2(0, 0))
        imgui.set_next_window_size(ImVec2(320, 240))
        imgui.begin("Plot")
        implot.push_colormap(desk.hud.maps.values)
        if implot.begin_plot("##values", ImVec2(-1, -1), implot.Flags_.canvas_only.value):
            decoration = implot.AxisFlags_.no_decorations.value
            implot.setup_axes("", "", decoration, decoration)
            implot.plot_heatmap("values", np.array([[-1.0, 1.0]]), -1.0, 1.0, "")
            implot.end_plot()
        implot.pop_colormap()
        imgui.end()

    desk.frames(plot, 3)
    shown = desk.picture()[130, [60, 260], :3] / 255
    stops = desk.hud.theme.neuron_stops
    assert shown == pytest.approx(np.array([stops[0][1], stops[-1][1]]), abs=0.02)


# ---- beside the scene


def test_the_scene_and_the_panels_do_not_disturb_each_other(desk, panel, render, scene):
    pixels = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)

    def panels() -> None:
        panel()
        imgui.set_next_window_pos(ImVec2(214, 10))
        imgui.begin("More")
        desk.hud.image("pixels", pixels).show(40)
        imgui.text(f"glyphs that were not there before {len(shown)} {'Žąęłőű'[len(shown) :]}")
        imgui.end()

    shown = [render(scene, FRONT)]
    pictures = []
    for turn in range(3):
        pixels += 1
        desk.frames(panels, 3)
        pictures.append(desk.picture()[:, :212])
        shown.append(render(scene, FRONT, (64, 64)))
        np.testing.assert_array_equal(shown[turn + 1], shown[0])
        render(scene, FRONT, (33, 70))
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_panels_lie_over_the_finished_scene(desk, panel, renderer, scene, render):
    alone = render(scene, FRONT, desk.size)
    desk.frames(panel, 2)
    renderer.render(scene, Frame(FRONT, desk.size, True), desk.framebuffer)
    desk.hud.begin(desk.size, 1.0, 1 / 60, desk.hand.take())
    panel()
    desk.hud.end(desk.framebuffer)
    picture = desk.picture()
    np.testing.assert_array_equal(picture[:, 212:], alone[:, 212:])
    assert difference(picture[20:180, 20:200], alone[20:180, 20:200]).max() > 60


# ---- pictures inside panels


def test_a_picture_shows_sharp_squares_and_follows_its_pixels(desk):
    pixels = np.random.default_rng(0).integers(0, 255, (6, 5, 3), dtype=np.uint8)
    at: list[ImVec2] = []

    def show() -> None:
        imgui.set_next_window_size(ImVec2(250, 200))
        imgui.begin("Picture")
        desk.hud.image("sample", pixels).show(100)
        at.append(imgui.get_item_rect_min())
        imgui.end()

    for _ in range(2):
        desk.frames(show, 2)
        x, y = int(at[-1].x), int(at[-1].y)
        shown = desk.picture()[y + 10 : y + 120 : 20, x + 10 : x + 100 : 20, :3]
        np.testing.assert_array_equal(shown, pixels)
        pixels = 255 - pixels


def test_a_picture_is_written_again_only_when_it_changes(ctx, monkeypatch):
    written: list[int] = []
    write = moderngl.Texture.write
    monkeypatch.setattr(
        moderngl.Texture,
        "write",
        lambda *given, **named: (written.append(1), write(*given, **named)),
    )
    images = HudImages(ctx)
    pixels = np.zeros((3, 4, 4), np.uint8)
    first = images.get("a", pixels)
    assert images.get("a", pixels.copy()) is first
    assert not written
    pixels[0, 0, 0] = 1
    assert images.get("a", pixels) is first
    assert len(written) == 1
    larger = images.get("a", np.zeros((5, 4, 4), np.uint8))
    assert larger is not first
    assert larger.size == (4, 5)
    images.release()


def test_pictures_that_nobody_asks_for_are_freed(ctx):
    images = HudImages(ctx)
    pixels = np.zeros((2, 2, 3), np.uint8)
    for frame in range(300):
        images.get("always", pixels)
        images.get(f"once {frame}", pixels)
        images.next_frame()
    assert len(images) < 150
    images.release()
    assert len(images) == 0


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2, 3)), np.zeros((2, 2), np.uint8), np.zeros((2, 2, 2), np.uint8)]
)
def test_a_misshapen_picture_is_named(desk, pixels):
    with pytest.raises(ValueError, match="the picture 'odd' must be uint8"):
        desk.hud.image("odd", pixels)
