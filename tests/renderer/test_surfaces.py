"""The plane of two features: whose answer is where, the line between them, the data on it."""

from __future__ import annotations

from collections.abc import Callable

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.node import Node
from neuronaut.renderer.palettes import DARK, palette_texture
from neuronaut.renderer.poses import Pose, project
from neuronaut.renderer.surfaces import DecisionPlane, SamplePoints
from probes import difference

pytestmark = pytest.mark.usefixtures("glow")

SIZE = (192, 192)
ACROSS = Pose.look_at((-8, 0, 0), (0, 0, 0))  # from the input's side
ASKANCE = Pose.look_at((-4.8, 1.2, 6), (0, 0, 0))
EXTENT = (2.5, 2.0)
GRID = (12, 16)
# Column, row of the cells' middles, 0..1, the second upwards.
X, Y = np.meshgrid((np.arange(GRID[1]) + 0.5) / GRID[1], 1 - (np.arange(GRID[0]) + 0.5) / GRID[0])
COLORS = np.array([[220, 40, 40], [40, 200, 60], [50, 80, 230]], "u1")


def place(x: float, y: float) -> tuple[float, float, float]:
    """World position of a point of the plane, 0..1, the second upwards."""
    return (0.0, (2 * y - 1) * EXTENT[1], (2 * x - 1) * EXTENT[0])


def see(picture: np.ndarray, x: float, y: float, pose: Pose = ACROSS) -> np.ndarray:
    """What a picture shows of a point of the plane, [3]."""
    ((column, row),), _ = project(pose, [place(x, y)], SIZE)
    return picture[int(row), int(column), :3].astype(int)


def logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


@pytest.fixture
def categories(ctx: moderngl.Context):
    texture = palette_texture(ctx, COLORS)
    yield texture
    texture.release()


@pytest.fixture
def draw_plane(make_network, render, categories, ctx) -> Callable[..., np.ndarray]:
    """Draw the plane of `rows`, a [rows, columns] array of probabilities for each class."""

    def draw(*rows: np.ndarray, first_row: int = 0, classes: int | None = None) -> np.ndarray:
        plane = DecisionPlane(make_network((2, 2)), GRID, EXTENT, categories)
        values = np.concatenate([row.ravel() for row in rows]).astype("f4")
        plane.fields = StorageBuffer.of(ctx, "field", values)
        plane.first_row, plane.classes = first_row, classes or len(rows)
        picture = render(plane, ACROSS, SIZE)
        plane.fields.release()
        return picture

    return draw


def test_the_plane_has_the_colour_of_the_answer_there(draw_plane):
    """Class 1 in the corner of large x and large y, 2 at small y, 0 elsewhere: no symmetry."""
    second, third = (X > 0.6) & (Y > 0.6), Y < 0.25
    picture = draw_plane(~(second | third), second, third)
    told = {(0.8, 0.8): 1, (0.2, 0.8): 0, (0.8, 0.45): 0, (0.2, 0.1): 2, (0.8, 0.1): 2}
    for (x, y), winner in told.items():
        color = see(picture, x, y)
        assert color.argmax() == winner
        assert color[winner] > np.delete(color, winner).max() + 30


def test_rows_begin_where_they_are_told_to(draw_plane):
    first, second = (X < 0.5) * 1.0, (X >= 0.5) * 1.0
    other = np.full(GRID, 0.3)
    picture = draw_plane(other, other, first, second, first_row=2, classes=2)
    assert (picture == draw_plane(first, second)).all()


def test_one_output_is_the_probability_of_the_second_class(draw_plane):
    second = logistic(9 * (X - Y))
    both = draw_plane(1 - second, second)
    assert difference(draw_plane(second), both).max() <= 2


def test_what_is_uncertain_is_closer_to_the_ground(draw_plane):
    p = logistic(8 * (X - 0.5))
    picture = draw_plane(1 - p, p)
    ground = np.round(255 * np.array(DARK.cell_low))
    away = [np.abs(see(picture, x, 0.5) - ground).sum() for x in (0.56, 0.65, 0.8)]
    assert (np.diff(away) > 5).all()


@pytest.mark.parametrize("steepness", [6.0, 60.0])
def test_a_line_runs_where_the_answer_changes(draw_plane, steepness):
    """Along y = 0.3 + 0.4 x; also where the change is more sudden than the grid is fine."""
    p = logistic(steepness * (Y - 0.3 - 0.4 * X))
    picture = draw_plane(1 - p, p)
    px = 1 / 97  # of the plane's width, about
    for x in (0.1, 0.35, 0.5, 0.72, 0.9):
        y = 0.3 + 0.4 * x
        nearest = max(see(picture, x, y + dy * px).min() for dy in (-1.0, 0.0, 1.0))
        assert nearest > 130
        assert see(picture, x, y + 6 * px).min() < 110
        assert see(picture, x, y - 6 * px).min() < 110


def test_a_line_runs_between_any_two_of_three(draw_plane):
    logits = np.stack([4 * X, 4 * (1 - X), 7 * (Y - 0.4)])
    rows = np.exp(logits) / np.exp(logits).sum(axis=0)
    picture = draw_plane(*rows)
    assert max(see(picture, 0.5 + d, 0.15).min() for d in (-0.008, 0, 0.008)) > 130
    assert see(picture, 0.5, 0.95).min() < 110  # the two are equal there, but not the answer


def test_without_an_answer_there_is_no_line(draw_plane):
    for rows in ([np.full(GRID, 0.5)] * 2, [np.zeros(GRID)] * 3):
        picture = draw_plane(*rows)
        assert max(see(picture, x, y).min() for x in (0.1, 0.5, 0.9) for y in (0.2, 0.5)) < 90


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -3.0, 7.0])
def test_a_value_that_is_none_stays_within_its_cell(draw_plane, value, glow):
    glow.glow_strength = 1.0
    p = logistic(6 * (X - 0.5))
    fine = draw_plane(1 - p, p)
    p[2, 3] = value
    picture = draw_plane(1 - logistic(6 * (X - 0.5)), p)
    assert difference(picture, fine)[110:, 110:].max() <= 20


def test_missing_rows_are_refused(make_network, render, categories, ctx):
    plane = DecisionPlane(make_network((2, 2)), GRID, EXTENT, categories)
    with pytest.raises(ValueError, match="needs rows 0 to 1 of 192 numbers, there are 0"):
        render(plane, ACROSS)
    plane.fields = StorageBuffer(ctx, "field", 3 * 192)
    plane.first_row = 2
    with pytest.raises(ValueError, match="needs rows 2 to 3 of 192 numbers, there are 3"):
        render(plane, ACROSS)
    plane.fields.release()


@pytest.fixture
def make_points(make_network, categories):
    made: list[SamplePoints] = []

    def make(places: list[tuple[float, float]], classes: list[int]) -> SamplePoints:
        made.append(SamplePoints(make_network((2, 2)), EXTENT, categories))
        made[-1].size_px = 40.0  # the frame is 192 high, not 720
        made[-1].set(np.array(places).reshape(-1, 2), np.array(classes))
        return made[-1]

    yield make
    for points in made:
        points.release()


@pytest.mark.parametrize("pose", [ACROSS, ASKANCE])
def test_points_lie_where_they_should_in_their_colours(make_points, render, pose):
    places, classes = [(0.1, 0.2), (0.9, 0.75), (0.6, 0.5)], [2, 0, 1]
    picture = render(make_points(places, classes), pose, SIZE)
    nothing = render(Node("nothing"), pose, SIZE)
    for where, its in zip(places, classes, strict=True):
        assert difference(see(picture, *where, pose), COLORS[its]) <= 3
    assert difference(see(picture, 0.1, 0.75, pose), see(nothing, 0.1, 0.75, pose)) <= 1
    assert difference(see(picture, 0.9, 0.2, pose), see(nothing, 0.9, 0.2, pose)) <= 1


@pytest.mark.parametrize("eye", [(-8, 0, 0), (-3, 1, 7), (-2, 5, 5), (8, 0, 1)])
def test_points_lie_whole_before_the_plane(make_network, make_points, render, categories, ctx, eye):
    pose = Pose.look_at(eye, (0, 0, 0))
    points = make_points([(0.3, 0.3), (0.7, 0.6)], [0, 1])
    plane = DecisionPlane(points.network, GRID, EXTENT, categories)
    plane.fields = StorageBuffer.of(ctx, "field", np.full(2 * 192, 0.5, "f4"))
    both, alone = (
        render(Node("scene").add(*nodes), pose, SIZE) for nodes in ([plane, points], [points])
    )
    covered = difference(alone, render(Node("nothing"), pose, SIZE)) > 60
    plane.fields.release()
    assert covered.sum() > 60
    assert difference(both, alone)[covered].max() <= 90  # but for their smooth borders
    assert np.median(difference(both, alone)[covered]) <= 1


def test_a_ring_marks_the_shown_one(make_points, render):
    points = make_points([(0.3, 0.4), (0.7, 0.6)], [0, 1])
    without = render(points, ACROSS, SIZE)
    points.shown = (0.7, 0.6)
    picture = render(points, ACROSS, SIZE)
    changed = np.argwhere(difference(picture, without) > 40)
    ((x, y),), _ = project(ACROSS, [place(0.7, 0.6)], SIZE)
    away = np.hypot(changed[:, 0] + 0.5 - y, changed[:, 1] + 0.5 - x)
    radius = 0.5 * points.size_px * SIZE[1] / 720
    assert len(changed) > 20
    assert away.min() > radius
    assert away.max() < 3.5 * radius
    assert picture[tuple(changed[np.argmin(np.abs(away - 2 * radius))])][:3].min() > 150


def test_points_grow_with_the_picture(make_points, render):
    points = make_points([(0.5, 0.5)], [0])
    areas = []
    for size in ((96, 96), (192, 192), (384, 384)):
        nothing = render(Node("nothing"), ACROSS, size)
        areas.append((difference(render(points, ACROSS, size), nothing) > 25).sum())
    assert areas[1] / areas[0] == pytest.approx(4, rel=0.35)
    assert areas[2] / areas[1] == pytest.approx(4, rel=0.2)


def test_points_that_are_not_finite_or_behind_are_left_out(make_points, render):
    nothing = render(Node("nothing"), ACROSS, SIZE)
    points = make_points([(np.nan, 0.5), (0.5, np.inf)], [0, 1])
    assert difference(render(points, ACROSS, SIZE), nothing).max() == 0
    away = Pose.look_at((-8, 0, 0), (-16, 0, 0))
    points = make_points([(0.5, 0.5)], [0])
    assert difference(render(points, away, SIZE), render(Node("nothing"), away, SIZE)).max() == 0


def test_points_need_a_class_each_and_may_be_none(make_points, render):
    with pytest.raises(
        ValueError, match=r"places must be \[2, 2\], one for each class, not \[1, 2\]"
    ):
        make_points([(0.5, 0.5)], [0, 1])
    nothing = render(Node("nothing"), ACROSS, SIZE)
    assert difference(render(make_points([], []), ACROSS, SIZE), nothing).max() == 0
