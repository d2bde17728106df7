"""Asking a network what its neurons are responsible for, and whether there is a pattern at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuronaut.core import analysis, models, separability

from ..options import TrainOptions, UserError
from ..training.trainer import Trainer

_PROBE_ROWS = 2_000


@dataclass(frozen=True)
class Inquiry:
    """What to ask.

    Attributes:
        metric: what makes neurons alike.
        model: weights to ask about (.npz), or None to train first.
        epochs: how long to train.
        permutations: drawn for the p value.
    """

    metric: str = "output"
    model: Path | None = None
    epochs: float = 5.0
    permutations: int = 999


def inquire(
    train: TrainOptions, inquiry: Inquiry, progress: Callable[[str, int, int | None], None]
) -> dict[str, Any]:
    """Train or load a network, and return what `Analysis.to_json` gives, with how it was made.

    Raises:
        UserError, DataError, ModelError: what could not be done.
    """
    trainer = Trainer(train, progress)
    untrained = None
    if inquiry.model is not None:
        trainer.adopt(load_model(inquiry.model, trainer.data.features, trainer.data.classes))
    else:
        untrained = separability_now(trainer, inquiry)
        train_epochs(trainer, inquiry.epochs)
        if trainer.diverged:
            raise UserError(f"training diverged; {trainer.attempt()}.")
    found = analysis.analyse(
        trainer.state.params,
        trainer.config.network,
        trainer.labelled_probe(_PROBE_ROWS),
        trainer.vectors(inquiry.metric),
        analysis.AnalysisOptions(inquiry.metric, inquiry.permutations, train.seed),
    )
    measures = trainer.measure()
    return {
        "data": trainer.data.name,
        "sizes": list(trainer.sizes),
        "test_accuracy": measures.test_accuracy,
        "epochs": measures.epoch,
    } | found.to_json(untrained)


def separability_now(trainer: Trainer, inquiry: Inquiry) -> separability.Separability:
    """Test the network as it is now, all layers together."""
    tests, _ = analysis.separability_by_layer(
        trainer.state.params,
        trainer.responses(_PROBE_ROWS),
        trainer.vectors(inquiry.metric),
        analysis.AnalysisOptions(inquiry.metric, inquiry.permutations, trainer.options.seed),
    )
    return separability.combined(tests)


def train_epochs(trainer: Trainer, epochs: float) -> None:
    """Train for so many epochs, a few hundred steps at a time."""
    left = round(epochs * trainer.steps_per_epoch)
    while left > 0 and not trainer.diverged:
        steps = min(left, 256)
        trainer.advance(steps)
        left -= steps


def load_model(path: Path, features: int, classes: int) -> models.Params:
    """Read weights that fit a data set.

    Raises:
        UserError: they have other inputs or outputs than the data.
    """
    params = models.load(path)
    sizes = models.sizes(params)
    if sizes[0] != features or sizes[-1] != classes:
        raise UserError(
            f"{path} has {sizes[0]} inputs and {sizes[-1]} outputs, "
            f"but the data have {features} features and {classes} classes."
        )
    return params


def report(found: dict[str, Any]) -> str:
    """Return the findings as lines for a person."""
    test, before = found["separability"], found["untrained"]
    lines = [
        f"{found['data']}, {'-'.join(map(str, found['sizes']))}: "
        f"test accuracy {100 * found['test_accuracy']:.1f} %",
        _verdict(test),
    ]
    if before:
        lines.append(
            f"before training: p = {before['p_value']:.3f}, "
            f"effect {before['silhouette']['effect_size']:.1f}"
        )
    lines.append(f"{len(found['regions'])} regions by {found['metric']} similarity:")
    cuts = {cut["region"]: cut for cut in found["lesions"]}
    for region in found["regions"]:
        cut = cuts.get(region["id"])
        effect = f", without it {100 * cut['silenced']:.1f} % right" if cut else ""
        lines.append(
            f"  {region['id']:3}: {region['neurons']:4} neurons for {region['name']} "
            f"(selectivity {region['selectivity']:.2f}){effect}"
        )
    lines.append(
        f"{len(found['dead'])} dead neurons, {len(found['duplicates'])} sets of duplicates"
    )
    return "\n".join(lines)


def _verdict(test: dict[str, Any]) -> str:
    real = "are areas of responsibility" if test["p_value"] < 0.01 else "is no clear pattern"
    silhouette = test["silhouette"]
    return (
        f"there {real}: p = {test['p_value']:.3f}; "
        f"silhouette by class {silhouette['value']:.3f}, {silhouette['expected']:.3f} by chance, "
        f"effect {silhouette['effect_size']:.1f} standard deviations"
    )
