"""Writing a stored network to a file that other programs read: a scene, or a table of neurons."""

from __future__ import annotations

from typing import Any

import moderngl
from neuronaut.core.datasets import Progress
from neuronaut.core.runs import About
from neuronaut.renderer.context import create_headless

from ..files import save_whole
from ..options import ViewOptions
from ..replay.recording import Recording, open_recording
from ..session import Session
from . import table
from .command import SCENES, ExportOptions
from .gltf_parts import MOST_NODES
from .gltf_scene import scene
from .moments import Tell, choose, collect, places_of, strengths, visit

MOST_WEIGHTS = 2_000


def export(
    options: ExportOptions,
    view: ViewOptions,
    tell: Tell,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write a run or the file of a network to another file.

    Args:
        options: what is written.
        view: how the network is laid out and coloured.
        tell: told of the moments done, and how many there are.
        progress: told of downloads.
    Returns:
        What was written, plain values for JSON.
    Raises:
        UserError, RunError, ModelError, DataError, GraphicsError: what could not be done.
    """
    if options.suffix == ".parquet":
        table.check_parquet()
    given = About(activation=options.activation) if options.activation else None
    recording = open_recording(options.source, options.data, progress, given)
    ctx = create_headless()
    try:
        write = _write_scene if options.suffix in SCENES else _write_table
        return write(options, view, recording, tell, ctx)
    finally:
        ctx.release()


def _write_scene(
    options: ExportOptions,
    view: ViewOptions,
    recording: Recording,
    tell: Tell,
    ctx: moderngl.Context,
) -> dict[str, Any]:
    places = places_of(recording, options.step, options.keyframes)
    if view.sample is not None:
        recording.trainer.show(view.sample)
    recording.seek(float(places[-1]))  # weights are chosen by what they are in the end
    sizes = recording.trainer.sizes
    strength = strengths(recording.trainer, view.strength)
    chosen = choose(strength, sizes, view.edges, MOST_WEIGHTS)
    recording.seek(float(places[0]))
    session = Session(ctx, recording.trainer, view)
    moments = collect(session, recording, places, chosen, tell)
    session.remeasure()  # regions and classes, for the colours
    content = scene(session, moments, chosen, options.seconds).to_bytes()
    save_whole(options.out, content)
    return {
        "path": str(options.out),
        "neurons": sum(sizes),
        "edges": len(chosen.number),
        "edges_in_all": chosen.total,
        "moments": len(places),
        "steps": [int(moments.steps[0]), int(moments.steps[-1])],
        "seconds": options.seconds if len(places) > 1 else 0.0,
        "test_accuracy": session.measures.test_accuracy,
        "bytes": len(content),
        "note": "; ".join(filter(None, (recording.note, _crowded(session)))),
    }


def _write_table(
    options: ExportOptions,
    view: ViewOptions,
    recording: Recording,
    tell: Tell,
    ctx: moderngl.Context,
) -> dict[str, Any]:
    places = places_of(recording, options.step, options.keyframes)
    recording.seek(float(places[0]))
    session = Session(ctx, recording.trainer, view)
    rows = table.Rows()
    for _ in visit(session, recording, places, tell):
        rows.take(session, recording.step)
    is_csv = options.suffix == ".csv"
    write = table.write_csv if is_csv else table.write_parquet
    content = write(rows.table)
    save_whole(options.out, content)
    steps = rows.table["step"]
    return {
        "path": str(options.out),
        "neurons": sum(recording.trainer.sizes),
        "rows": len(steps),
        "columns": list(rows.table),
        "moments": len(places),
        "steps": [steps[0], steps[-1]],
        "bytes": len(content),
        "note": recording.note,
    }


def _crowded(session: Session) -> str:
    """Return a sentence if neurons have no names in the scene, for there are too many."""
    is_picture = session.stage.geometry.input_grid is not None
    most = max(session.trainer.sizes[is_picture:])
    if most <= MOST_NODES:
        return ""
    return f"layers of more than {MOST_NODES:,} neurons are one mesh each, without names"
