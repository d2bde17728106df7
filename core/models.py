"""Weights of a network from a file: .npz, .safetensors or .onnx."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from safetensors.flax import load_file

from . import trees
from .array_files import ArrayFileError, read_npz
from .arrays import AnyArray
from .chains import MOST_LAYERS
from .network import Layer, Params
from .outside import brief, open_file
from .trees import Convention, TreeError

SUFFIXES = (".npz", ".safetensors", ".onnx")


class ModelError(ValueError):
    """A file holds no network; one sentence."""


class Model(NamedTuple):
    """A network from a file; "" where the file does not say."""

    params: Params
    activation: str = ""
    loss: str = ""


def read(path: Path, convention: Convention | None = None) -> Model:
    """Read a chain of dense layers.

    An .npz or .safetensors holds weights and biases by names as `trees.find` takes them; in an .npz
    they may also just follow each other, and its weights are [I, O] where nothing tells. An .onnx
    holds Gemm, or MatMul and Add, with activations between them.

    Args:
        convention: what names and shapes leave open.
    Raises:
        ModelError: the file cannot be read, or holds no such chain.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(f"{path} should end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    try:
        with open_file(path):
            pass  # the libraries' own errors do not say why a file cannot be opened
        if suffix == ".onnx":
            from . import onnx_chain  # noqa: PLC0415  # slow to import, and seldom asked for

            chain = onnx_chain.read(path)
            return Model(_params(path, chain.layers), chain.activation, chain.loss)
        arrays = _npz(path) if suffix == ".npz" else _safetensors(path)
        found = trees.find(arrays, convention, otherwise="in-out" if suffix == ".npz" else "")
        if 0 in found.sizes:
            number = max(found.sizes.index(0) - 1, 0)
            raise ModelError(f"{path}: layer {number} has no neurons.")
        return Model(_params(path, found.layers(arrays)))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    except TreeError as error:
        raise ModelError(f"{path}: {brief(error, 200)}.") from error


def load(path: Path, convention: Convention | None = None) -> Params:
    """Read the parameters alone; see `read`."""
    return read(path, convention).params


def save(path: Path, params: Params) -> None:
    """Write an .npz that `read` reads."""
    arrays = {}
    for number, (weight, bias) in enumerate(params):
        arrays[f"{number}.kernel"] = np.asarray(weight)
        arrays[f"{number}.bias"] = np.asarray(bias)
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]  # names, not allow_pickle


def sizes(params: Params) -> tuple[int, ...]:
    """Return the neurons of every layer, input and output included."""
    return (params[0].weight.shape[0], *(layer.weight.shape[1] for layer in params))


def _npz(path: Path) -> Mapping[str, AnyArray]:
    """Return the arrays by their names, or by their places if the names say nothing."""
    try:
        arrays = read_npz(path)
    except ArrayFileError as error:
        raise ModelError(f"{path} is no .npz of plain arrays: {error}.") from error
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise ModelError(f"{path}: {brief(name, 60)} should hold numbers, not {array.dtype}.")
    # JAX knows neither the other byte order nor more than 64 bits.
    with np.errstate(over="ignore"):  # what 64 bits cannot hold is reported as infinite later
        plain = {
            name: array.astype(f"f{min(array.itemsize, 8)}" if array.dtype.kind == "f" else "f8")
            for name, array in arrays.items()
        }
    if all(map(trees.is_named, plain)):
        return plain
    # Ordered, because JAX sorts the names of a plain dictionary.
    return OrderedDict((f"array {k}", array) for k, array in enumerate(plain.values()))


def _safetensors(path: Path) -> Mapping[str, AnyArray]:
    try:
        return load_file(path)
    except Exception as error:
        raise ModelError(f"{path} is no .safetensors: {brief(error)}.") from error


def _fits(array: AnyArray) -> bool:
    """Return whether all numbers are real, and finite in float32."""
    with np.errstate(invalid="ignore"):  # of short floats that are none; they become NaN
        return not np.iscomplexobj(array) and bool(
            (np.abs(np.asarray(array, "f8")) <= np.finfo("f4").max).all()
        )


def _params(path: Path, layers: trees.Layers) -> Params:
    if len(layers) > MOST_LAYERS:
        raise ModelError(f"{path} holds {len(layers):,} layers; {MOST_LAYERS} are the most.")
    for number, layer in enumerate(layers):
        if not all(_fits(array) for array in layer):
            raise ModelError(
                f"{path}: layer {number} holds a number that is not finite in float32."
            )
    return tuple(Layer(jnp.asarray(w, jnp.float32), jnp.asarray(b, jnp.float32)) for w, b in layers)
