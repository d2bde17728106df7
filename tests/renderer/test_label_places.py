"""Labels that keep off one another: which gives way, what moves together, what takes no room."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.label_items import Box, Label
from neuronaut.renderer.node import Node
from probes import FRONT, WHITE, difference, extent

pytestmark = pytest.mark.usefixtures("glow")

# The frame is 64 pixels wide and high, a line of size 16 takes 12 of them.


def height(mask: np.ndarray) -> int:
    return int(mask.any(axis=1).sum())


def test_two_labels_in_one_place_are_drawn_apart(ink):
    here = {"anchor": (0.0, 0.0, 0.0), "size": 16, "align": "center", "color": WHITE}
    one, both = ink(Label("HHH", **here)), ink(Label("HHH", **here), Label("HHH", **here))
    assert height(both) == 2 * height(one)
    assert both[one].all()  # the first is where it would be by itself


def test_the_lower_priority_gives_way(ink):
    here = {"anchor": (0.0, 0.0, 0.0), "size": 16, "align": "center", "color": WHITE}
    low, high = Label("HHH", **here, leeway=0.0), Label("I", **here, priority=1)
    np.testing.assert_array_equal(ink(low, high), ink(high))
    np.testing.assert_array_equal(ink(high, low), ink(high))


def test_what_hangs_on_the_frame_comes_first_and_stays(ink):
    title = Label("HHHH", (0.5, 0.5), 16, WHITE, "center")
    other = Label("HH", (0.55, 0.5), 16, WHITE, "center", priority=-1)
    world = Label("HH", (0.0, 0.0, 0.0), 16, WHITE, "center", priority=9)
    both = ink(world, title, other)
    assert both[ink(title)].all()
    assert height(both) == 2 * height(ink(title))  # the world's has moved, the other is left out


def test_labels_keep_off_boxes(ink):
    box = Box((0.5, 0.5), (30, 12), (1.0, 0.0, 0.0, 1.0), (-15, -6))
    on_frame = Label("H", (0.5, 0.5), 16, WHITE, "center")
    np.testing.assert_array_equal(ink(box, on_frame), ink(box))
    np.testing.assert_array_equal(ink(on_frame, box), ink(box))
    beside = ink(box, Label("H", (0.0, 0.0, 0.0), 16, WHITE, "center"))
    assert height(beside) >= height(ink(box)) + 8


def test_fixed_labels_are_drawn_as_they_are(labels, render):
    panel = Box((0.0, 0.0), (90, 90), (0.0, 0.0, 0.0, 1.0))
    wide, tall = (Label(text, (0.5, 0.5), 24, WHITE, "center", fixed=True) for text in ("---", "I"))
    light = []
    for items in ([panel, wide, tall], [panel, wide], [panel, tall]):
        labels.set(items)
        light.append(render(Node("scene").add(labels), FRONT)[..., 0] > 128)
    np.testing.assert_array_equal(light[0], light[1] | light[2])
    assert light[1].any()
    assert light[2].any()


def test_a_group_moves_together(ink):
    here = {"anchor": (0.0, 0.0, 0.0), "align": "center", "color": WHITE}
    name = Label("HHHH", **here, size=16, offset=(0, -8), group="layer")
    detail = Label("HH", **here, size=10, offset=(0, 8), group="layer")
    alone = ink(name, detail)
    taken = ink(title := Label("HHHH", (0.5, 0.3), 16, WHITE, "center"))
    rest = ink(title, name, detail) & ~taken
    assert (rest & alone).sum() != alone.sum()
    down = extent(rest)[1] - extent(alone)[1]
    # But for a few pixels at the limit of what counts as ink: the ground is not the same there.
    assert (rest != np.roll(alone, down, axis=0)).sum() < 0.1 * alone.sum()


def test_a_group_is_left_out_together(ink):
    title = Label("HHHHHH", (0.0, 0.5), 16, WHITE)
    swatch = Box((0.8, 0.5), (8, 8), WHITE, group="positive")
    words = Label("HH", (0.5, 0.5), 16, WHITE, group="positive")
    np.testing.assert_array_equal(ink(title, swatch, words), ink(title))
    assert ink(swatch, words).sum() > ink(words).sum()


def test_what_is_behind_the_camera_takes_no_room(ink):
    label = Label("H", (0.0, 0.0, 0.0), 16, WHITE, "center")
    behind = Label("H", (0.0, 0.0, 7.0), 16, WHITE, "center", priority=5)
    nowhere = Label("H", (np.nan, 0.0, 0.0), 16, WHITE, "center", priority=5)
    np.testing.assert_array_equal(ink(behind, nowhere, label), ink(label))


def test_the_transform_of_the_node_counts(labels, render, empty):
    """Two labels that meet only because of where their node stands."""
    labels.parent_from_node[0, 3] = 1.0
    world = Label("H", (-1.0, 0.0, 0.0), 16, WHITE, "center", leeway=0.0)
    labels.set([world])
    assert difference(render(Node("scene").add(labels), FRONT), empty).max() > 100
    labels.set([world, Label("H", (0.5, 0.5), 16, WHITE, "center", offset=(4, 0))])
    shown = difference(render(Node("scene").add(labels), FRONT), empty) > 30
    assert not shown[:, :29].any()
