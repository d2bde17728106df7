"""The input as its picture, the outputs as bars."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.node import Node
from neuronaut.renderer.palettes import DARK, Theme, theme_of
from neuronaut.renderer.plates import Bars, BarShape, PixelPlane
from neuronaut.renderer.poses import Pose, project
from probes import FRONT, SIZE_PX, at, difference, fill

pytestmark = pytest.mark.usefixtures("glow")
# From the input's side and a little from above, as the program looks at a network.
DEFAULT_VIEW = Pose.look_at((-4.8, 1.2, 6), (0, 0, 0))


ROWS, COLUMNS, EXTENT = 3, 4, (2.0, 1.5)


def cell_place(row: int, column: int) -> tuple[float, float, float]:
    """World position of a pixel's middle: rows run down y, columns along z."""
    y = (1 - (row + 0.5) / ROWS * 2) * EXTENT[1]
    return (0.0, y, ((column + 0.5) / COLUMNS * 2 - 1) * EXTENT[0])


CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]


@pytest.fixture
def draw_plane(make_network, render):
    def draw(activation: np.ndarray, grid: tuple[int, int, int], theme: Theme = DARK) -> np.ndarray:
        network = make_network((activation.size, 1))
        fill(network, activation=np.append(activation.ravel(), 0.0))
        return render(Node("scene").add(PixelPlane(network, grid, EXTENT, theme)), DEFAULT_VIEW)

    return draw


@pytest.mark.parametrize("cell", CELLS)
def test_a_pixel_lights_its_own_place(draw_plane, cell):
    image = np.zeros((ROWS, COLUMNS))
    image[cell] = 1.0
    picture = draw_plane(image, (ROWS, COLUMNS, 1))
    light = {other: at(picture, cell_place(*other), DEFAULT_VIEW).min() for other in CELLS}
    assert light.pop(cell) > 180
    assert max(light.values()) < 90


def test_the_default_view_sees_row_0_on_top_and_column_0_at_left():
    places = np.array([cell_place(*cell) for cell in CELLS]).reshape(ROWS, COLUMNS, 3)
    px = project(DEFAULT_VIEW, places.reshape(-1, 3), SIZE_PX)[0].reshape(ROWS, COLUMNS, 2)
    assert (np.diff(px[..., 1], axis=0) > 0).all()
    assert (np.diff(px[..., 0], axis=1) > 0).all()


def test_a_pixel_is_as_bright_as_it_is(draw_plane):
    image = np.linspace(0, 1, ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    picture = draw_plane(image, (ROWS, COLUMNS, 1))
    light = [at(picture, cell_place(*cell), DEFAULT_VIEW).sum() for cell in CELLS]
    assert (np.diff(light) > 0).all()


def test_on_paper_a_pixel_is_ink(draw_plane):
    image = np.zeros((ROWS, COLUMNS))
    image[1, 2] = 1.0
    picture = draw_plane(image, (ROWS, COLUMNS, 1), theme_of("light"))
    light = {cell: at(picture, cell_place(*cell), DEFAULT_VIEW).mean() for cell in CELLS}
    assert light.pop((1, 2)) < 40
    assert min(light.values()) > 245


@pytest.mark.parametrize("theme", [DARK, theme_of("light")], ids=lambda theme: theme.name)
def test_channels_are_colours(draw_plane, theme):
    image = np.zeros((ROWS, COLUMNS, 3))
    image[0, 0, 0] = image[0, 1, 1] = image[0, 2, 2] = 1.0
    picture = draw_plane(image, (ROWS, COLUMNS, 3), theme)
    for channel in range(3):
        color = at(picture, cell_place(0, channel), DEFAULT_VIEW)
        assert color.argmax() == channel
        assert color[channel] > np.delete(color, channel).max() + 90


@pytest.mark.parametrize("value", [np.nan, np.inf, -5.0, 7.0])
def test_a_pixel_out_of_range_stays_within_its_cell(draw_plane, value, glow):
    glow.glow_strength = 1.0
    image = np.zeros((ROWS, COLUMNS))
    dark = draw_plane(image, (ROWS, COLUMNS, 1))
    image[0, 0] = value
    picture = draw_plane(image, (ROWS, COLUMNS, 1))
    for cell in [(2, 3), (0, 3), (2, 0)]:
        place = cell_place(*cell)
        assert difference(at(picture, place, DEFAULT_VIEW), at(dark, place, DEFAULT_VIEW)) < 25


def test_a_bar_is_as_long_as_its_activation(make_network, render, palette, empty):
    values = [0.0, 0.5, 1.0, 2.0, -1.0]
    heights = [1.6, 0.8, 0.0, -0.8, -1.6]
    network = make_network((1, 5))
    places = [(0, 0, 100), *((-1.5, y, 0.0) for y in heights)]
    fill(network, position=places, activation=[0.0, *values])
    shape = BarShape(offset=0.5, length=2.0, height=0.5)
    picture = render(Node("scene").add(Bars(network, 1, shape, palette)), FRONT)

    def along(output: int, share: float) -> np.ndarray:
        return at(picture, (-1.0 + 2.0 * share, heights[output], 0.0))

    track = along(0, 0.5)
    for share in (0.1, 0.3, 0.7, 0.9):
        for output, length in enumerate([0.0, 0.5, 1.0, 1.0, 0.0]):
            is_bar = difference(along(output, share), track) > 40
            assert is_bar == (share < length), (output, share)
    outside = [(-1.15, 0.0, 0.0), (1.2, 0.0, 0.0), (0.0, 0.4, 0.0)]
    assert all(difference(at(picture, point), at(empty, point)) < 25 for point in outside)
    assert difference(track, at(empty, (0, 1.6, 0))) > 3


@pytest.mark.parametrize("theme", [DARK, theme_of("light")], ids=lambda theme: theme.name)
def test_the_track_has_the_themes_colour(make_network, render, palette, theme):
    network = make_network((1, 1))
    fill(network, position=[(0, 0, 100), (-1.5, 0, 0)], activation=[0.0, 0.2])
    bars = Bars(network, 1, BarShape(0.5, 2.0, 0.5), palette, theme)
    picture = render(Node("scene").add(bars), FRONT)
    assert at(picture, (0.6, 0, 0)) == pytest.approx(255 * np.array(theme.track), abs=1)


def test_a_bar_that_is_not_finite_does_not_spoil_the_others(make_network, render, palette):
    network = make_network((1, 2))
    places = [(0, 0, 100), (-1.5, 1.5, 0), (-1.5, -1.5, 0)]
    bars = Bars(network, 1, BarShape(0.5, 2.0, 0.5), palette)
    fill(network, position=places, activation=[0.0, 0.0, 0.5])
    fine = render(Node("scene").add(bars), FRONT)
    fill(network, position=places, activation=[0.0, np.nan, 0.5])
    assert difference(render(Node("scene").add(bars), FRONT), fine)[36:].max() <= 1
