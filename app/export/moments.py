"""Moments of a recording, one after the other: the network as it was then, its neurons in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from neuronaut.core.wiring import Wiring

from ..options import UserError
from ..replay.recording import Recording
from ..session import Session
from ..training.trainer import Trainer

_WARM_UP_STEPS = 120
_FIRST_FRAMES = 60  # of the scene, until its neurons have settled
_FRAMES = 8  # at each moment after: they follow from where they were

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Weights:
    """Weights that are worth showing, and how many there are in all.

    Attributes:
        number: of each in the wiring, increasing, int64 [W].
        source, target: the neurons it joins, int32 [W].
        layer: that it leaves, int32 [W].
        total: how many there are in all.
    """

    number: np.ndarray
    source: np.ndarray
    target: np.ndarray
    layer: np.ndarray
    total: int


@dataclass(frozen=True)
class Moments:
    """What moves in a scene.

    Attributes:
        steps: optimizer steps, int64 [K].
        position: of all neurons, float32 [K, N, 3], world.
        radius: of all neurons, float32 [K, N], world.
        strength: of the chosen weights, signed, float32 [K, W].
        output: what the outputs say of the shown input, float32 [K, O].
    """

    steps: np.ndarray
    position: np.ndarray
    radius: np.ndarray
    strength: np.ndarray
    output: np.ndarray


def places_of(recording: Recording, step: int | None, count: int) -> np.ndarray:
    """Return the places of one step, or of `count` snapshots from the first to the last.

    Raises:
        UserError: the recording does not reach to that step.
    """
    if step is not None:
        first, last = int(recording.steps[0]), int(recording.steps[-1])
        if not first <= step <= last:
            raise UserError(
                f"there is no step {step:,} in {recording.run.path}: "
                + (f"it holds {first:,} to {last:,}." if last > first else f"it holds {first:,}.")
            )
        return np.array([recording.place_at(step)])
    if count == 1:
        return np.array([recording.places - 1.0])
    spread = np.linspace(0, recording.places - 1, min(count, recording.places))
    return np.unique(np.round(spread))


def visit(session: Session, recording: Recording, places: np.ndarray, tell: Tell) -> Iterator[int]:
    """Put a session to one place after the other; yields the number of each when it is there.

    Neurons start from where they were a moment before, so that they do not jump.
    """
    for k, place in enumerate(places):
        recording.seek(float(place))
        session.advance(0)
        if k == 0:
            session.stage.simulation.step(_WARM_UP_STEPS, session.stage.forces._asdict())
        for _ in range(_FRAMES if k else _FIRST_FRAMES):
            session.relate()
            session.move()
        yield k
        tell(k + 1, len(places))


def collect(
    session: Session, recording: Recording, places: np.ndarray, weights: Weights, tell: Tell
) -> Moments:
    """Return what is to be seen at each place; the session is left at the last."""
    found = []
    for _ in visit(session, recording, places, tell):
        position, radius = session.stage.spheres()
        strength = strengths(session.trainer, session.view.strength)[weights.number]
        found.append((recording.step, position, radius, strength, session.outputs))
    steps, *rest = zip(*found, strict=True)
    # A training that diverged has outputs that are no numbers.
    return Moments(np.array(steps), *(np.nan_to_num(np.stack(part).astype("f4")) for part in rest))


def strengths(trainer: Trainer, kind: str) -> np.ndarray:
    """Return how strong every weight is now, signed, float32 [E].

    Args:
        trainer: the network and the shown input.
        kind: `weight`, or `contribution`: times the activation of the neuron it leaves.
    """
    signals = trainer.signals()
    weight = np.nan_to_num(np.asarray(signals.weight), posinf=0.0, neginf=0.0)
    if kind == "weight":
        return weight
    sources = Wiring(trainer.sizes).sources()
    return np.nan_to_num(weight * np.asarray(signals.activation)[sources], posinf=0.0, neginf=0.0)


def choose(strength: np.ndarray, sizes: tuple[int, ...], share: float, most: int) -> Weights:
    """Choose the weights that carry a share of each layer's energy, the strongest first.

    Args:
        strength: of every weight, float32 [E].
        sizes: neurons of every layer.
        share: of the sum of squared strengths, 0..1.
        most: how many at the most; every layer then gets the same lesser share.
    """
    wiring = Wiring(sizes)
    before = np.full(wiring.edges, np.inf)  # the share that stronger ones of the layer carry
    for layer in range(len(sizes) - 1):
        first, end = wiring.edge_offsets[layer : layer + 2]
        energy = np.square(strength[first:end], dtype=np.float64)
        order = np.argsort(-energy, kind="stable")
        carried = np.cumsum(energy[order])
        if carried[-1] > 0:
            before[first + order] = np.where(
                energy[order] > 0, (carried - energy[order]) / carried[-1], np.inf
            )
    order = np.argsort(before, kind="stable")[:most]
    number = np.sort(order[before[order] < (share if share < 1 else np.inf)])
    source, target = wiring.sources()[number], wiring.targets()[number]
    return Weights(number, source, target, wiring.layer_of_neuron[source], wiring.edges)
