"""Whether there is room for a network's scene and for a frame, asked before it is taken."""

from __future__ import annotations

import moderngl
from neuronaut.core.similarity import TABLE_WIDTH
from neuronaut.renderer.blocks import BLOCKS
from neuronaut.renderer.context import describe
from neuronaut.renderer.network_buffers import buffer_bytes
from neuronaut.renderer.selection import MOST_WEIGHTS

from ..options import FilmOptions, UserError, ViewOptions
from ..training.room import free_host_bytes, shown, size, weights_of
from . import pictures
from .stage import TRAIL_MOMENTS

# Bytes a pixel by which memory grew with the frame, measured with 17 million pixels.
_STILL, _FILM, _LOSSLESS, _SAMPLED, _TRANSPARENT = 44, 64, 120, 16, 8
_REMEDIES = {
    "field": "fewer neurons (--hidden) or --images none",
    "history": "fewer neurons (--hidden) or no --trails",
}


def check_network(ctx: moderngl.Context, sizes: tuple[int, ...], view: ViewOptions) -> None:
    """Make sure that the buffers of a network are no larger than the driver allows, and fit.

    Args:
        ctx: the context that is to draw it.
        sizes: neurons of every layer.
        view: how it is drawn, with nothing left to the kind of data.

    Raises:
        UserError: they are not, or do not.
    """
    buffers = buffer_bytes(sizes, TABLE_WIDTH) | _of_view(sizes, view)
    most = int(ctx.info["GL_MAX_SHADER_STORAGE_BLOCK_SIZE"])
    largest = max(buffers, key=lambda name: buffers[name])
    weights, needed = weights_of(sizes), sum(buffers.values())
    network = f"a network of {shown(sizes)} neurons has {weights:,} weights; to draw it"
    if buffers[largest] > most:
        raise UserError(
            f"{network}, one buffer ({largest}) takes {size(buffers[largest])}, but this "
            f"driver allows {size(most)}; "
            f"try {_REMEDIES.get(largest, 'fewer neurons (--hidden)')}."
        )
    if weights > MOST_WEIGHTS - 1024 * len(sizes):  # each layer may leave a tile half empty
        raise UserError(
            f"{network}, it may have {MOST_WEIGHTS:,} at most; try fewer neurons (--hidden)."
        )
    _check_fits(ctx, needed, network, "fewer neurons (--hidden)")


def check_frame(ctx: moderngl.Context, film: FilmOptions) -> None:
    """Make sure that the frames of a film can be drawn and encoded.

    Raises:
        UserError: they are larger than the driver allows, or than the memory that is free.
    """
    width, height = film.size
    largest = min(int(ctx.info["GL_MAX_TEXTURE_SIZE"]), *ctx.info["GL_MAX_VIEWPORT_DIMS"])
    if max(film.size) > largest:
        raise UserError(f"this driver draws at most {largest} pixels across, not {width}x{height}.")
    per_pixel = _STILL if film.out.suffix.lower() == ".png" else _FILM
    per_pixel = _LOSSLESS if film.codec == "ffv1" else per_pixel
    per_pixel += _SAMPLED * (film.samples > 1) + _TRANSPARENT * film.transparent
    what = f"a film of {width}x{height} pixels"
    _check_fits(ctx, width * height * per_pixel, what, "a smaller --size")


def _check_fits(ctx: moderngl.Context, needed: int, what: str, remedy: str) -> None:
    free = free_host_bytes()
    # What a GPU has free, OpenGL does not say.
    if describe(ctx).software and free is not None and needed > free:
        raise UserError(
            f"{what} takes about {size(needed)} of memory, but {size(free)} are free; try {remedy}."
        )


def _of_view(sizes: tuple[int, ...], view: ViewOptions) -> dict[str, int]:
    """Return how large the buffers of little images and of trails are."""
    above, cells, rows = sum(sizes[1:]), sizes[0], 0
    if sizes[0] == 2:
        cells, rows = pictures.SIDE**2, above if view.images != "none" else sizes[-1]
    elif view.images != "none":
        rows = sum(sizes[2:-1])
    moments = TRAIL_MOMENTS if view.trails else 0
    return {
        "field": rows * cells * BLOCKS["field"].itemsize,
        "history": moments * above * BLOCKS["history"].itemsize,
    }
