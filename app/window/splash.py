"""What the window shows while its network is being prepared."""

from __future__ import annotations

import numpy as np
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.label_items import Label
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.node import Frame, Node
from neuronaut.renderer.palettes import theme_of
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.renderer import Renderer
from neuronaut.renderer.window import Window

from ..options import ViewOptions
from ..scene.legends import opaque

_POSE = Pose.look_at(np.array([0.0, 0.0, 5.0]), np.zeros(3))


def show(window: Window, sentence: str, view: ViewOptions) -> None:
    """Write a sentence into the middle of an empty window, in the theme of what is to come."""
    window.poll()  # its size may be another than was asked for
    if min(window.size_px) < 1:
        return
    theme = theme_of(view.theme, view.palette)
    programs = Programs(window.ctx)
    renderer, labels = Renderer(window.ctx, programs, theme), Labels(window.ctx, programs, "splash")
    middle = (0.5, 0.5)
    labels.set(
        [
            Label("Neuronaut", middle, 26.0, opaque(theme.text), "center", (0.0, -20.0)),
            Label(sentence, middle, 15.0, opaque(theme.quiet_text), "center", (0.0, 16.0)),
        ]
    )
    renderer.render(
        Node("splash").add(labels), Frame(_POSE, window.size_px, True), window.framebuffer()
    )
    window.swap()
    for part in (labels, renderer, programs):
        part.release()
