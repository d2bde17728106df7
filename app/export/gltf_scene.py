"""A network as a glTF scene: what it consists of, under which names, and how it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.poses import Pose

from .. import names
from ..session import Session
from . import colors, gltf_outputs, gltf_parts
from .glb import Glb
from .gltf_materials import Materials
from .gltf_parts import Bench, Paint
from .gltf_timeline import Timeline
from .moments import Moments, Weights

_MOST_NAMED = 256  # outputs
_CAMERA_SIZE = (1920, 1080)
_NEAR, _FAR = 0.05, 500.0


def scene(session: Session, moments: Moments, chosen: Weights, seconds: float) -> Glb:
    """Return the scene of what was collected; the session is at the last moment.

    Args:
        session: the network and how it is shown.
        moments: what moves.
        chosen: the weights that are drawn.
        seconds: from the first moment to the last.
    """
    trainer = session.trainer
    glb = Glb(f"Neuronaut {metadata.version('neuronaut')}")
    times = np.linspace(0, seconds, len(moments.steps), dtype="f4")
    bench = Bench(
        glb, Timeline(glb, times), Materials(glb), Wiring(trainer.sizes), session.stage.geometry,
        moments, session.stage.theme,
    )  # fmt: skip
    layers = _layers(bench, session)
    layers += [
        gltf_parts.weights(bench, chosen, layer)
        for layer in range(len(trainer.sizes) - 1)
        if (chosen.layer == layer).any()
    ]
    title = f"{trainer.data.name} {'-'.join(map(str, trainer.sizes))}"
    root = bench.node(title, children=layers)
    steps = moments.steps.tolist()
    bench.timeline.finish("training", {"steps": steps})
    glb.show([root, _camera(bench, session.stage.view_pose(_CAMERA_SIZE))], _about(session, steps))
    return glb


def _layers(bench: Bench, session: Session) -> list[int]:
    trainer, paint = session.trainer, colors.paint(session)
    picture = colors.pixels(session, bench.theme)
    last = len(trainer.sizes) - 1
    layers = []
    for layer in range(last + 1):
        if layer == 0 and picture is not None:
            nodes = [gltf_parts.pixels(bench, picture)]
        else:
            nodes = gltf_parts.neurons(bench, layer, paint, _extras(bench, session, layer, paint))
        if layer == last:
            nodes += _beside_outputs(bench, session, paint)
        layers.append(bench.node(names.layer(layer, trainer.sizes), children=nodes))
    return layers


def _beside_outputs(bench: Bench, session: Session, paint: Paint) -> list[int]:
    classes = _output_names(session)
    if len(classes) > _MOST_NAMED:
        return []
    return [*gltf_outputs.bars(bench, paint, classes), gltf_outputs.labels(bench, classes)]


def _output_names(session: Session) -> Sequence[str]:
    outputs, found = session.trainer.sizes[-1], session.trainer.data.class_names
    # A single output says how sure the network is of the second of two classes.
    return found[-1:] if outputs == 1 else found


def _extras(
    bench: Bench, session: Session, layer: int, paint: Paint
) -> Sequence[Mapping[str, Any]]:
    """Return what is to be known of each neuron of a layer."""
    numbers, last = bench.wiring.neuron_range(layer), len(bench.wiring.sizes) - 1
    if layer == last:
        return [{"class": name} for name in _output_names(session)]
    return [{"color": paint.name[neuron]} for neuron in numbers] if layer else [{}] * len(numbers)


def _camera(bench: Bench, pose: Pose) -> int:
    """Add a camera that sees all of it."""
    lens = {
        "yfov": pose.fov, "aspectRatio": _CAMERA_SIZE[0] / _CAMERA_SIZE[1],
        "znear": _NEAR, "zfar": _FAR,
    }  # fmt: skip
    camera = bench.glb.add(
        "cameras", {"name": "camera", "type": "perspective", "perspective": lens}
    )
    return bench.node(
        "camera",
        camera=camera,
        translation=pose.position.tolist(),
        rotation=pose.orientation.tolist(),
    )


def _about(session: Session, steps: Sequence[int]) -> Mapping[str, Any]:
    trainer, measures = session.trainer, session.measures
    return {
        "data": trainer.data.name,
        "sizes": list(trainer.sizes),
        "steps": [steps[0], steps[-1]],
        "input": trainer.shown_name(),
        "test_accuracy": measures.test_accuracy,
        "metric": session.view.metric,
        "arrangement": session.view.arrangement,
        "color": session.view.color,
    }
