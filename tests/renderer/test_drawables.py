"""Pixel probes: every drawable lights what it should, where it should, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.palettes import NEURON_STOPS, palette_texture, ramp
from neuronaut.renderer.plates import Bars, BarShape, PixelPlane
from neuronaut.renderer.poses import Pose, project

SIZE_PX = (64, 64)
FRONT = Pose.look_at((0, 0, 6), (0, 0, 0))
# From the input's side and a little from above, as the program looks at a network.
DEFAULT_VIEW = Pose.look_at((-4.8, 1.2, 6), (0, 0, 0))
SQUARE = np.array([[-1, 1, 0], [-1, -1, 0], [1, 1, 0], [1, -1, 0]], "f4")  # inputs, outputs


def fill(network: NetworkBuffers, **values: np.ndarray) -> NetworkBuffers:
    """Write buffers by name (positions as [N, 3]), zeros or ones elsewhere; measure the ranges."""
    given = {"activation": np.ones(network.neurons), "importance": np.ones(network.neurons)}
    for name, value in (given | values).items():
        rows = np.asarray(value, "f4")
        if name == "position":
            rows = np.pad(rows, ((0, 0), (0, 1)))
        network.by_name[name].write(rows)
    network.measure_ranges()
    return network


def at(picture: np.ndarray, point: tuple[float, float, float], pose: Pose = FRONT) -> np.ndarray:
    """The colour [3] of the pixel in which one sees a world point."""
    ((x, y),), _ = project(pose, [point], SIZE_PX)
    return picture[int(y), int(x), :3].astype(int)


def difference(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By how much two pictures or colours differ, largest over the channels."""
    return np.abs(picture[..., :3].astype(int) - other[..., :3].astype(int)).max(axis=-1)


@pytest.fixture
def palette(ctx):
    texture = palette_texture(ctx, ramp(NEURON_STOPS))
    yield texture
    texture.release()


@pytest.fixture
def empty(render):
    return render(Node("nothing"), FRONT)


# ---- background


def test_the_background_is_dark_opaque_and_brightest_in_the_middle(empty):
    assert (empty[..., 3] == 255).all()
    assert empty[..., :3].max() < 90
    assert empty[32, 32, :3].sum() > empty[0, 0, :3].sum()
    assert difference(empty, empty[::-1, ::-1]).max() <= 1  # dither


# ---- neurons


@pytest.fixture
def draw_neurons(make_network, render, palette):
    def draw(
        position: list[tuple[float, ...]],
        pose: Pose = FRONT,
        **values: np.ndarray,
    ) -> np.ndarray:
        network = make_network((len(position), 1))
        others = {name: [*value, 0.0] for name, value in values.items()}
        fill(network, position=[*position, (0, 0, 100)], **others)
        return render(Node("scene").add(Neurons(network, 0, 0.8, palette)), pose)

    return draw


def test_a_neuron_is_lit_where_it_is(draw_neurons, empty):
    for place in [(0, 0, 0), (1.2, -0.9, 0.5), (-1.0, 1.0, -2.0)]:
        picture = draw_neurons([place])
        assert difference(at(picture, place), at(empty, place)) > 60
        lit = np.argwhere(difference(picture, empty) > 40)
        ((x, y),), _ = project(FRONT, [place], SIZE_PX)
        assert lit.mean(axis=0) + 0.5 == pytest.approx([y, x], abs=1.2)
    assert difference(picture, empty)[63, 63] <= 2  # a corner


def test_a_neuron_is_as_large_as_it_should_be(draw_neurons, empty):
    """A sphere straight ahead shows a disc of the angular radius asin(r / d)."""
    lit = difference(draw_neurons([(0, 0, 0)], activation=[1.0]), empty) > 10
    radius_world, distance = 0.8 * 1.25, 6.0  # importance 1 draws 1.25 radii
    slope = np.tan(np.arcsin(radius_world / distance))
    radius_px = slope * 32 / np.tan(FRONT.fov / 2)
    assert lit[32].sum() == pytest.approx(2 * radius_px, abs=2.5)
    assert lit[:, 32].sum() == pytest.approx(2 * radius_px, abs=2.5)


def test_size_grows_with_importance(draw_neurons, empty):
    areas = [
        (difference(draw_neurons([(0, 0, 0)], importance=[importance]), empty) > 40).sum()
        for importance in (0.0, 0.3, 0.6, 1.0)
    ]
    assert (np.diff(areas) > 10).all()


@pytest.mark.parametrize("swapped", [False, True])
def test_the_nearer_sphere_hides_the_farther(draw_neurons, swapped):
    near, far = (0, 0, 1), (0, 0, -1)
    places, values = [near, far], [1.0, -1.0]
    if swapped:
        places, values = places[::-1], values[::-1]
    alone = draw_neurons([near, (0, 0, 100)], activation=[1.0, -1.0])
    both = draw_neurons(places, activation=values)
    assert difference(at(both, near), at(alone, near)) <= 1
    other = draw_neurons([far, (0, 0, 100)], activation=[-1.0, 1.0])
    assert difference(at(both, near), at(other, near)) > 40


def test_colour_tells_the_activation_relative_to_the_layer(draw_neurons):
    places = [(-1.3, 0, 0), (0, 0, 0), (1.3, 0, 0)]
    small = draw_neurons(places, activation=[-0.01, 0.0, 0.01], importance=[0, 0, 0])
    large = draw_neurons(places, activation=[-100.0, 0.0, 100.0], importance=[0, 0, 0])
    assert difference(small, large).max() <= 1
    cold, dark, warm = (at(large, place) for place in places)
    assert warm[0] > cold[0]
    assert cold[2] > dark[2] + 40
    assert warm[0] > dark[0] + 40


def test_spheres_around_and_behind_the_eye_are_left_out(draw_neurons, empty):
    picture = draw_neurons([(0, 0, 6.1), (0, 0, 9), (0, 0, 6)])
    assert difference(picture, empty).max() <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["activation", "importance", "position"])
def test_a_neuron_that_is_not_finite_does_not_spoil_the_others(draw_neurons, value, name, empty):
    places = [(-1.3, 1.3, 0), (1.3, -1.3, 0)]
    broken = {
        "activation": {"activation": [value, 0.0]},
        "importance": {"activation": [0.0, 0.0], "importance": [value, 1.0]},
        "position": {"activation": [0.0, 0.0]},
    }[name]
    if name == "position":
        places[0] = (value, 1.3, 0)
    picture = draw_neurons(places, **broken)
    fine = draw_neurons([(-1.3, 1.3, 0), (1.3, -1.3, 0)], activation=[0.0, 0.0])
    assert difference(picture, fine)[32:, 32:].max() <= 1  # the other's quarter


# ---- weights


@pytest.fixture
def draw_edges(make_network, render):
    """Draw the four weights between two inputs and two outputs; weights row-major."""

    def draw(
        weight: list[float],
        pose: Pose = FRONT,
        position: np.ndarray = SQUARE,
        activation: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0),
        *more: Node,
        share: float = 1.0,
    ) -> np.ndarray:
        network = make_network((2, 2), np.array([[-1, 0, 0], [1, 0, 0]]))
        fill(network, weight=weight, position=position, activation=activation)
        edges = Edges(network)
        edges.style.width_px = 40.0
        edges.selection.choice.energy_share = share
        picture = render(Node("scene").add(*more, edges), pose)
        edges.selection.release()
        return picture

    return draw


MIDDLES = [(0, 1, 0), (0.5, -0.5, 0), (0.5, 0.5, 0), (0, -1, 0)]  # of 0-0, 0-1, 1-0, 1-1


@pytest.mark.parametrize("edge", range(4))
@pytest.mark.parametrize("value", [0.7, -0.7])
def test_one_weight_lights_its_own_ribbon(draw_edges, empty, edge, value):
    weight = [0.0] * 4
    weight[edge] = value
    picture = draw_edges(weight)
    red, _, blue = at(picture, MIDDLES[edge]) - at(empty, MIDDLES[edge])
    assert (red > 60 and red > blue + 30) if value > 0 else (blue > 60 and blue > red + 30)
    for other in set(range(4)) - {edge}:
        assert difference(at(picture, MIDDLES[other]), at(empty, MIDDLES[other])) < 20


def test_contribution_takes_the_activation_s_sign_and_silence(draw_edges, empty):
    weight = [1.0, 0.0, 0.0, 1.0]
    picture = draw_edges(weight, activation=(-1.0, 0.0, 1.0, 1.0))
    red, _, blue = at(picture, MIDDLES[0])
    assert blue > red + 30
    assert difference(at(picture, MIDDLES[3]), at(empty, MIDDLES[3])) < 20


def test_opposite_weights_on_one_line_are_neither_red_nor_blue(draw_edges, empty):
    line = np.array([[-1, 0, 0], [-1, 0, 0], [1, 0, 0], [1, 0, 0]])
    red, green, blue = at(draw_edges([1.0, 0.0, 0.0, -1.0], position=line), (0, 0, 0))
    assert min(red, green, blue) > 60
    assert max(red, green, blue) - min(red, green, blue) < 40


def test_strong_weights_are_brighter(draw_edges, empty):
    picture = draw_edges([1.0, 0.0, 0.0, 0.4])
    strong, weak = (difference(at(picture, MIDDLES[i]), at(empty, MIDDLES[i])) for i in (0, 3))
    assert strong > weak + 30
    assert weak > 3


def test_a_neuron_hides_the_weights_behind_it_only(draw_edges, make_network, palette):
    for depth, hides in [(2.0, True), (-2.0, False)]:
        sphere = make_network((1, 1))
        place = (0, 1 * (6 - depth) / 6, depth)  # before or behind the middle of the edge
        fill(sphere, position=[place, (0, 0, 100)], activation=[0.0, 0.0])
        neurons = Neurons(sphere, 0, 0.35, palette)
        with_edge = draw_edges([1.0, 0, 0, 0], FRONT, SQUARE, (1.0,) * 4, neurons)
        without = draw_edges([0.0, 0, 0, 0], FRONT, SQUARE, (1.0,) * 4, neurons)
        assert (difference(at(with_edge, place), at(without, place)) < 20) is hides
        elsewhere = (-0.8, 1, 0)
        assert difference(at(with_edge, elsewhere), at(without, elsewhere)) > 60


def test_an_end_behind_the_eye_is_clipped(draw_edges, render):
    inside = Pose.look_at((0, 0.3, 0), (1, 0.3, 0))
    along = np.array([[-1, 0, 0], [-1, 1, 0], [1, 0, 0], [1, 1, 0]])
    nothing = render(Node("nothing"), inside)
    for order, weight in [([0, 1, 2, 3], 1.0), ([2, 3, 0, 1], -1.0)]:  # the first or second end
        picture = draw_edges([weight, 0, 0, 0], inside, along[order])
        # The edge comes from below the eye and ends ahead: lit there, dark in the upper half.
        assert difference(at(picture, (0.95, 0, 0), inside), at(nothing, (0.95, 0, 0), inside)) > 40
        assert difference(picture, nothing)[:24].max() < 20
        assert difference(picture, nothing)[-1].max() > 40


def test_both_ends_behind_the_eye_draw_nothing(draw_edges, render):
    away = Pose.look_at((0, 0, 6), (0, 0, 12))
    assert difference(draw_edges([1.0] * 4, away), render(Node("nothing"), away)).max() <= 1


def test_an_edge_of_no_length_spreads_no_nan(draw_edges, empty):
    # Both ends in one place, and two ends that project onto one pixel.
    point = np.array([[0, 0, 0], [0, 0, 3], [0, 0, 0], [0, 0, -3]])
    picture = draw_edges([1.0, 0, 0, 1.0], position=point)
    assert difference(picture, empty)[:20].max() < 20
    assert difference(picture, empty)[:, :20].max() < 20


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("share", [0.9, 1.0])
def test_weights_that_are_not_finite_draw_nothing_and_do_not_glow(draw_edges, value, share):
    broken = draw_edges([value, 0.0, value, 1.0], share=share)
    np.testing.assert_array_equal(broken, draw_edges([0.0, 0.0, 0.0, 1.0], share=share))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_position_that_is_not_finite_does_not_spoil_the_frame(draw_edges, value):
    position = SQUARE.copy()
    position[0] = value
    np.testing.assert_array_equal(
        draw_edges([1.0, 0.0, 0.0, 1.0], position=position), draw_edges([0.0, 0.0, 0.0, 1.0])
    )


def test_edges_may_stand_anywhere_in_the_scene(make_network, render):
    """A node that is moved together with the camera gives the same picture."""
    network = make_network((2, 2), np.array([[-1, 0, 0], [1, 0, 0]]))
    fill(network, weight=[1.0, -1.0, 0.5, 0.2], position=SQUARE)
    edges = Edges(network)
    edges.style.width_px = 40.0
    here = render(Node("scene").add(edges), FRONT)
    away = np.array([10.0, -20.0, 30.0])
    edges.parent_from_node[:3, 3] = away
    there = render(Node("scene").add(edges), Pose(FRONT.position + away, FRONT.orientation))
    assert difference(here, there).max() <= 2
    edges.selection.release()


# ---- the input plane


ROWS, COLUMNS, EXTENT = 3, 4, (2.0, 1.5)


def cell_place(row: int, column: int) -> tuple[float, float, float]:
    """World position of a pixel's middle: rows run down y, columns along z."""
    y = (1 - (row + 0.5) / ROWS * 2) * EXTENT[1]
    return (0.0, y, ((column + 0.5) / COLUMNS * 2 - 1) * EXTENT[0])


CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]


@pytest.fixture
def draw_plane(make_network, render):
    def draw(activation: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
        network = make_network((activation.size, 1))
        fill(network, activation=np.append(activation.ravel(), 0.0))
        return render(Node("scene").add(PixelPlane(network, grid, EXTENT)), DEFAULT_VIEW)

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


def test_channels_are_colours(draw_plane):
    image = np.zeros((ROWS, COLUMNS, 3))
    image[0, 0, 0] = image[0, 1, 1] = image[0, 2, 2] = 1.0
    picture = draw_plane(image, (ROWS, COLUMNS, 3))
    for channel in range(3):
        color = at(picture, cell_place(0, channel), DEFAULT_VIEW)
        assert color.argmax() == channel
        assert color[channel] > np.delete(color, channel).max() + 90


@pytest.mark.parametrize("value", [np.nan, np.inf, -5.0, 7.0])
def test_a_pixel_out_of_range_stays_within_its_cell(draw_plane, value):
    image = np.zeros((ROWS, COLUMNS))
    dark = draw_plane(image, (ROWS, COLUMNS, 1))
    image[0, 0] = value
    picture = draw_plane(image, (ROWS, COLUMNS, 1))
    for cell in [(2, 3), (0, 3), (2, 0)]:
        place = cell_place(*cell)
        assert difference(at(picture, place, DEFAULT_VIEW), at(dark, place, DEFAULT_VIEW)) < 25


# ---- the outputs' bars


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


def test_a_bar_that_is_not_finite_does_not_spoil_the_others(make_network, render, palette):
    network = make_network((1, 2))
    places = [(0, 0, 100), (-1.5, 1.5, 0), (-1.5, -1.5, 0)]
    bars = Bars(network, 1, BarShape(0.5, 2.0, 0.5), palette)
    fill(network, position=places, activation=[0.0, 0.0, 0.5])
    fine = render(Node("scene").add(bars), FRONT)
    fill(network, position=places, activation=[0.0, np.nan, 0.5])
    assert difference(render(Node("scene").add(bars), FRONT), fine)[36:].max() <= 1
