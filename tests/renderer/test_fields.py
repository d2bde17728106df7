"""Tiles: each neuron's image, the right way round, over its own largest value."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.fields import FieldSource, FieldTiles
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.palettes import NEURON_STOPS, ramp
from neuronaut.renderer.poses import Pose, project
from probes import FRONT, at, difference, fill

pytestmark = pytest.mark.usefixtures("glow")

ROWS, COLUMNS, SIDE, INNER = 3, 4, 2.5, 0.8  # inside of the frame, as a share of the side, or more
PLACES = [(-1.3, 0.0, 0.0), (1.3, 0.0, 0.0)]
CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]
WEIGHTS = np.random.default_rng(3).uniform(-1, 1, (ROWS * COLUMNS, 2))
OUT_OF_SIGHT = (0.0, 0.0, 100.0)


def color_of(value: float) -> np.ndarray:
    """The palette's colour [3] of a value -1..1."""
    return ramp(NEURON_STOPS, 2001)[round(1000 + 1000 * value)].astype(int)


def offset(row: int, column: int, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """Where a cell's middle lies from its tile's, [right, up], world units."""
    return (
        SIDE / 2 * INNER * np.array([(column + 0.5) / columns * 2 - 1, 1 - (row + 0.5) / rows * 2])
    )


@pytest.fixture
def make_tiles(make_network, palette):
    """Tiles of two neurons on `PLACES` under the inputs given."""

    def make(inputs: int = ROWS * COLUMNS, places=PLACES, **values) -> FieldTiles:
        network = make_network((inputs, len(places)))
        position = [OUT_OF_SIGHT] * inputs + list(places)
        fill(network, position=position, **values)
        tiles = FieldTiles(network, 1, (ROWS, COLUMNS, 1), SIDE, palette)
        tiles.contrast = 1.0
        return tiles

    return make


def assert_shows(picture: np.ndarray, place, image: np.ndarray) -> None:
    """The tile at `place` shows `image` [rows, columns] over its largest |value|."""
    for cell in CELLS:
        right, up = offset(*cell)
        color = at(picture, (place[0] + right, place[1] + up, place[2]))
        expected = color_of(image[cell] / np.abs(image).max())
        assert difference(color, expected) <= 4, (cell, color, expected)


def test_the_tile_of_a_neuron_shows_its_column_of_the_weights(make_tiles, render):
    picture = render(make_tiles(weight=WEIGHTS.ravel()), FRONT)
    for place, column in zip(PLACES, WEIGHTS.T, strict=True):
        assert_shows(picture, place, column.reshape(ROWS, COLUMNS))


def test_contributions_are_weights_times_the_input(make_tiles, render):
    inputs = np.linspace(-1, 1, ROWS * COLUMNS)
    tiles = make_tiles(weight=WEIGHTS.ravel(), activation=[*inputs, 1.0, 1.0])
    tiles.source = FieldSource.CONTRIBUTION
    picture = render(tiles, FRONT)
    for place, column in zip(PLACES, WEIGHTS.T, strict=True):
        assert_shows(picture, place, (column * inputs).reshape(ROWS, COLUMNS))


def test_fields_are_rows_of_a_buffer_of_their_own(make_tiles, render, ctx):
    rows = np.vstack([np.full((2, ROWS * COLUMNS), 9.0), WEIGHTS.T]).astype("f4")
    tiles = make_tiles()
    tiles.source, tiles.first_row = FieldSource.FIELD, 2
    tiles.fields = StorageBuffer.of(ctx, "field", rows.ravel())
    picture = render(tiles, FRONT)
    tiles.fields.release()
    for place, row in zip(PLACES, WEIGHTS.T, strict=True):
        assert_shows(picture, place, row.reshape(ROWS, COLUMNS))


def test_channels_are_summed(make_tiles, render):
    channels = np.random.default_rng(4).uniform(-1, 1, (ROWS, COLUMNS, 3, 2))
    tiles = make_tiles(ROWS * COLUMNS * 3, weight=channels.ravel())
    tiles.grid = (ROWS, COLUMNS, 3)
    picture = render(tiles, FRONT)
    for place, image in zip(PLACES, np.moveaxis(channels.sum(axis=2), -1, 0), strict=True):
        assert_shows(picture, place, image)


def test_standing_tiles_are_the_right_way_round_from_the_inputs_side(make_tiles, render):
    tiles = make_tiles(weight=WEIGHTS.ravel(), places=[(0, 0, 0), OUT_OF_SIGHT])
    tiles.facing = False
    pose = Pose.look_at((-6, 0, 0), (0, 0, 0))
    picture = render(tiles, pose)
    image = WEIGHTS[:, 0].reshape(ROWS, COLUMNS)
    for cell in CELLS:
        right, up = offset(*cell)
        color = at(picture, (0.0, up, right), pose)
        assert difference(color, color_of(image[cell] / np.abs(image).max())) <= 4


def test_every_tile_is_scaled_by_its_own_largest_value(make_tiles, render):
    plain = render(make_tiles(weight=WEIGHTS.ravel()), FRONT)
    scaled = render(make_tiles(weight=(WEIGHTS * (1e-6, 1e6)).ravel()), FRONT)
    assert difference(plain, scaled).max() <= 1


def test_contrast_lets_small_values_step_back(make_tiles, render):
    tiles = make_tiles(weight=WEIGHTS.ravel())
    tiles.contrast = 2.0
    image = WEIGHTS[:, 0].reshape(ROWS, COLUMNS) / np.abs(WEIGHTS[:, 0]).max()
    assert_shows(render(tiles, FRONT), PLACES[0], np.sign(image) * image**2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["weight", "position", "tint"])
def test_what_is_not_finite_stays_within_its_cell_or_tile(make_tiles, render, name, value, glow):
    glow.glow_strength = 1.0
    fine = render(make_tiles(weight=WEIGHTS.ravel()), FRONT)
    weight, places, tint = WEIGHTS.copy(), list(PLACES), np.ones(ROWS * COLUMNS + 2)
    if name == "weight":
        weight[5, 0] = value
    elif name == "position":
        places[0] = (value, 0.0, 0.0)
    else:
        tint[-2] = value
    picture = render(make_tiles(weight=weight.ravel(), places=places, tint=tint), FRONT)
    assert difference(picture, fine)[:, 40:].max() <= 20  # but for the first one's halo
    if name == "weight":
        glow.glow_strength = 0.0
        weight[5, 0] = 0.0
        picture = render(make_tiles(weight=weight.ravel()), FRONT)
        assert_shows(picture, PLACES[0], weight[:, 0].reshape(ROWS, COLUMNS))


def test_a_neuron_without_weights_is_dark_not_missing(make_tiles, render):
    picture = render(make_tiles(weight=np.zeros(2 * ROWS * COLUMNS)), FRONT)
    assert difference(at(picture, PLACES[0]), color_of(0.0)) <= 3


def test_the_frame_tells_the_tint(make_tiles, render):
    tints = [*np.zeros(ROWS * COLUMNS), -2.0, 1.0]
    size = (256, 256)
    picture = render(make_tiles(weight=WEIGHTS.ravel(), tint=tints), FRONT, size)
    for place, value in zip(PLACES, (-1.0, 0.5), strict=True):
        border = (place[0], place[1] + 0.957 * SIDE / 2, place[2])
        ((x, y),), _ = project(FRONT, [border], size)
        assert difference(picture[int(y), int(x)], color_of(value)) <= 4


@pytest.mark.parametrize(
    ("facing", "eye"),
    [(True, (0.5, 0, 6)), *((f, e) for f in (True, False) for e in [(-6, 0.5, 0), (5, 2, -3)])],
)
def test_a_tile_covers_its_neuron(make_tiles, render, facing, eye):
    tiles = make_tiles(weight=WEIGHTS.ravel(), places=[(0, 0, 0), OUT_OF_SIGHT])
    tiles.facing = facing
    sphere = Neurons(tiles.network, 1, 0.4 * SIDE, tiles.palette)
    pose = Pose.look_at(eye, (0, 0, 0))
    both, alone = render(Node("scene").add(sphere, tiles), pose), render(tiles, pose)
    for cell in CELLS:
        right, up = 0.6 * offset(*cell)
        place = right * pose.right + up * pose.up if facing else (0.0, up, right)
        assert difference(at(both, place, pose), at(alone, place, pose)) <= 1


def test_tiles_follow_a_node_that_moves(make_tiles, render, empty):
    tiles = make_tiles(weight=WEIGHTS.ravel(), places=[(61.3, 0, 0), OUT_OF_SIGHT])
    scene = Node("moved").add(tiles)
    scene.parent_from_node[0, 3] = -60.0
    assert_shows(render(scene, FRONT), (1.3, 0.0, 0.0), WEIGHTS[:, 0].reshape(ROWS, COLUMNS))
    scene.parent_from_node[0, 3] = 0.0
    assert difference(render(scene, FRONT), empty).max() == 0


def test_one_neuron_alone(make_tiles, render, empty):
    tiles = make_tiles(weight=WEIGHTS.ravel())
    tiles.only = 1
    picture = render(tiles, FRONT)
    assert_shows(picture, PLACES[1], WEIGHTS[:, 1].reshape(ROWS, COLUMNS))
    assert difference(picture, empty)[:, :32].max() <= 1


def test_tiles_that_are_small_fade_and_are_not_drawn(make_tiles, render):
    """A side of 2.5 has 193 / distance pixels here; it is there from 10, in full from 16 on."""
    tiles = make_tiles(weight=WEIGHTS.ravel(), places=[(0, 0, 0), OUT_OF_SIGHT])
    strength = []
    for distance in (10.0, 14.0, 16.0, 20.0, 60.0):
        pose = Pose.look_at((0, 0, distance), (0, 0, 0))
        nothing = render(Node("nothing"), pose)
        strength.append(difference(render(tiles, pose), nothing).max())
    assert strength[0] > 60
    assert strength[1] > strength[2] > 10
    assert max(strength[3:]) == 0


def test_tiles_beside_and_behind_the_camera_are_not_drawn(make_tiles, render):
    tiles = make_tiles(weight=WEIGHTS.ravel(), places=[(60, 0, 0), (0, 0, 9)])
    assert difference(render(tiles, FRONT), render(Node("nothing"), FRONT)).max() == 0


def test_a_tile_half_out_of_the_frame_is_drawn(make_tiles, render, empty):
    tiles = make_tiles(weight=WEIGHTS.ravel(), places=[(3.4, 0, 0), OUT_OF_SIGHT])
    assert difference(render(tiles, FRONT), empty)[32, 63] > 10


def test_cells_smaller_than_a_pixel_are_averaged(make_network, render, palette):
    count = 32
    checkers = np.where(np.indices((count, count)).sum(axis=0) % 2, 1.0, -1.0)
    network = make_network((count * count, 1))
    places = [OUT_OF_SIGHT] * count * count + [(0, 0, 0)]
    fill(network, position=places, weight=checkers.ravel())
    tiles = FieldTiles(network, 1, (count, count, 1), SIDE, palette)
    picture = render(tiles, Pose.look_at((0, 0, 9), (0, 0, 0)))  # 21 pixels
    assert difference(picture[25:39, 25:39], color_of(0.0)).max() <= 25


def test_a_still_scene_is_drawn_alike_and_uploads_nothing(make_tiles, render):
    tiles = make_tiles(weight=WEIGHTS.ravel())
    before = {name: buffer.uploads for name, buffer in tiles.network.by_name.items()}
    pictures = [render(tiles, FRONT) for _ in range(2)]
    assert (pictures[0] == pictures[1]).all()
    assert before == {name: buffer.uploads for name, buffer in tiles.network.by_name.items()}


def test_a_source_that_does_not_fit_is_refused(make_network, make_tiles, render, palette, ctx):
    network = make_network((12, 2, 2))
    with pytest.raises(ValueError, match=r"layer 1 with 12 cells, not for layer 2"):
        render(FieldTiles(network, 2, (3, 4, 1), 1.0, palette), FRONT)
    with pytest.raises(ValueError, match=r"with 12 cells, not for layer 1 with 10"):
        render(FieldTiles(network, 1, (5, 2, 1), 1.0, palette), FRONT)
    tiles = make_tiles()
    tiles.source, tiles.first_row = FieldSource.FIELD, 1
    tiles.fields = StorageBuffer(ctx, "field", 2 * 12)
    with pytest.raises(ValueError, match=r"rows 1 to 2 of 12 numbers, there are 2"):
        render(tiles, FRONT)
    tiles.fields.release()
