"""What is known of a network at one moment: its regions, if they are real, and what they do."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from . import health, responses
from .arrays import Labels, Rows
from .health import Mask, Sparsity
from .lesions import Accuracies, Lesion, lesion
from .network import NetworkConfig, Params
from .regions import Layers, Region, Tracked, describe, find
from .responses import Responses
from .separability import (
    PERMUTATIONS,
    Separability,
    combined,
    label_source,
    separability,
    served_classes,
)
from .wiring import Wiring


@dataclass(frozen=True, eq=False)
class LabelledProbe:
    """Samples that a network is asked about; `y` are indices into `class_names`."""

    x: Rows
    y: Labels
    class_names: tuple[str, ...]


@dataclass(frozen=True)
class AnalysisOptions:
    """How a network is analysed.

    Args:
        metric: of similarity, the one that the vectors were made by.
        permutations: drawn for each layer's p value.
        seed: of the permutations and the clustering.
        lesions: whether to silence every region in turn, a forward pass over the probe for each.
        silence: what silenced neurons put out, see `lesions.lesion`.
    """

    metric: str = "output"
    permutations: int = PERMUTATIONS
    seed: int = 0
    lesions: bool = True
    silence: str = "zero"


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found; hidden neurons are numbered layer by layer where arrays cover them all.

    Attributes:
        metric: of similarity.
        tracked: region of each hidden neuron; hand it to the next analysis.
        regions: those that there are, named.
        lesions: what silencing each region does, in the same order; empty if not asked for.
        served: class that each hidden neuron serves; -1 for dead ones.
        served_by: `activity` or `votes`, see `separability`.
        separability: of the network as a whole.
        layer_separability: of each hidden layer.
        dead: numbers (of `Wiring`) of neurons never active, or from which nothing leads out.
        duplicates: sets of neurons that do the same, likewise numbered.
        sparsity: of each weight matrix.
    """

    metric: str
    tracked: Tracked
    regions: tuple[Region, ...]
    lesions: tuple[Lesion, ...]
    served: np.ndarray
    served_by: str
    separability: Separability
    layer_separability: tuple[Separability, ...]
    dead: tuple[int, ...]
    duplicates: tuple[tuple[int, ...], ...]
    sparsity: tuple[Sparsity, ...]

    def to_json(self, untrained: Separability | None = None) -> dict[str, Any]:
        """Return all of it as what `json.dumps` takes, without NaN.

        Args:
            untrained: the same test before training, to set beside it.
        """
        found = asdict(self)
        del found["tracked"]
        found["region_of_neuron"] = self.tracked.ids.tolist()
        found["served"] = self.served.tolist()
        found["lesions"] = [
            {
                "region": region.id,
                "intact": cut.intact,
                "silenced": cut.silenced,
                "intact_by_class": _without_nan(cut.intact_by_class),
                "silenced_by_class": _without_nan(cut.silenced_by_class),
            }
            for region, cut in zip(self.regions, self.lesions, strict=False)
        ]
        found["untrained"] = asdict(untrained) if untrained else None
        return found


def analyse(
    params: Params,
    config: NetworkConfig,
    probe: LabelledProbe,
    layers: Layers,
    options: AnalysisOptions = AnalysisOptions(),
    before: Tracked | None = None,
) -> Analysis:
    """Find out what a network's neurons are responsible for.

    Args:
        layers: unit vectors of each hidden layer, as `similarity.vectors` gives under
            `options.metric`.
        before: regions of the last analysis of this run, whose ids are kept.
    Raises:
        ValueError: the probe, the vectors or `before` do not fit the network.
    """
    if len(probe.class_names) != responses.class_count(config):
        raise ValueError(
            f"the probe must have names for {responses.class_count(config)} classes, "
            f"got {len(probe.class_names)}"
        )
    found = responses.measure(params, config, probe.x, probe.y)
    live = live_neurons(params, found)
    tracked = find(layers, live, options.metric, before, options.seed)
    tests, served = separability_by_layer(params, found, layers, options)
    alive = np.concatenate([np.zeros(0, bool), *live])
    hidden = Wiring(config.sizes).neuron_offsets[1] + np.arange(len(alive))
    regions = describe(tracked.ids, found.by_class, probe.class_names)
    cuts = [
        lesion(params, config, members.tolist(), probe.x, probe.y, options.silence)
        for members in (hidden[tracked.ids == region.id] for region in regions)
        if options.lesions
    ]
    return Analysis(
        metric=options.metric,
        tracked=tracked,
        regions=regions,
        lesions=tuple(cuts),
        served=np.where(alive, np.concatenate([np.zeros(0, np.int32), *served]), -1),
        served_by=label_source(options.metric),
        separability=combined(tests),
        layer_separability=tuple(tests),
        dead=tuple(hidden[~alive].tolist()),
        duplicates=tuple(health.duplicates(params, config, live)),
        sparsity=tuple(health.sparsity(params)),
    )


def live_neurons(params: Params, found: Responses) -> list[Mask]:
    """Say of each hidden neuron, layer by layer, whether it is neither silent nor mute."""
    pairs = zip(health.silent(found), health.mute(params), strict=True)
    return [~(silent | mute) for silent, mute in pairs]


def separability_by_layer(
    params: Params, found: Responses, layers: Layers, options: AnalysisOptions
) -> tuple[list[Separability], list[np.ndarray]]:
    """Test each hidden layer on its live neurons, and return the served classes as well.

    Cheap beside `analyse`: this alone, joined by `separability.combined`, can be followed live.
    """
    served = served_classes(params, found, options.metric)
    tests: list[Separability] = []
    for vectors, labels, mask in zip(layers, served, live_neurons(params, found), strict=True):
        rows = np.asarray(vectors)
        usable = mask & np.isfinite(rows).all(axis=1) & (rows != 0).any(axis=1)
        tests.append(separability(rows[usable], labels[usable], options.permutations, options.seed))
    return tests, list(served)


def _without_nan(shares: Accuracies) -> list[float | None]:
    return [None if np.isnan(share) else float(share) for share in shares]
