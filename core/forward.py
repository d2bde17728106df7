"""The forward pass on show: its stages for one sample, and each neuron's response over a plane."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from . import network
from .arrays import PerOutput, Rows, Sample
from .network import NetworkConfig, Params

Corner = Sequence[float] | Float[np.ndarray, "2"]
Grid = Float[np.ndarray, "B 2"]
Fields = Float[jax.Array, "M B"]


class Stage(NamedTuple):
    """What one layer computes for a sample, step by step; [O] each.

    Attributes:
        weighted_sum: inputs @ weight.
        net_input: with the bias.
        output: after activation, softmax or sigmoid; the net input itself if there is none.
    """

    weighted_sum: PerOutput
    net_input: PerOutput
    output: PerOutput


@partial(jax.jit, static_argnames="config")
def stages(params: Params, x: Sample, config: NetworkConfig) -> list[Stage]:
    """Return the stages of every layer after the input, first to last.

    Raises:
        ValueError: the sample does not fit the input layer.
    """
    inputs, *outputs = network.activations(params, x, config)
    found: list[Stage] = []
    for (weight, bias), output in zip(params, outputs, strict=True):
        weighted_sum = inputs @ weight
        found.append(Stage(weighted_sum, weighted_sum + bias, output))
        inputs = output
    return found


def above(params: Params, config: NetworkConfig, layer: int) -> tuple[Params, NetworkConfig]:
    """Return the network above a layer, which takes that layer's activations as its input.

    Args:
        layer: 0 is the input layer, and gives the whole network.
    Raises:
        ValueError: there is no such layer, or it is the last.
    """
    if not 0 <= layer < len(params):
        raise ValueError(f"layer must be 0..{len(params) - 1}, got {layer}")
    return params[layer:], replace(config, sizes=config.sizes[layer:])


def plane_grid(low: Corner, high: Corner, side: int) -> Grid:
    """Return the centres of side × side cells that cover a rectangle, row by row; float32.

    As pixels of an image: the first row is the top (largest y), the first column has the smallest
    x. Centres lie half a cell inside, so that the image's borders are the rectangle's.

    Args:
        low, high: (x, y) of the corners.
    Raises:
        ValueError: there is no cell, or the rectangle is empty or not finite.
    """
    if side < 1:
        raise ValueError(f"side must be at least 1 cell, got {side}")
    corner, size = np.asarray(low, np.float64), np.subtract(high, low, dtype=np.float64)
    if size.shape != (2,) or not (np.isfinite(size) & (size > 0)).all():
        raise ValueError(f"low must be (x, y) below high, both finite, got {low} and {high}")
    share = (np.arange(side) + 0.5) / side
    across, up = corner[:, None] + size[:, None] * share
    x, y = np.meshgrid(across, up[::-1])
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


@partial(jax.jit, static_argnames="config")
def responses_over(params: Params, grid: Rows, config: NetworkConfig) -> Fields:
    """Return what every neuron after the input layer puts out at every point.

    Args:
        grid: points, as `plane_grid` gives them for networks of two inputs.
    Returns:
        One row per neuron, numbered as in `Wiring` from the first hidden one on; the outputs last,
        as `network.activations` gives them.
    Raises:
        ValueError: the points do not fit the input layer.
    """
    after_input = network.activations(params, grid, config)[1:]
    return jnp.concatenate(after_input, axis=1).T.astype(jnp.float32)
