"""Neurons as a table: a row for each at each moment, as .csv or .parquet."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from neuronaut.core import analysis, health, regions, separability
from neuronaut.core.responses import Responses
from neuronaut.core.wiring import Wiring

from ..options import UserError
from ..session import Session

_PROBE_ROWS = 512

Table = dict[str, list[Any]]  # None where a neuron has no such thing


class Rows:
    """Gathers the rows, moment by moment."""

    def __init__(self) -> None:
        self.table: Table = {}
        self._tracked: regions.Tracked | None = None

    def take(self, session: Session, step: int) -> None:
        """Add a row for every neuron as it is now."""
        columns = {"step": [step] * sum(session.trainer.sizes), **_places(session)}
        columns |= _signals(session) | self._purposes(session)
        for name, values in columns.items():
            self.table.setdefault(name, []).extend(values)

    def _purposes(self, session: Session) -> Table:
        """Return what hidden neurons are for, as `core.analysis` finds it."""
        trainer, metric = session.trainer, session.view.metric
        params, seed = trainer.state.params, trainer.options.seed
        found = trainer.responses(_PROBE_ROWS)
        live = analysis.live_neurons(params, found)
        vectors = trainer.vectors(metric)
        self._tracked = regions.find(vectors, live, metric, self._tracked, seed)
        classes = trainer.data.class_names
        described = regions.describe(self._tracked.ids, found.by_class, classes)
        region = {its.id: its.name for its in described}
        served = _joined(separability.served_classes(params, found, metric))
        of_class = [
            classes[k] if alive and k < len(classes) else None
            for k, alive in zip(served, _joined(live), strict=True)
        ]
        its_region = [k if k >= 0 else None for k in self._tracked.ids.tolist()]
        outputs = list(classes) if len(classes) == trainer.sizes[-1] else None
        return {
            "class": _around(session, of_class, outputs),
            "region": _around(session, its_region),
            "region_name": _around(session, [region.get(k) for k in self._tracked.ids.tolist()]),
            **_flags(session, found),
        }


def write_csv(table: Table) -> bytes:
    """Return a table as .csv in UTF-8; what a neuron has not is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*(map(_plain, column) for column in table.values()), strict=True))
    return text.getvalue().encode()


def write_parquet(table: Table) -> bytes:
    """Return a table as .parquet.

    Raises:
        UserError: pyarrow is not installed.
    """
    check_parquet()
    import pyarrow  # noqa: PLC0415  # optional
    from pyarrow import parquet  # noqa: PLC0415

    types = {"step": pyarrow.int64()}
    for name in ("layer", "index", "region"):
        types[name] = pyarrow.int32()
    for name in ("x", "y", "z", "activation", "activation_mean", "bias", "importance"):
        types[name] = pyarrow.float32()
    for name in ("dead", "mute", "duplicate"):
        types[name] = pyarrow.bool_()
    columns = {
        name: pyarrow.array(values, types.get(name, pyarrow.string()))
        for name, values in table.items()
    }
    content = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), content)
    return content.getvalue()


def check_parquet() -> None:
    """Refuse to write .parquet without the library for it.

    Raises:
        UserError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415  # optional
    except ImportError as error:
        raise UserError(
            ".parquet needs pyarrow, which is not installed: pip install 'neuronaut[export]', "
            "or write .csv."
        ) from error


def _places(session: Session) -> Table:
    wiring = Wiring(session.trainer.sizes)
    position, _ = session.stage.spheres()
    layer = wiring.layer_of_neuron
    index = np.arange(wiring.neurons) - np.array(wiring.neuron_offsets)[layer]
    x, y, z = position.T
    return {
        "name": [wiring.name(neuron) for neuron in range(wiring.neurons)],
        "layer": layer.tolist(),
        "index": index.tolist(),
        "x": list(x), "y": list(y), "z": list(z),
    }  # fmt: skip


def _signals(session: Session) -> Table:
    found = session.trainer.signals()
    inputs = session.trainer.sizes[0]
    return {
        "activation": list(np.asarray(found.activation)),
        "activation_mean": list(np.asarray(found.level)),
        "bias": [None] * inputs + list(np.asarray(found.bias)[inputs:]),
        "importance": list(np.asarray(found.importance)),
    }


def _flags(session: Session, found: Responses) -> Table:
    trainer = session.trainer
    params, net = trainer.state.params, trainer.config.network
    live = analysis.live_neurons(params, found)
    alike = {k for group in health.duplicates(params, net, live) for k in group}
    hidden = range(trainer.sizes[0], sum(trainer.sizes[:-1]))
    return {
        "dead": _around(session, _joined(health.silent(found))),
        "mute": _around(session, _joined(health.mute(params))),
        "duplicate": _around(session, [neuron in alike for neuron in hidden]),
    }


def _around(session: Session, hidden: list[Any], outputs: list[Any] | None = None) -> list[Any]:
    """Return a column of what only hidden neurons have, and perhaps outputs."""
    sizes = session.trainer.sizes
    return [None] * sizes[0] + hidden + (outputs or [None] * sizes[-1])


def _joined(layers: Any) -> list[Any]:
    return [value for layer in layers for value in layer.tolist()]


def _plain(value: Any) -> Any:
    """Return what .csv writes for a value: words in lower case for what is true or not."""
    return str(value).lower() if isinstance(value, bool) else value
