"""Weights and biases out of the parameters of other libraries.

What is understood: lists of (weight, bias), or of weight, bias, weight, …; dictionaries, modules
and nested trees of them as Flax, Equinox and Haiku make; state dictionaries of PyTorch. Which
layer feeds which, and whether a weight is [inputs, outputs] or [outputs, inputs], follows from the
chain of sizes: what one layer puts out, the next takes in. Numbers in names give the order within
a series of layers. Where shapes leave it open, the names of the libraries decide; where these do
too, an error asks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeGuard

import jax.numpy as jnp
import numpy as np

from . import chains
from .arrays import AnyArray
from .chains import Entry, TreeError
from .leaves import named_arrays
from .network import Layer, check_choice

LAYOUTS = ("in-out", "out-in")
Layers = tuple[tuple[AnyArray, AnyArray], ...]

_PART = re.compile(r"(?:(?P<stem>.+)_)?(?P<part>kernel|weight|bias|w|b)_?(?P<number>\d*)", re.I)
# Flax and Haiku against PyTorch and Equinox
_LAYOUT_OF = {"kernel": "in-out", "w": "in-out", "weight": "out-in"}


@dataclass(frozen=True)
class Convention:
    """What names and shapes may leave open.

    Args:
        layout: of every weight, one of `LAYOUTS`; "" finds out.
        order: names of the layers, as errors spell them, first to last; () finds out.
    Raises:
        ValueError: there is no such layout.
    """

    layout: str = ""
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_choice("layout", self.layout, ("", *LAYOUTS))


@dataclass(frozen=True)
class Chain:
    """Where in a tree the layers stand.

    Attributes:
        sizes: neurons of every layer, input and output included.
        transposed: whether weights stand there as [outputs, inputs].
    """

    entries: tuple[Entry, ...]
    sizes: tuple[int, ...]
    transposed: bool

    def layers(self, tree: object) -> Layers:
        """Return weights [I, O] and biases [O] of a tree of the same kind, no copies.

        Raises:
            TreeError: it is not of the same kind.
        """
        if _is_ours(tree) and self._is_of(tree):
            return tree  # at once: this happens at every snapshot while a network trains
        arrays = named_arrays(tree)
        found = []
        for entry, inputs, outputs in zip(self.entries, self.sizes, self.sizes[1:], strict=False):
            weight, bias = arrays.get(entry.weight), arrays.get(entry.bias)
            if weight is None or (bias is None) != (not entry.bias):
                raise TreeError(f"the parameters have no layer {entry.name!r} as they had before")
            weight = weight.T if self.transposed else weight
            bias = np.zeros(outputs, np.float32) if bias is None else bias
            if (weight.shape, bias.shape) != ((inputs, outputs), (outputs,)):
                raise TreeError(
                    f"the layer {entry.name!r} had {inputs} inputs and {outputs} outputs before"
                )
            found.append((weight, bias))
        return tuple(found)

    def _is_of(self, ours: tuple[Layer, ...]) -> bool:
        is_in_order = [entry.name for entry in self.entries] == [str(k) for k in range(len(ours))]
        shapes = [(weight.shape, bias.shape) for weight, bias in ours]
        is_alike = shapes == [((i, o), (o,)) for i, o in pairwise(self.sizes)]
        return is_in_order and is_alike and not self.transposed


def find(
    tree: object,
    convention: Convention | None = None,
    sizes: tuple[int, ...] = (),
    otherwise: str = "",
) -> Chain:
    """Find the dense layers of a tree.

    Args:
        convention: what its names and shapes leave open.
        sizes: neurons of every layer, if they are known.
        otherwise: the layout if neither shapes nor names tell.
    Raises:
        TreeError: there is no chain of dense layers, or more than one.
    """
    convention = convention or Convention()
    arrays = named_arrays(tree)
    entries = _entries(arrays)
    if not entries:
        raise TreeError("the parameters hold no array of floating-point numbers")
    if convention.order:
        entries = _in_order(entries, convention.order)
    series = [entries] if convention.order else chains.series(entries)
    found = []
    for layout in (convention.layout,) if convention.layout else LAYOUTS:
        shapes = _shapes(entries, arrays, layout == "out-in")
        for order in chains.orders(series, shapes) if shapes else ():
            chain = Chain(order, _sizes(order, shapes), layout == "out-in")
            found += [chain] if sizes in ((), chain.sizes) else []
    named = "in-out" if _is_ours(tree) else _layout_by_name(entries) or otherwise
    return _only(found, named, [(entry.name, arrays[entry.weight].shape) for entry in entries])


def layers(
    tree: object,
    convention: Convention | None = None,
    sizes: tuple[int, ...] = (),
) -> tuple[Layer, ...]:
    """Return the dense layers of a tree as parameters, float32; see `find`."""
    found = find(tree, convention, sizes).layers(tree)
    return tuple(Layer(jnp.asarray(w, jnp.float32), jnp.asarray(b, jnp.float32)) for w, b in found)


def is_named(name: str) -> bool:
    """Return whether a name says of its array that it is a weight or a bias."""
    return _PART.fullmatch(name.rpartition(".")[2]) is not None


def _is_ours(tree: object) -> TypeGuard[tuple[Layer, ...]]:
    return isinstance(tree, tuple) and all(isinstance(layer, Layer) for layer in tree)


def _entries(arrays: Mapping[str, AnyArray]) -> tuple[Entry, ...]:
    """Sort arrays into layers, each by its weight.

    Raises:
        TreeError: an array belongs to no dense layer.
    """
    groups: dict[str, dict[str, str]] = {}
    unnamed = ""
    for name, array in arrays.items():
        *parents, last = name.split(".")
        match = _PART.fullmatch(last)
        if match is None:  # a place in a list, or a name of the person's own
            if array.ndim == 2:
                unnamed = ".".join(parents) if last in ("0", "1") and parents else name
            layer, part = unnamed, "weight" if array.ndim == 2 else "bias"
        else:
            layer = ".".join([*parents, *filter(None, (match["stem"], match["number"]))])
            part = "bias" if match["part"].lower() in ("b", "bias") else "weight"
        group = groups.setdefault(layer, {})
        is_stray = part in group or not (layer or match)
        if is_stray or array.ndim != {"weight": 2, "bias": 1}[part]:
            raise TreeError(f"{name} of shape {list(array.shape)} is no part of a dense layer")
        group[part] = name
    for group in groups.values():
        if "weight" not in group:
            raise TreeError(f"{group['bias']} is no part of a dense layer: no weight goes with it")
    return tuple(Entry(k, group["weight"], group.get("bias", "")) for k, group in groups.items())


def _in_order(entries: tuple[Entry, ...], order: tuple[str, ...]) -> tuple[Entry, ...]:
    by_name = {entry.name: entry for entry in entries}
    if sorted(order) != sorted(by_name):
        raise TreeError(
            f"order should name the layers {', '.join(by_name)}, not {', '.join(order)}"
        )
    return tuple(by_name[name] for name in order)


def _shapes(
    entries: tuple[Entry, ...], arrays: Mapping[str, AnyArray], transposed: bool
) -> dict[Entry, tuple[int, int]]:
    """Return inputs and outputs of every layer; nothing if a bias speaks against it."""
    shapes = {}
    for entry in entries:
        first, second = arrays[entry.weight].shape
        shapes[entry] = (second, first) if transposed else (first, second)
        if entry.bias and arrays[entry.bias].shape != shapes[entry][1:]:
            return {}
    return shapes


def _sizes(order: tuple[Entry, ...], shapes: Mapping[Entry, tuple[int, int]]) -> tuple[int, ...]:
    return (shapes[order[0]][0], *(shapes[entry][1] for entry in order))


def _layout_by_name(entries: tuple[Entry, ...]) -> str:
    """Return the layout that the libraries' names for weights stand for; "" if they do not tell."""
    said = {_LAYOUT_OF.get(entry.weight.rpartition(".")[2], "") for entry in entries}
    return said.pop() if len(said) == 1 else ""


def _only(found: list[Chain], named: str, shapes: Sequence[tuple[str, tuple[int, ...]]]) -> Chain:
    """Return the one chain that there is, after what the names say.

    Raises:
        TreeError: there is none, or more than one.
    """
    named_chains = [chain for chain in found if chain.transposed == (named == "out-in")]
    found = (named_chains if named else []) or found
    if len(found) == 1:
        return found[0]
    said = ", ".join(f"{name} {list(shape)}" for name, shape in shapes)
    if not found:
        raise TreeError(f"the weights make no chain in which outputs fit the next inputs: {said}")
    if len({chain.transposed for chain in found}) == 2:
        raise TreeError(
            f"the weights fit together as [inputs, outputs] and as [outputs, inputs]: {said}; "
            "say which by Convention(layout='in-out') or 'out-in'"
        )
    raise TreeError(
        f"the layers fit together in more than one order: {said}; "
        "say which by Convention(order=(…)), naming them first to last"
    )
