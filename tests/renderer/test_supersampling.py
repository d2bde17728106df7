"""Several samples a pixel: spread evenly, smoothing borders as their coverage."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from neuronaut.renderer.label_items import Label
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.node import Frame, Phase
from neuronaut.renderer.palettes import DARK, linear
from neuronaut.renderer.renderer import subpixels
from patches import Draw, Patch, drawing, srgb
from probes import FRONT, SIZE_PX


@pytest.fixture
def draw(ctx, programs) -> Iterator[Draw]:
    with drawing(ctx, programs) as draw:
        yield draw


def test_one_sample_is_the_frame_as_it_is(ctx, draw):
    patch = Patch(ctx, Phase.SOLID, (0.5, 0.2, 0.1, 1.0), (-1.03, -0.7, 0.52, 1.1))
    np.testing.assert_array_equal(draw(patch), draw(patch, samples=1))
    np.testing.assert_array_equal(draw(patch, samples=5), draw(patch, samples=5))
    with pytest.raises(ValueError, match="at least 1 sample, not 0"):
        draw(patch, samples=0)


@pytest.mark.parametrize("samples", [2, 4, 16, 37])
def test_samples_are_spread_evenly_about_the_pixels_middle(samples):
    places = np.array(subpixels(samples))
    assert places.shape == (samples, 2)
    assert places.mean(axis=0) == pytest.approx((0, 0), abs=1e-9)
    assert np.abs(places).max() < 0.6
    for direction in ((1.0, 0.0), (0.0, 1.0)):  # gaps, as borders along the axes see them
        assert np.diff(np.sort(places @ direction)).max() < 2.7 / samples


def test_samples_smooth_borders_as_their_coverage(ctx, draw):
    """A white rectangle whose border covers a known share of a row of pixels."""
    view = 2 * 6 * np.tan(FRONT.fov / 2) / 64  # one pixel, world units
    share = 0.3
    patch = Patch(ctx, Phase.SOLID, (1.0, 1.0, 1.0, 1.0), (-9.0, -9.0, 9.0, share * view))
    background = np.array(linear(DARK.background_center))
    rows = draw(patch, samples=64)[30:34, 32, :3]
    assert rows[0] == pytest.approx(srgb(background), abs=2)
    assert rows[1] == pytest.approx(srgb(share + (1 - share) * background), abs=5)
    assert rows[2].min() == 255
    assert set(draw(patch)[31, :, 0]) <= {255} | set(draw()[31, :, 0])


def test_jitter_shifts_the_picture_against_itself(ctx, draw):
    patch = Patch(ctx, Phase.SOLID, (1.0, 1.0, 1.0, 1.0), (-0.9, -0.5, 0.4, 0.7))
    here = draw(patch)[..., 0] == 255
    there = draw(patch, frame=Frame(FRONT, SIZE_PX, jitter_px=(3.0, 2.0)))[..., 0] == 255
    np.testing.assert_array_equal(np.roll(here, (2, -3), axis=(0, 1)), there)


def test_one_bright_sample_counts_no_more_than_white(ctx, draw):
    bright, white = (
        Patch(ctx, Phase.SOLID, (light,) * 3 + (1.0,), (-1.03, -0.71, 0.52, 1.1))
        for light in (90.0, 1.0)
    )
    np.testing.assert_array_equal(draw(bright, samples=4), draw(white, samples=4))


def test_samples_prepare_once_and_draw_text_once(ctx, programs, draw):
    patch = Patch(ctx, Phase.SOLID, (0.1, 0.1, 0.1, 1.0))
    labels = Labels(ctx, programs)
    labels.set([Label("Text", (0.1, 0.5), 20)])
    flat = np.abs(draw(patch, labels).astype(int) - draw(patch, labels, samples=8)).max()
    assert flat <= 1  # sharp, and where it was
    assert patch.prepared == 2
    labels.release()
