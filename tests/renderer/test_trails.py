"""Trails: what was when is where, as wide as it was large, and the ring goes round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.node import Node
from neuronaut.renderer.palettes import NEURON_STOPS, ramp
from neuronaut.renderer.poses import Pose, project
from neuronaut.renderer.trails import Trails
from probes import FRONT, difference, fill

pytestmark = pytest.mark.usefixtures("glow")

SIZE = (160, 160)
MOMENTS, LENGTH, WIDTH = 8, 2.0, 0.6
SIZES = (1, 2, 1)  # the trails are those of the two in the middle and the last
PLACES = [(-1.2, 1.2, 0.0), (-1.2, 0.0, 0.0), (1.2, -1.2, 0.0)]

Record = Callable[[Trails, Sequence[Sequence[float]]], Trails]


@pytest.fixture
def network(make_network) -> NetworkBuffers:
    return fill(make_network(SIZES), position=[(0, 0, 100), *PLACES])


@pytest.fixture
def make_trails(network, palette):
    made: list[Trails] = []

    def make(moments: int = MOMENTS) -> Trails:
        made.append(Trails(network, range(1, 3), moments, LENGTH, WIDTH, palette))
        return made[-1]

    yield make
    for trails in made:
        trails.release()


@pytest.fixture
def record(network) -> Record:
    """Record moments, oldest first, of the three neurons."""

    def do(trails: Trails, moments: Sequence[Sequence[float]]) -> Trails:
        for values in moments:
            network.by_name["activation"].write(np.array([99.0, *values], "f4"))
            trails.record(network.by_name["activation"])
        return trails

    return do


def widths(picture: np.ndarray, nothing: np.ndarray, neuron: int, moments: int = MOMENTS):
    """How many pixels high a strip is at each moment, newest first."""
    lit = difference(picture, nothing) > 8
    x, y, _ = PLACES[neuron]
    direction = 1 if neuron < 2 else -1
    found = []
    for back in range(moments):
        where = (x + direction * (back + 0.5) * LENGTH / moments, y, 0.0)
        ((column, row),), _ = project(FRONT, [where], SIZE)
        found.append(int(lit[int(row) - 14 : int(row) + 15, int(column)].sum()))
    return np.array(found)


@pytest.fixture
def nothing(render) -> np.ndarray:
    return render(Node("nothing"), FRONT, SIZE)


def one(values: Iterable[float], neuron: int = 0) -> list[list[float]]:
    """Moments in which one neuron has these values and the others 0."""
    return [[value if k == neuron else 0.0 for k in range(3)] for value in values]


@pytest.mark.parametrize("neuron", [0, 1, 2])
def test_a_step_is_where_it_happened_newest_at_the_neuron(
    make_trails, record, render, nothing, neuron
):
    trails = record(make_trails(), one([0, 0, 0, 0, 0, 1, 1, 1], neuron))
    picture = render(trails, FRONT, SIZE)
    now = widths(picture, nothing, neuron)
    assert (now[:3] >= 13).all()
    assert (now[3:] <= 4).all()
    for other in {0, 1, 2} - {neuron}:
        assert (widths(picture, nothing, other) <= 4).all()


def test_a_strip_is_as_wide_as_the_value_over_the_layers_largest(
    make_trails, record, render, nothing
):
    values = [0.0, 0.25, 0.5, 0.75, 1.0, -0.75, -0.5, 0.1]
    picture = render(record(make_trails(), one(values)), FRONT, SIZE)
    full = WIDTH * SIZE[1] / 2 / np.tan(FRONT.fov / 2) / 6
    expected = full * (0.1 + 0.9 * np.abs(values[::-1]))
    assert widths(picture, nothing, 0) == pytest.approx(expected, abs=2.1)
    other = render(record(make_trails(), one([1e-3 * value for value in values])), FRONT, SIZE)
    assert difference(picture, other).max() <= 1


def test_colour_tells_value_and_sign(make_trails, record, render):
    picture = render(record(make_trails(), one([0.0] * 6 + [-1.0, 1.0])), FRONT, SIZE)
    for back, value in ((0, 1.0), (1, -1.0)):
        where = (PLACES[0][0] + (back + 0.5) * LENGTH / MOMENTS, PLACES[0][1], 0.0)
        ((x, y),), _ = project(FRONT, [where], SIZE)
        color = picture[int(y), int(x), :3].astype(float)
        expected = ramp(NEURON_STOPS)[0 if value < 0 else -1].astype(float)
        assert np.corrcoef(color, expected)[0, 1] > 0.97
        assert color.max() > 180


def test_the_ring_goes_round(make_trails, record, render):
    values = np.random.default_rng(2).uniform(-1, 1, (MOMENTS + 5, 3))
    values[:5] *= 100  # forgotten, and with them that they were large
    wrapped = record(make_trails(), values)
    plain = record(make_trails(), values[5:])
    assert wrapped.recorded == plain.recorded == MOMENTS
    assert (render(wrapped, FRONT, SIZE) == render(plain, FRONT, SIZE)).all()


def test_only_what_was_recorded_is_drawn(make_trails, record, render, nothing):
    trails = make_trails()
    assert difference(render(trails, FRONT, SIZE), nothing).max() == 0
    picture = render(record(trails, one([1.0, 0.0, 1.0])), FRONT, SIZE)
    now = widths(picture, nothing, 0)
    assert now[0] >= 13
    assert 0 < now[1] <= 4
    assert now[2] >= 13
    assert (now[3:] == 0).all()


def test_a_cleared_trail_begins_anew(make_trails, record, render, nothing):
    trails = record(make_trails(), one([50.0] * 5))
    trails.clear()
    assert difference(render(trails, FRONT, SIZE), nothing).max() == 0
    again = render(record(trails, one([0.5, 1.0])), FRONT, SIZE)
    fresh = render(record(make_trails(), one([0.5, 1.0])), FRONT, SIZE)
    assert (again == fresh).all()


def test_older_is_fainter(make_trails, record, render, nothing):
    picture = render(record(make_trails(), one([1.0] * MOMENTS)), FRONT, SIZE)
    light = []
    for back in range(MOMENTS):
        where = (PLACES[0][0] + (back + 0.5) * LENGTH / MOMENTS, PLACES[0][1], 0.0)
        ((x, y),), _ = project(FRONT, [where], SIZE)
        light.append(int(picture[int(y), int(x), :3].sum()))
    assert (np.diff(light) < 0).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_counts_as_nothing(make_trails, record, render, value, glow):
    glow.glow_strength = 1.0
    moments = np.random.default_rng(5).uniform(0, 1, (MOMENTS, 3))
    moments[4, 0] = 0.0
    fine = render(record(make_trails(), moments), FRONT, SIZE)
    moments[4, 0] = value
    assert (render(record(make_trails(), moments), FRONT, SIZE) == fine).all()


def test_many_moments_in_a_pixel_are_averaged(make_trails, record, render, nothing):
    """Alternating 0 and 1 looks like a constant half, and not like a pattern of its own."""
    trails = record(make_trails(400), one([0.0, 1.0] * 200))
    now = widths(render(trails, FRONT, SIZE), nothing, 0, moments=20)
    assert now.min() >= 6
    assert np.ptp(now) <= 2


def test_strips_stand_clear_of_their_neurons_and_turn_where_they_are_told(
    make_trails, record, render, nothing
):
    trails = record(make_trails(), one([1.0]))
    trails.clearance_world = (0.8, 0.0)
    trails.direction = (-1.0, -1.0)
    lit = np.argwhere(difference(render(trails, FRONT, SIZE), nothing)[:60] > 40)
    x = PLACES[0][0] - 0.8
    (first, last), _ = project(FRONT, [(x - LENGTH / MOMENTS, 0, 0), (x, 0, 0)], SIZE)
    assert lit[:, 1].min() == pytest.approx(first[0], abs=1.5)
    assert lit[:, 1].max() + 1 == pytest.approx(last[0], abs=1.5)


def test_from_the_end_of_the_axis_there_is_nothing_to_see(make_trails, record, render):
    trails = record(make_trails(), [[1.0, 1.0, 1.0]] * MOMENTS)
    pose = Pose.look_at((-9, 1.2, 0), (0, 1.2, 0))
    picture = render(trails, pose, SIZE)
    middle = np.s_[70:90, 70:90]  # around the first neuron
    assert difference(picture, render(Node("nothing"), pose, SIZE))[middle].max() <= 1


def test_drawing_uploads_and_records_nothing(make_trails, record, render, network):
    trails = record(make_trails(), one([0.3, 1.0, 0.2]))
    before = {name: buffer.uploads for name, buffer in network.by_name.items()}
    pictures = [render(trails, FRONT, SIZE) for _ in range(2)]
    assert (pictures[0] == pictures[1]).all()
    assert before == {name: buffer.uploads for name, buffer in network.by_name.items()}


def test_what_cannot_be_recorded_is_refused(make_trails, network, palette, ctx):
    trails, short = make_trails(), StorageBuffer(ctx, "activation", 3)
    with pytest.raises(ValueError, match="record 4 float32 values, not 3 of float32"):
        trails.record(short)
    with pytest.raises(ValueError, match="not 4 of int32"):
        trails.record(network.by_name["category"])
    short.release()
    for layers in (range(0), range(1, 4), range(0, 3, 2)):
        with pytest.raises(ValueError, match="consecutive layers of 0 to 2"):
            Trails(network, layers, 4, 1.0, 1.0, palette)
    with pytest.raises(ValueError, match="a buffer may have"):
        Trails(network, range(1, 3), 10**9, 1.0, 1.0, palette)
