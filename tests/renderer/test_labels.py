"""Text and boxes: where they are hung, how they are aligned, uploaded only when they change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.glyphs import GlyphAtlas
from neuronaut.renderer.label_items import Box, Label
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.node import Node
from neuronaut.renderer.palettes import DARK, theme_of
from neuronaut.renderer.poses import Pose, project
from probes import FRONT, SIZE_PX, WHITE, difference, extent

pytestmark = pytest.mark.usefixtures("glow")

SCALE = 0.75  # physical pixels for a nominal one, in frames below 540 pixels


@pytest.fixture
def uploads(monkeypatch) -> list[str]:
    """The names of the buffers written to, as they are."""
    written = []
    write = StorageBuffer.write

    def spy(buffer: StorageBuffer, values: np.ndarray) -> None:
        written.append(buffer.name)
        write(buffer, values)

    monkeypatch.setattr(StorageBuffer, "write", spy)
    return written


def test_text_is_lit_at_its_anchor_only(ink):
    mask = ink(Label("8", (0.5, 0.25), size=24, align="center", color=WHITE))
    left, top, right, bottom = extent(mask)
    assert (left + right) / 2 == pytest.approx(32, abs=1.5)
    assert (top + bottom) / 2 == pytest.approx(16, abs=1.5)  # a digit's middle is at the anchor
    assert 9 <= bottom - top <= 16  # of 18 pixels from line to line


def test_text_reads_upright_from_left_to_right(ink):
    mask = ink(Label("L", (0.5, 0.5), size=40, align="center", color=WHITE))
    left, top, right, bottom = extent(mask)
    assert mask[top:bottom, left].all()  # the stem at left
    assert mask[bottom - 1, left:right].all()  # the foot below
    assert not mask[top : bottom - 5, right - 3 :].any()
    one, two = (ink(Label(text, (0.3, 0.5), color=WHITE)) for text in ("I", "IW"))
    assert extent(one)[0] == extent(two)[0]
    assert extent(one)[2] + 4 < extent(two)[2]


@pytest.mark.parametrize("anchor", [(0.5, 0.5), (0.0, 0.0, 0.0)])
def test_alignment_says_which_end_lies_at_the_anchor(ink, anchor):
    spans = {
        align: extent(ink(Label("HHHH", anchor, align=align, size=14, color=WHITE)))
        for align in ("left", "center", "right")
    }
    assert 32 <= spans["left"][0] <= 34
    assert 30 <= spans["right"][2] <= 32
    assert sum(spans["center"][0::2]) / 2 == pytest.approx(32, abs=1)
    widths = [span[2] - span[0] for span in spans.values()]
    assert max(widths) - min(widths) <= 1
    assert {(span[1], span[3]) for span in spans.values()} == {spans["left"][1::2]}


def test_world_anchors_move_with_the_camera(ink):
    point = (0.7, -0.4, 0.5)
    for pose in (FRONT, Pose.look_at((1, 2, 5), (0, 0, 0)), Pose.look_at((-1, 0, 9), (0, 0.5, 0))):
        ((x, y),), _ = project(pose, [point], SIZE_PX)
        left, top, right, bottom = extent(ink(Box(point, (12, 8), WHITE), pose=pose))
        assert (left, top) == pytest.approx((x, y), abs=0.51)
        assert (right - left, bottom - top) == (12 * SCALE, 8 * SCALE)


def test_frame_anchors_stay(ink):
    label = Label("A", (0.25, 0.75), color=WHITE)
    np.testing.assert_array_equal(ink(label), ink(label, pose=Pose.look_at((9, 9, 9), (0, 0, 0))))


def test_what_is_behind_the_camera_is_not_drawn(ink):
    assert not ink(Label("A", (0.0, 0.0, 7.0), size=40), Box((0, 0, 6.5), (9, 9), WHITE)).any()


def test_a_box_fills_its_rectangle_exactly(ink):
    mask = ink(Box((0.25, 0.5), (20, 8), WHITE, offset=(4, -4)))
    expected = np.zeros_like(mask)
    expected[29:35, 19:34] = True
    np.testing.assert_array_equal(mask, expected)


def test_offsets_are_nominal_pixels(ink):
    here = extent(ink(Label("A", (0.25, 0.5), color=WHITE)))
    there = extent(ink(Label("A", (0.25, 0.5), color=WHITE, offset=(16, -12))))
    assert np.subtract(there, here).tolist() == [12, -9, 12, -9]


def test_colour_and_opacity(labels, render, empty):
    def middle(color: tuple[float, float, float, float]) -> np.ndarray:
        labels.set([Box((0.25, 0.25), (40, 40), color)])
        return render(Node("scene").add(labels), FRONT)[32, 32, :3].astype(float)

    assert middle((1.0, 0.5, 0.0, 1.0)) == pytest.approx([255, 127.5, 0], abs=1)
    expected = 0.5 * 255 + 0.5 * empty[32, 32, :3].astype(float)
    assert middle((1.0, 1.0, 1.0, 0.5)) == pytest.approx(expected, abs=2)


def test_later_items_lie_over_earlier_ones(labels, render):
    red, blue = Box((0.0, 0.0), (80, 80), (1, 0, 0, 1)), Box((0.0, 0.0), (80, 80), (0, 0, 1, 1))
    for items, color in [((red, blue), [0, 0, 255]), ((blue, red), [255, 0, 0])]:
        labels.set(items)
        picture = render(Node("scene").add(labels), FRONT)
        assert picture[32, 32, :3].tolist() == color


@pytest.mark.parametrize("items", [[], [Label("", (0.5, 0.5))], [Label("  ", (0.5, 0.5))]])
def test_nothing_to_show_shows_nothing(ink, items):
    assert not ink(*items).any()


def test_what_is_no_longer_shown_is_gone(ink):
    assert ink(*[Label("wwwwwwww", (0.1, 0.1 * i)) for i in range(1, 9)]).any()
    np.testing.assert_array_equal(ink(Label("a", (0.5, 0.5))), ink(Label("a", (0.5, 0.5))))
    assert extent(ink(Label("a", (0.5, 0.5))))[0] >= 32


def test_unchanged_items_upload_nothing(labels, render, uploads):
    scene, turned = Node("scene").add(labels), Pose.look_at((1, 1, 6), (0, 0, 0))
    labels.set([Label("loss 0.5", (0.0, 0.0, 0.0))])
    render(scene, FRONT)
    assert uploads == ["glyph_quad"]
    labels.set([Label("loss 0.5", (0.0, 0.0, 0.0))])
    render(scene, turned)
    render(scene, turned, first=False)
    assert uploads == ["glyph_quad"]
    labels.set([Label("loss 0.4", (0.0, 0.0, 0.0))])
    render(scene, turned, first=False)
    assert uploads == ["glyph_quad"] * 2
    render(scene, FRONT, (128, 1440))  # another size asks for other glyphs
    assert uploads == ["glyph_quad"] * 3


def test_text_that_changes_every_frame_reuses_its_buffer(labels, render, monkeypatch):
    made = []
    make = StorageBuffer.__init__

    def spy(*arguments) -> None:
        made.append(arguments)
        make(*arguments)

    monkeypatch.setattr(StorageBuffer, "__init__", spy)
    for step in range(10):
        labels.set([Label(f"step {step}", (0.5, 0.5))])
        render(Node("scene").add(labels), FRONT)
    assert len(made) == 1


def test_text_grows_with_the_frame(labels, render):
    heights = []
    for size_px in ((540, 540), (1080, 1080)):
        labels.set([Label("H", (0.5, 0.5), size=20, color=WHITE)])
        picture = render(Node("scene").add(labels), FRONT, size_px)
        rows = np.flatnonzero((picture[..., 1] > 128).any(axis=1))
        heights.append(rows[-1] - rows[0] + 1)
    assert heights[1] == pytest.approx(2 * heights[0], abs=1)


def test_a_full_atlas_starts_anew(ink):
    """More glyphs than the atlas holds, over several frames; what is shown is right in each."""
    first = ink(Label("Q", (0.1, 0.5), size=40, color=WHITE))
    sizes = range(300, 600, 20)
    for size in sizes:  # each of these takes a good part of the atlas
        ink(Label("MWQ", (0.1, 0.5), size=size))
    np.testing.assert_array_equal(ink(Label("Q", (0.1, 0.5), size=40, color=WHITE)), first)


@pytest.mark.parametrize("text", ["Übung – π ≈ 3,14 · ‘x’", "日本", "\t\n"])
def test_any_character_can_be_laid_out(ink, text):
    ink(Label(text, (0.0, 0.5)))


def test_a_moved_label_follows_its_anchor_without_uploads(labels, render, empty, uploads):
    """A shift is kept while the camera moves sideways, and the shader does the rest."""
    low, high = (Label("HH", (0.0, 0.0, 0.0), 16, WHITE, "center", priority=p) for p in (0, 1))
    labels.set([low, high])
    tops = []
    for step in range(4):
        pose = Pose.look_at((0.1 * step, 0, 6), (0.1 * step, 0, 0))
        picture = render(Node("scene").add(labels), pose, first=step == 0)
        tops.append(extent(difference(picture, empty) > 30)[0::2])
    assert len(set(tops)) == 4
    assert uploads == ["glyph_quad"]


@pytest.mark.parametrize("theme", [DARK, theme_of("light")], ids=lambda theme: theme.name)
def test_in_the_world_text_is_set_off_by_the_background(ctx, programs, render, theme):
    """Beside the stem of an I over a grey box: the background's colour, and the box beyond it."""
    boxes, labels = (Labels(ctx, programs, theme=theme) for _ in range(2))
    boxes.set([Box((0.0, 0.0), (90, 90), (0.5, 0.5, 0.5, 1.0))])
    ink = (*theme.text, 1.0)
    sides = []
    for anchor in ((0.0, 0.0, 0.0), (0.5, 0.5)):
        labels.set([Label("I", anchor, 40, ink, "center")])
        picture = render(Node("scene").add(boxes, labels), FRONT)
        row = picture[32, :, :3].astype(float).mean(axis=1)
        text = np.abs(row - 255 * np.mean(theme.text)) < 20
        sides.append(row[np.flatnonzero(text)[-1] + 1 :])
        assert row[[2, -2]] == pytest.approx(127.5, abs=1)
    boxes.release()
    labels.release()
    background = 255 * np.mean(theme.background_center)
    assert np.abs(sides[0] - background).min() < 40  # at four fifths of its opacity
    assert np.abs(sides[1] - background).min() > 60
    assert sides[0][8:] == pytest.approx(127.5, abs=1)


def test_drawing_again_gives_the_same_bytes(labels, render):
    rng = np.random.default_rng(3)
    anchors = rng.uniform(-1.5, 1.5, (30, 3))
    labels.set([Label(f"n{k}", tuple(map(float, at)), 12) for k, at in enumerate(anchors)])
    scene = Node("scene").add(labels)
    pictures = [render(scene, FRONT, first=first) for first in (True, False, True)]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_a_line_is_laid_out_once(labels, render, monkeypatch):
    """Where one number changes, the other lines are not laid out anew."""
    laid = []
    layout = GlyphAtlas.layout

    def spy(atlas: GlyphAtlas, text: str, *rest: Any):
        laid.append(text)
        return layout(atlas, text, *rest)

    monkeypatch.setattr(GlyphAtlas, "layout", spy)
    for step in range(3):
        labels.set([Label("loss", (0.2, 0.2)), Label(f"{step}", (0.5, 0.8))])
        render(Node("scene").add(labels), FRONT, first=step == 0)
    assert laid == ["loss", "0", "1", "2"]
