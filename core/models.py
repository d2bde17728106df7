"""Weights of a network from a file."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np

from .network import Layer, Params


class ModelError(ValueError):
    """A file holds no network; one sentence."""


def load(path: Path) -> Params:
    """Read a chain of dense layers from an .npz of weights [I, O] and biases [O].

    The arrays stand in the order of the layers, each weight before its bias; names are free.

    Raises:
        ModelError: the file cannot be read, or its arrays make no chain.
    """
    try:
        # Opened here because numpy leaves the file open when it is no archive after all.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = [np.asarray(archive[name]) for name in archive.files]
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # zip, header and pickle errors are of many kinds
        raise ModelError(f"{path} is no .npz of plain arrays.") from error
    if len(arrays) < 2 or len(arrays) % 2:
        raise ModelError(
            f"{path} should hold a weight and a bias a layer, not {len(arrays)} arrays."
        )
    pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
    width = pairs[0][0].shape[0] if pairs[0][0].ndim == 2 else 0
    for number, (weight, bias) in enumerate(pairs):
        _check(path, number, weight, bias, width)
        width = weight.shape[1]
    return tuple(Layer(jnp.asarray(w, jnp.float32), jnp.asarray(b, jnp.float32)) for w, b in pairs)


def save(path: Path, params: Params) -> None:
    """Write what `load` reads."""
    arrays = {}
    for number, (weight, bias) in enumerate(params):
        arrays[f"weight{number}"] = np.asarray(weight)
        arrays[f"bias{number}"] = np.asarray(bias)
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]  # names, not allow_pickle


def sizes(params: Params) -> tuple[int, ...]:
    """Return the neurons of every layer, input and output included."""
    return (params[0].weight.shape[0], *(layer.weight.shape[1] for layer in params))


def _check(path: Path, number: int, weight: np.ndarray, bias: np.ndarray, width: int) -> None:
    for array in (weight, bias):
        if array.dtype.kind not in "fiu":
            raise ModelError(f"{path}: layer {number} should hold numbers, not {array.dtype}.")
    if weight.ndim != 2 or weight.shape[0] != width or 0 in weight.shape:
        raise ModelError(
            f"{path}: the weight of layer {number} should have shape "
            f"[{width or 'inputs'}, outputs], not {list(weight.shape)}."
        )
    if bias.shape != (weight.shape[1],):
        raise ModelError(
            f"{path}: the bias of layer {number} should have shape [{weight.shape[1]}], "
            f"not {list(bias.shape)}."
        )
    if not all((np.abs(array) <= np.finfo("f4").max).all() for array in (weight, bias)):
        raise ModelError(f"{path}: layer {number} holds a number that is not finite in float32.")
