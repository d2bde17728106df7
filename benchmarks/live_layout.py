"""Is the live layout steady, and as good as one made anew?

NEURONAUT_DATA=… python benchmarks/live_layout.py [--arrangement planes|free] [--frames 200]
prints, for two networks that learn while they are laid out: the mean way of a neuron in a frame
over the radius (after the first 50 frames: mean and largest frame), recall@15 of the layout at the
end, and that of a cold restart from principal components with 1,000 steps.
"""

import argparse
import json

import moderngl
import numpy as np
from neuronaut.app.lab.insight import hidden_spans
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session, start_coordinates
from neuronaut.core import quality, similarity
from neuronaut.renderer.context import create_headless

NETWORKS = {"digits 64-1024-256-10": ("digits", (1024, 256)), "mnist": ("mnist", (128, 64))}


def recall(session: Session) -> float:
    """Return recall@15 over all layers, or over the whole where layers share one space."""
    layers = [np.asarray(rows) for rows in session.trainer.vectors(session.view.metric)]
    now = session.stage.simulation.coordinates()[:, :3]
    places = [now[its] for its in hidden_spans(session.trainer.sizes)]
    if session.stage.arrangement == "free":
        layers, places = [np.concatenate(layers)], [np.concatenate(places)]
    pairs = list(zip(layers, places, strict=True))
    return float(
        np.average(
            [quality.recall(rows, at) for rows, at in pairs], weights=[len(at) for _, at in pairs]
        )
    )


def run(ctx: moderngl.Context, data: str, hidden: tuple[int, ...], arrangement: str, frames: int):
    """Let one network learn for so many frames of eight steps, then compare."""
    view = ViewOptions(arrangement=arrangement)
    session = Session(ctx, TrainOptions(data=data, hidden=hidden), view)
    spans, before, moved = hidden_spans(session.trainer.sizes), None, []
    for _ in range(frames):
        session.advance(8)
        now = session.stage.simulation.coordinates()[:, :3].copy()
        if before is not None:
            parts = [quality.movement(before[its], now[its]) for its in spans]
            moved.append(float(np.average(parts, weights=hidden)))
        before = now
    live = recall(session)
    cold = session.stage.simulation.coordinates().copy()
    cold[cold[:, 3] > 0, :3] = start_coordinates(session.trainer, view.metric)
    session.stage.simulation.set_coordinates(session.stage.bridge, cold)
    known = session.trainer.search(view.metric)
    table = similarity.table(known, session.trainer.state.params)
    session.stage.simulation.set_neighbors(session.stage.bridge, table.neuron, table.affinity)
    session.stage.excite()
    session.stage.simulation.step(1_000, session.stage.forces._asdict())
    late = moved[50:]
    return {
        "movement_mean": round(float(np.mean(late)), 5),
        "movement_most": round(max(late), 5),
        "recall_live": round(live, 4),
        "recall_cold": round(recall(session), 4),
    }


def main() -> None:
    """Parse the command line and print a JSON line for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrangement", choices=("planes", "free"), default="planes")
    parser.add_argument("--frames", type=int, default=200)
    args = parser.parse_args()
    ctx = create_headless()
    for name, (data, hidden) in NETWORKS.items():
        found = run(ctx, data, hidden, args.arrangement, args.frames)
        found["ratio"] = round(found["recall_live"] / found["recall_cold"], 3)
        print(json.dumps({"network": name, "arrangement": args.arrangement, **found}), flush=True)


if __name__ == "__main__":
    main()
