"""Picking a neuron, against rays that meet spheres."""

from __future__ import annotations

import math

import numpy as np
import pytest
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.picking import pick
from neuronaut.renderer.poses import Pose, project, ray
from probes import FRONT, difference, fill

SIZE = (160, 100)
CENTER = (80.0, 50.0)


def met_first(
    positions: np.ndarray, radii: np.ndarray, pose: Pose, point: tuple[float, float]
) -> int | None:
    """Sphere by sphere: solve |eye + t·ray − centre|² = r² and keep the least t."""
    eye, along = ray(pose, *point, SIZE)
    best, first = None, math.inf
    for k, (center, radius) in enumerate(zip(positions, radii, strict=True)):
        b = along @ (center - eye)
        discriminant = b * b - (center - eye) @ (center - eye) + radius**2
        if discriminant >= 0.0 and b - math.sqrt(discriminant) > 0.0:
            t = b - math.sqrt(discriminant)
            if t < first:
                best, first = k, t
    return best


def test_it_is_the_sphere_that_the_ray_meets_first():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        positions = rng.uniform((-4, -3, -4), (4, 3, 4), (60, 3))
        radii = rng.uniform(0.05, 0.8, 60)
        pose = Pose.look_at(rng.uniform((-1, -1, 7), (1, 1, 9)), rng.uniform(-1, 1, 3))
        point = (rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1]))
        expected = met_first(positions, radii, pose, point)
        assert pick(positions, radii, pose, SIZE, point, reach_px=0.0) == expected
        hits += expected is not None
    assert 50 < hits < 200


def test_the_picture_and_the_pick_agree(make_network, render, palette, glow, empty):
    """Where a sphere is drawn, even the ellipse of one at the border, it is picked."""
    network = make_network((1, 1))
    fill(network, position=[(1.7, 1.3, 2.0), (0, 0, 100)])
    shown = render(Node("scene").add(Neurons(network, 0, 0.4, palette)), FRONT)
    drawn = difference(shown, empty) > 40
    radius = 0.4 * 1.25  # of a neuron of importance 1
    center = np.array([[1.7, 1.3, 2.0]])
    picked = np.zeros((64, 64), bool)
    for y, x in np.argwhere(drawn | np.roll(drawn, 3, 0) | np.roll(drawn, -3, 1)):
        picked[y, x] = pick(center, radius, FRONT, (64, 64), (x + 0.5, y + 0.5), 0.0) == 0
    assert picked.sum() > 50
    assert (picked != drawn).sum() <= 0.15 * picked.sum()  # its border is smooth


def test_beside_a_neuron_its_reach_counts_in_pixels():
    positions, radii = np.array([[0.0, 0.0, 0.0]]), np.array([0.2])
    pose = Pose.look_at((0, 0, 10), (0, 0, 0))
    px_per_slope = SIZE[1] / (2 * math.tan(pose.fov / 2))
    radius_px = px_per_slope * 0.2 / math.sqrt(10**2 - 0.2**2)
    for beside, expected in ((3.9, 0), (4.1, None)):
        for angle in np.linspace(0, 6, 7):
            reach = radius_px + beside
            point = (CENTER[0] + reach * math.cos(angle), CENTER[1] + reach * math.sin(angle))
            assert pick(positions, radii, pose, SIZE, point, reach_px=4.0) == expected


def test_between_two_the_closer_border_wins_and_a_hit_wins_over_both():
    pose = Pose.look_at((0, 0, 10), (0, 0, 0))
    positions = np.array([[-0.5, 0.0, 0.0], [0.8, 0.0, 3.0], [0.0, 0.0, -5.0]])
    ((left, _), (right, _)), _ = project(pose, positions[:2], SIZE)
    point = (left + 0.4 * (right - left), CENTER[1])
    assert pick(positions[:2], 0.05, pose, SIZE, point, reach_px=30.0) == 0
    assert pick(positions, [0.05, 0.05, 2.0], pose, SIZE, point, reach_px=30.0) == 2


def test_a_neuron_smaller_than_a_pixel_can_be_reached():
    positions = np.array([[0.3, 0.2, 0.0]])
    pose = Pose.look_at((0, 0, 90), (0, 0, 0))
    ((x, y),), _ = project(pose, positions, SIZE)
    assert pick(positions, 1e-4, pose, SIZE, (float(x) + 2, float(y) - 2)) == 0


@pytest.mark.parametrize(
    "position",
    [(0, 0, 12), (0, 0, 10.05), (math.nan, 0, 0), (math.inf, 0, 0), (0, math.nan, math.inf)],
    ids=["behind", "around", "nan", "infinite", "both"],
)
def test_what_cannot_be_seen_is_never_picked(position):
    pose = Pose.look_at((0, 0, 10), (0, 0, 0))
    assert pick(np.array([position]), 0.2, pose, SIZE, CENTER) is None
    beyond = np.array([position, (0, 0, -3)])
    assert pick(beyond, 0.2, pose, SIZE, CENTER) == 1
    assert pick(beyond[::-1], [0.2, math.nan], pose, SIZE, CENTER) == 0


def test_without_neurons_there_is_nothing():
    assert pick(np.zeros((0, 3)), np.zeros(0), FRONT, SIZE, CENTER) is None


def test_misshapen_positions_are_named():
    with pytest.raises(ValueError, match=r"\[N, 3\], not \[4\]"):
        pick(np.zeros(4), 1.0, FRONT, SIZE, CENTER)
