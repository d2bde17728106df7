"""Frames come back whole, in order, with the top row first."""

from __future__ import annotations

from collections.abc import Iterator

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.readback import ReadbackRing, read_now

SIZE = (5, 3)  # odd, so that a row's alignment matters


@pytest.fixture
def framebuffer(ctx: moderngl.Context) -> Iterator[moderngl.Framebuffer]:
    texture = ctx.texture(SIZE, 4)
    target = ctx.framebuffer([texture])
    yield target
    target.release()
    texture.release()


def draw(framebuffer: moderngl.Framebuffer, index: int) -> np.ndarray:
    """Fill the framebuffer with a pattern that tells its index, and return it, top row first."""
    noise = np.random.default_rng(index)
    expected = noise.integers(0, 256, (SIZE[1], SIZE[0], 4), dtype=np.uint8)
    texture = framebuffer.color_attachments[0]
    assert isinstance(texture, moderngl.Texture)
    texture.write(expected[::-1].tobytes(), alignment=1)
    return expected


def test_the_top_row_comes_first(framebuffer):
    framebuffer.clear(0.0, 0.0, 1.0, 1.0)
    framebuffer.clear(1.0, 0.0, 0.0, 0.0, viewport=(0, 2, 5, 1))
    frame = read_now(framebuffer)
    assert frame.shape == (3, 5, 4)
    assert frame.dtype == np.uint8
    assert (frame[0] == (255, 0, 0, 0)).all()
    assert (frame[1:] == (0, 0, 255, 255)).all()


def test_reading_now_returns_every_pixel(framebuffer):
    drawn = draw(framebuffer, 0)
    np.testing.assert_array_equal(read_now(framebuffer), drawn)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_ring_returns_each_frame_depth_calls_later(ctx, framebuffer, depth):
    ring = ReadbackRing(ctx, SIZE, depth)
    drawn, read = [], []
    for index in range(7):
        drawn.append(draw(framebuffer, index))
        frame = ring.push(framebuffer)
        assert (frame is None) is (index < depth)
        if frame is not None:
            read.append(frame)
    read.extend(ring.drain())
    np.testing.assert_array_equal(read, drawn)
    ring.release()


def test_fewer_frames_than_the_ring_is_deep(ctx, framebuffer):
    ring = ReadbackRing(ctx, SIZE, 3)
    assert list(ring.drain()) == []
    drawn = draw(framebuffer, 0)
    assert ring.push(framebuffer) is None
    np.testing.assert_array_equal(list(ring.drain()), [drawn])
    assert list(ring.drain()) == []
    ring.release()


def test_the_ring_can_be_used_again_after_draining(ctx, framebuffer):
    ring = ReadbackRing(ctx, SIZE, 2)
    for start in (0, 10, 20):
        drawn = [draw(framebuffer, start)]
        read = [ring.push(framebuffer)]
        for index in range(start + 1, start + 3):
            drawn.append(draw(framebuffer, index))
            read.append(ring.push(framebuffer))
        assert read[:2] == [None, None]
        np.testing.assert_array_equal([*read[2:], *ring.drain()], drawn)
    ring.release()


def test_frames_belong_to_the_caller(ctx, framebuffer):
    ring = ReadbackRing(ctx, SIZE, 1)
    drawn = draw(framebuffer, 0)
    ring.push(framebuffer)
    draw(framebuffer, 1)
    frame = ring.push(framebuffer)
    draw(framebuffer, 2)
    ring.push(framebuffer)
    ring.release()
    assert frame is not None
    np.testing.assert_array_equal(frame, drawn)
    assert frame.flags.writeable
    assert frame.flags.c_contiguous


def test_another_size_is_refused(ctx, framebuffer):
    ring = ReadbackRing(ctx, (4, 4))
    with pytest.raises(ValueError, match=r"frames of \(4, 4\) pixels, not \(5, 3\)"):
        ring.push(framebuffer)
    ring.release()


@pytest.mark.parametrize(("size", "depth"), [((5, 3), 0), ((0, 3), 2), ((5, -1), 2)])
def test_sizes_and_depths_below_one_are_refused(ctx, size, depth):
    with pytest.raises(ValueError, match="at least 1"):
        ReadbackRing(ctx, size, depth)
