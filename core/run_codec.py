"""A network's weights and biases as a vector of small whole numbers, and back.

Trained weights change little between two snapshots. So a float's bits become a whole number in
the floats' own order, and what is stored is the difference to the snapshot before, its sign in the
lowest bit ("zigzag", as in Protocol Buffers): small numbers, which compress to half. Every
`KEY_EVERY`-th snapshot is stored whole, so that a jump reads few. Nothing is lost beyond the
rounding to float16, and nothing at all with float32.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, UInt

from .arrays import AnyArray
from .network import Layer, Params
from .trees import Layers

KEY_EVERY = 10
PRECISIONS = ("float16", "float32")
CODES = {"float16": "uint16", "float32": "uint32"}

_Tree = TypeVar("_Tree")
Vector = Float[np.ndarray, "W"]  # all weights, matrix by matrix, row-major; then all biases


def length(sizes: tuple[int, ...]) -> int:
    """Return W, the number of weights and biases of a network."""
    return sum((i + 1) * o for i, o in pairwise(sizes))


def rounder(precision: str) -> Callable[[_Tree], _Tree]:
    """Return what rounds layers to a precision as `pack_host` does, for use within `jax.jit`.

    It returns arrays of their own, and is the same function each time.
    """
    return _ROUNDERS[precision]


def _halves(layers: _Tree) -> _Tree:
    limit = float(jnp.finfo(jnp.float16).max)
    return jax.tree.map(lambda a: jnp.clip(a, -limit, limit).astype(jnp.float16), layers)


def _copies(layers: _Tree) -> _Tree:
    return jax.tree.map(jnp.copy, layers)


_ROUNDERS = {"float16": _halves, "float32": _copies}


@jax.jit
def copied(layers: Layers) -> Layers:
    """Return float32 layers in memory of their own, on their device; nothing waits for them."""
    return jax.tree.map(lambda array: jnp.copy(array).astype(jnp.float32), layers)


def pack_host(layers: Iterable[tuple[AnyArray, AnyArray]], precision: str) -> Vector:
    """Return all weights and then all biases as one vector of the given precision.

    What lies beyond float16's range becomes its largest number, 65,504.
    """
    weights, biases = zip(*layers, strict=True)
    parts = [np.asarray(array).ravel() for array in (*weights, *biases)]
    if all(part.dtype == precision for part in parts):  # a rounder was there
        vector = np.concatenate(parts)
        if precision == "float16":
            bits = vector.view(np.uint16)
            bits -= (bits & 0x7FFF) == 0x7C00  # ±infinity, if it was no rounder of ours
        return vector
    vector = np.concatenate(parts, dtype=np.float32, casting="same_kind")
    if precision == "float16":
        limit = np.finfo(precision).max
        np.clip(vector, -limit, limit, out=vector)
    return vector.astype(precision, copy=False)


def unpack(vector: Vector, sizes: tuple[int, ...]) -> Params:
    """Return the layers that a vector holds, float32."""
    bias_at = sum(i * o for i, o in pairwise(sizes))
    layers, weight_at = [], 0
    for i, o in pairwise(sizes):
        # Cut by NumPy: JAX would compile every cut the first time, for half a second.
        weight = vector[weight_at : weight_at + i * o].reshape(i, o)
        bias = vector[bias_at : bias_at + o]
        layers.append(Layer(jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)))
        weight_at, bias_at = weight_at + i * o, bias_at + o
    return tuple(layers)


def ordered(vector: Vector) -> Int[np.ndarray, "W"]:
    """Return the floats' bits as whole numbers that are ordered as the floats are."""
    return _flip(vector.view(f"i{vector.dtype.itemsize}"))


def encode(now: Int[np.ndarray, "W"], before: Int[np.ndarray, "W"] | None) -> UInt[np.ndarray, "W"]:
    """Return what is stored: the numbers themselves, or how they differ from those before."""
    if before is None:
        return now.view(f"u{now.dtype.itemsize}")
    difference = now - before  # may wrap round; so does the way back
    sign = difference >> _top_bit(now)
    difference <<= 1
    difference ^= sign
    return difference.view(f"u{now.dtype.itemsize}")


def decode(
    stored: UInt[np.ndarray, "W"], before: Int[np.ndarray, "W"] | None
) -> Int[np.ndarray, "W"]:
    """Return the ordered numbers that `encode` was given."""
    if before is None:
        return stored.view(f"i{stored.dtype.itemsize}")
    sign = (stored & stored.dtype.type(1)).view(before.dtype)
    return before + ((stored >> 1).view(before.dtype) ^ -sign)


def values(numbers: Int[np.ndarray, "W"]) -> Vector:
    """Return the floats that `ordered` was given, as float32."""
    return _flip(numbers).view(f"f{numbers.dtype.itemsize}").astype(np.float32)


def _flip(bits: Int[np.ndarray, "W"]) -> Int[np.ndarray, "W"]:
    """Turn sign and size into two's complement, or back: negative floats count downwards."""
    flipped = bits >> _top_bit(bits)
    flipped &= np.iinfo(bits.dtype).max
    flipped ^= bits
    return flipped


def _top_bit(numbers: np.ndarray) -> int:
    return 8 * numbers.dtype.itemsize - 1
