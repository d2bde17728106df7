"""The arrays in a tree of parameters, of whatever library, and their names."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .arrays import AnyArray

_MOST_STRUCTURES = 16
_names: dict[Any, tuple[str, ...]] = {}  # of the leaves, by the structures of trees seen of late


def named_arrays(tree: Any) -> dict[str, AnyArray]:
    """Return the arrays of real numbers in a tree, by names such as layers.0.weight.

    Tensors of PyTorch come as NumPy's, sharing their memory if they lie in the host's.
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(tree, torch.nn.Module):
        tree = tree.state_dict()
    named = {}
    for name, leaf in zip(*_flattened(tree), strict=True):
        if torch is not None and isinstance(leaf, torch.Tensor):
            leaf = _from_torch(leaf)  # noqa: PLW2901
        is_array = isinstance(leaf, (np.ndarray, jax.Array))
        if is_array and jnp.issubdtype(leaf.dtype, jnp.floating):
            named[name] = leaf
    return named


def kept(array: object) -> AnyArray:
    """Return an array that no one else can change, copied if need be."""
    if isinstance(array, jax.Array):
        return array
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        array = _from_torch(array)
    return np.array(array)


def _flattened(tree: Any) -> tuple[tuple[str, ...], list[Any]]:
    """Return a tree's leaves and their names, which trees of one structure share.

    To make them anew for every snapshot would take as long as to write it.
    """
    leaves, structure = jax.tree.flatten(tree)
    try:
        names = _names.get(structure)
    except TypeError:  # some library's nodes cannot be hashed
        return _names_in(tree), leaves
    if names is None:
        if len(_names) >= _MOST_STRUCTURES:
            _names.clear()
        names = _names[structure] = _names_in(tree)
    return names, leaves


def _names_in(tree: Any) -> tuple[str, ...]:
    paths = jax.tree_util.tree_flatten_with_path(tree)[0]
    return tuple(".".join(_tokens(path)) for path, _ in paths)


def _from_torch(tensor: Any) -> np.ndarray:
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def _tokens(path: Sequence[object]) -> Iterator[str]:
    for key in path:
        match key:
            case jax.tree_util.GetAttrKey(name=name):
                text = name
            case jax.tree_util.SequenceKey(idx=index):
                text = str(index)
            case jax.tree_util.DictKey(key=name) | jax.tree_util.FlattenedIndexKey(key=name):
                text = str(name)
            case _:
                text = str(key)
        # Haiku's module names hold slashes and tildes; Flax wraps arrays in objects.
        yield from (part for part in re.split(r"[./]", text) if part not in ("~", "", "value"))
