"""What there is to know of one neuron: at once, over many samples, and at the price of a lesion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from neuronaut.core import attribution, inspection, lesions
from neuronaut.core.inspection import Histogram
from neuronaut.core.lesions import Lesion
from neuronaut.core.probing import Ranking
from neuronaut.core.wiring import Wiring

from .. import names
from ..options import UserError
from ..training.trainer import Trainer

_LINKS = 10
_TOP_SAMPLES = 10
_PROBE_ROWS = 2_000


@dataclass(frozen=True)
class Link:
    """A connection.

    Attributes:
        name: of the neuron at the other end.
        weight: of the connection.
        carries: weight times activation, for the shown input.
    """

    name: str
    weight: float
    carries: float


@dataclass(frozen=True, eq=False)
class Facts:
    """A neuron as it is now, cheap enough for every frame.

    Attributes:
        name: as `Wiring` has it; `layer` is 0 for an input.
        activation: for the shown input.
        bias: None for an input.
        weights: float32 [I], leading into it; none for an input.
        field: float32 [D], how the shown input's features lead into it: its weights in the first
            hidden layer, above it the weights of the layers taken as linear; None for an input.
        field_times_input: `field` times the shown input.
        image_shape: of `field` as a picture; None if the data are no images.
        incoming, outgoing: the strongest connections, first the largest |weight|.
        is_silenced: whether an edit silences it.
    """

    name: str
    layer: int
    activation: float
    bias: float | None
    weights: np.ndarray
    field: np.ndarray | None
    field_times_input: np.ndarray | None
    image_shape: tuple[int, ...] | None
    incoming: tuple[Link, ...]
    outgoing: tuple[Link, ...]
    is_silenced: bool

    def image(self, times_input: bool = False) -> np.ndarray | None:
        """Return `field`, or it times the input, as a picture; None if it is none."""
        values = self.field_times_input if times_input else self.field
        if values is None or self.image_shape is None:
            return None
        return values.reshape(self.image_shape)


@dataclass(frozen=True, eq=False)
class Survey:
    """A neuron over the test samples; takes tens of milliseconds.

    Attributes:
        histogram: of its activations, by class, over the first test samples.
        top: numbers of the test samples that excite it most, and its activation for each.
    """

    name: str
    histogram: Histogram
    top: Ranking


@dataclass(frozen=True)
class Supporter:
    """A hidden neuron that speaks for a class, and what it adds to the class's logit."""

    name: str
    adds: float


def inspect(trainer: Trainer, name: str) -> Facts:
    """Return what is known of a neuron at once.

    Raises:
        UserError: no neuron has that name.
    """
    sizes, params = trainer.sizes, trainer.state.params
    wiring, number = Wiring(sizes), names.number(name, sizes)
    layer = int(wiring.layer_of_neuron[number])
    own = number - wiring.neuron_offsets[layer]
    activations = trainer.activations(trainer.shown_input)
    field = None if layer == 0 else _field(trainer, layer)[own]
    weights = np.zeros(0, np.float32) if layer == 0 else params[layer - 1].weight[:, own]
    return Facts(
        name=name,
        layer=layer,
        activation=float(activations[number]),
        bias=None if layer == 0 else float(params[layer - 1].bias[own]),
        weights=np.asarray(weights),
        field=field,
        field_times_input=None if field is None else field * trainer.shown_x(),
        image_shape=trainer.data.input_shape if trainer.data.is_image else None,
        incoming=_incoming(trainer, number, activations),
        outgoing=_outgoing(trainer, number, float(activations[number])),
        is_silenced=number in trainer.silenced,
    )


def survey(trainer: Trainer, name: str) -> Survey:
    """Return what a neuron does over the test samples.

    Raises:
        UserError: no neuron has that name.
    """
    number, params = names.number(name, trainer.sizes), trainer.state.params
    net, probe = trainer.config.network, trainer.labelled_probe(_PROBE_ROWS)
    return Survey(
        name,
        inspection.activation_histogram(params, net, (probe.x, probe.y), number),
        inspection.top_samples(params, net, trainer.x_test, number, _TOP_SAMPLES),
    )


def cost_of_removing(trainer: Trainer, its: str | list[str]) -> Lesion:
    """Return the test accuracy, whole and by class, with and without a neuron or several.

    Raises:
        UserError: a neuron does not exist, or is an output.
    """
    chosen = [its] if isinstance(its, str) else its
    numbers = [names.number(name, trainer.sizes) for name in chosen]
    if any(number >= sum(trainer.sizes[:-1]) for number in numbers):
        raise UserError("an output cannot be removed: it is what is asked for.")
    params, net = trainer.state.params, trainer.config.network
    return lesions.lesion(params, net, numbers, trainer.x_test, trainer.y_test)


def supporters(
    trainer: Trainer, output: str, of_class: bool = True, most: int = _LINKS
) -> tuple[Supporter, ...]:
    """Return the hidden neurons that speak most for an output's class, the strongest first.

    Args:
        output: name of the output neuron.
        of_class: over the first test samples of the class; else for the shown input alone.
    Raises:
        UserError: no output has that name.
    """
    sizes = trainer.sizes
    label = names.number(output, sizes) - sum(sizes[:-1])
    if label < 0:
        raise UserError(f"{output} is no output: nothing speaks for it.")
    x, net = trainer.shown_x()[None], trainer.config.network
    if net.is_binary:
        label = 1  # a single output speaks for the second class
    if of_class:
        x = trainer.data.x_test[trainer.data.y_test == label][:_PROBE_ROWS]
    if len(x) == 0:
        return ()
    found = inspection.top_neurons(trainer.state.params, net, label, x, most)
    named = zip(names.names(found.numbers, sizes), found.values, strict=True)
    return tuple(Supporter(name, float(value)) for name, value in named)


def _field(trainer: Trainer, layer: int) -> np.ndarray:
    effective = attribution.effective_weights(trainer.state.params, trainer.config.network)
    return np.asarray(effective[layer - 1])


def _incoming(trainer: Trainer, number: int, activations: np.ndarray) -> tuple[Link, ...]:
    params, net = trainer.state.params, trainer.config.network
    found = inspection.strongest_inputs(params, net, number, _LINKS)
    named = zip(names.names(found.numbers, net.sizes), *found, strict=True)
    return tuple(Link(name, float(w), float(w * activations[n])) for name, n, w in named)


def _outgoing(trainer: Trainer, number: int, activation: float) -> tuple[Link, ...]:
    params, net = trainer.state.params, trainer.config.network
    found = inspection.strongest_outputs(params, net, number, _LINKS)
    named = zip(names.names(found.numbers, net.sizes), found.values, strict=True)
    return tuple(Link(name, float(w), float(w) * activation) for name, w in named)
