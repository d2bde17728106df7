"""What a training goes on from, exactly: its whole state as plain arrays in one file."""

import io
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from . import training
from .array_files import ArrayFileError, read_npz
from .training import TrainingConfig, TrainingState
from .zarr_rows import RunError, replace

_NAME = "checkpoint.npz"


def write_checkpoint(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace the checkpoint of a run in one step."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # pyright: ignore[reportArgumentType]  # names, not allow_pickle
    replace(folder / _NAME, content.getvalue())


def read_checkpoint(folder: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a run's checkpoint; {} if it has none.

    Raises:
        RunError: it is damaged.
    """
    path = folder / _NAME
    if not path.is_file():
        return {}
    try:
        return read_npz(path)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ArrayFileError as error:
        raise RunError(f"{path} is damaged; without it the training begins anew.") from error


def to_arrays(state: TrainingState) -> dict[str, jax.Array]:
    """Return all that a training carries from one step to the next, by name."""
    plain = state._replace(key=jax.random.key_data(state.key))
    leaves, _ = jax.tree_util.tree_flatten_with_path(plain)
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}


def from_arrays(
    arrays: Mapping[str, np.ndarray], config: TrainingConfig, train_rows: int
) -> TrainingState:
    """Return the state that `to_arrays` was given.

    Raises:
        RunError: the arrays are not those of this network and training.
    """
    start = jax.eval_shape(lambda: training.start(jax.random.key(0), config, train_rows))
    plain = start._replace(key=jax.eval_shape(jax.random.key_data, start.key))
    leaves, tree = jax.tree_util.tree_flatten_with_path(plain)
    names = [jax.tree_util.keystr(path) for path, _ in leaves]
    kinds = {name: (leaf.shape, leaf.dtype) for name, (_, leaf) in zip(names, leaves, strict=True)}
    if {name: (array.shape, array.dtype) for name, array in arrays.items()} != kinds:
        raise RunError("the checkpoint is not one of this network and training.")
    state = jax.tree.unflatten(tree, [jnp.asarray(arrays[name]) for name in names])
    return state._replace(key=jax.random.wrap_key_data(state.key))
