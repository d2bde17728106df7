"""Weights of a network from a file: .npz, .safetensors or .onnx."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from safetensors.flax import load_file

from . import trees
from .arrays import AnyArray
from .network import Layer, Params
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
        with path.open("rb"):
            pass  # the libraries' own errors do not say why a file cannot be opened
        if suffix == ".onnx":
            from . import onnx_chain  # noqa: PLC0415  # slow to import, and seldom asked for

            chain = onnx_chain.read(path)
            return Model(_params(path, chain.layers), chain.activation, chain.loss)
        arrays = _npz(path) if suffix == ".npz" else _safetensors(path)
        found = trees.find(arrays, convention, otherwise="in-out" if suffix == ".npz" else "")
        return Model(_params(path, found.layers(arrays)))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    except TreeError as error:
        raise ModelError(f"{path}: {error}.") from error


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
        # Opened here because numpy leaves the file open when it is no archive after all.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except Exception as error:  # zip, header and pickle errors are of many kinds
        raise ModelError(f"{path} is no .npz of plain arrays.") from error
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise ModelError(f"{path}: {name} should hold numbers, not {array.dtype}.")
    plain = {k: array if array.dtype.kind == "f" else array * 1.0 for k, array in arrays.items()}
    if all(map(trees.is_named, plain)):
        return plain
    # Ordered, because JAX sorts the names of a plain dictionary.
    return OrderedDict((f"array {k}", array) for k, array in enumerate(plain.values()))


def _safetensors(path: Path) -> Mapping[str, AnyArray]:
    try:
        return load_file(path)
    except Exception as error:
        raise ModelError(f"{path} is no .safetensors: {error}.") from error


def _params(path: Path, layers: trees.Layers) -> Params:
    for number, layer in enumerate(layers):
        if not all((np.abs(np.asarray(a, "f8")) <= np.finfo("f4").max).all() for a in layer):
            raise ModelError(
                f"{path}: layer {number} holds a number that is not finite in float32."
            )
        if 0 in layer[0].shape:
            raise ModelError(f"{path}: layer {number} has no neurons.")
    return tuple(Layer(jnp.asarray(w, jnp.float32), jnp.asarray(b, jnp.float32)) for w, b in layers)
