"""Neurons and layers by name, for people: `h2.17`, `hidden 2`."""

from __future__ import annotations

from collections.abc import Iterable

from neuronaut.core.wiring import Wiring

from .options import UserError

Sizes = tuple[int, ...]


def number(name: str, sizes: Sizes) -> int:
    """Return the number of the neuron that has a name.

    Raises:
        UserError: no neuron has it.
    """
    try:
        return Wiring(sizes).neuron(name)
    except ValueError as error:
        raise UserError(f"{error}.") from error


def names(numbers: Iterable[int], sizes: Sizes) -> tuple[str, ...]:
    """Return the names of neurons."""
    wiring = Wiring(sizes)
    return tuple(wiring.name(int(neuron)) for neuron in numbers)


def layer(number: int, sizes: Sizes) -> str:
    """Return what people call a layer; 0 is the input.

    Raises:
        UserError: there is no such layer.
    """
    last = len(sizes) - 1
    if not 0 <= number <= last:
        raise UserError(f"a layer should be 0..{last}, but is {number}.")
    return "input" if number == 0 else "output" if number == last else f"hidden {number}"


def find(text: str, sizes: Sizes, most: int = 20) -> tuple[str, ...]:
    """Return the first neurons whose names begin with a text, whatever its case and spaces."""
    begun, found = text.strip().lower(), []
    wiring = Wiring(sizes)
    for neuron in range(wiring.neurons):
        if len(found) == most:
            break
        if (name := wiring.name(neuron)).startswith(begun):
            found.append(name)
    return tuple(found)


def beside(name: str, sizes: Sizes, step: int = 1) -> str:
    """Return the name of the next neuron, or of that `step` further on; counts round at the end.

    Raises:
        UserError: no neuron has the name.
    """
    wiring = Wiring(sizes)
    return wiring.name((number(name, sizes) + step) % wiring.neurons)
