"""One training on several devices: every device has the whole network and takes a part of a batch.

The arrays of a training lie on a mesh of one axis, of this process' devices or of many processes'.
What each device adds to the gradient is summed up by JAX (`jax.sharding`, "data parallelism").
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

_T = TypeVar("_T")
_AXIS = "batch"


def mesh_of(devices: Sequence[Any], batch: int) -> Mesh:
    """Return the mesh of some devices, each of which takes as many rows of every batch.

    Args:
        devices: of `jax.devices()`, in the same order in every process.
        batch: rows of a batch.
    Raises:
        ValueError: so many rows cannot be dealt out evenly.
    """
    if not devices or batch % len(devices):
        raise ValueError(f"a batch of {batch} cannot be dealt out evenly to {len(devices)} devices")
    return Mesh(np.asarray(devices), (_AXIS,))


def dealt(rows: jax.Array, mesh: Mesh) -> jax.Array:
    """Return an array whose rows are dealt out to the devices; within `jax.jit`."""
    return jax.lax.with_sharding_constraint(rows, NamedSharding(mesh, PartitionSpec(_AXIS)))


def replicated(tree: _T, mesh: Mesh) -> _T:
    """Return arrays of which every device has the whole.

    Args:
        tree: arrays and random keys, the same in every process.
    """
    everywhere = NamedSharding(mesh, PartitionSpec())
    # Not `device_put`, which compares all values between the processes.
    place = jax.jit(lambda leaf: leaf, out_shardings=everywhere)
    wrap = jax.jit(jax.random.wrap_key_data, out_shardings=everywhere)

    def spread(leaf: jax.Array) -> jax.Array:
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            return wrap(np.asarray(jax.random.key_data(leaf)))
        return place(np.asarray(leaf))

    return jax.tree.map(spread, tree)


def local(tree: _T) -> _T:
    """Return replicated arrays as one device of this process has them; others as they are."""

    def here(leaf: jax.Array) -> jax.Array:
        is_spread = len(leaf.sharding.device_set) > 1
        return leaf.addressable_data(0) if is_spread else leaf

    return jax.tree.map(here, tree)


def received(lent: Any) -> jax.Array:
    """Return a copy of an array that is only lent, by NumPy or by CUDA; it is there on return.

    Args:
        lent: what NumPy takes; where JAX is on a GPU, also what lies there by CUDA's interface.
    """
    # JAX on the CPU would try CUDA's interface as well, and fail.
    lent = np.asarray(lent) if jax.default_backend() == "cpu" else lent
    return jax.block_until_ready(jnp.array(lent, copy=True))
