"""The scene graph: nodes with transforms, drawables at its leaves.

A frame is two walks: everything that must be computed, then everything that is drawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Self

import numpy as np

from .cameras import Pose
from .programs import Program

IDENTITY = np.eye(4, dtype="f4")


class Phase(IntEnum):
    """Where in the frame a drawable belongs, in the order of drawing."""

    SOLID = 0  # premultiplied colour with depth
    # Premultiplied colour, hidden by what is solid: light that hides nothing, but laid over what
    # is there where the theme draws in ink, on which light could not be seen.
    SPARK = 1
    LIGHT = 2  # summed light of the weights, behind solid things only
    OVERLAY = 3  # over the finished 8-bit frame


def text_scale(size_px: tuple[int, int]) -> float:
    """Return physical pixels per nominal pixel of text, never so few that it cannot be read."""
    return max(size_px[1] / 720.0, 0.75)


@dataclass(frozen=True)
class Frame:
    """One picture to be made: from where, and how large.

    Attributes:
        pose: the camera in the world.
        size_px: width and height of the framebuffer in physical pixels.
        first: whether there is no frame before it that values could follow smoothly.
        jitter_px: where in its pixels, right and up from their middle, this sample is taken.
    """

    pose: Pose
    size_px: tuple[int, int]
    first: bool = False
    jitter_px: tuple[float, float] = (0.0, 0.0)

    @property
    def pixel_scale(self) -> float:
        """Physical pixels per nominal pixel; a frame is nominally 720 pixels high."""
        return self.size_px[1] / 720.0

    @property
    def text_scale(self) -> float:
        """As `pixel_scale`, but never so small that text cannot be read."""
        return text_scale(self.size_px)

    def set_camera(self, program: Program, world_from_node: np.ndarray) -> None:
        """Set the uniforms of include/camera.glsl."""
        width, height = self.size_px
        clip_from_view = self.pose.clip_from_view(width / height)
        # The sample's place comes to the pixel's middle: all else shifts the other way.
        shift = np.array([2 * self.jitter_px[0] / width, 2 * self.jitter_px[1] / height], "f4")
        clip_from_view[:2] -= shift[:, None] * clip_from_view[3]
        program.set(
            view_from_node=self.pose.view_from_world() @ world_from_node,
            clip_from_view=clip_from_view,
            viewport_px=(float(width), float(height)),
            pixel_scale=self.pixel_scale,
        )


@dataclass(eq=False)
class Node:
    """A place in the scene.

    Attributes:
        name: for people and for `find`.
        parent_from_node: [4, 4] transform, column vectors.
        children: nodes that move along.
        visible: whether it and all below it are drawn.
    """

    name: str
    parent_from_node: np.ndarray = field(default_factory=IDENTITY.copy)
    children: list[Node] = field(default_factory=list)
    visible: bool = True

    def add(self, *children: Node) -> Self:
        """Append `children` and return this node."""
        self.children.extend(children)
        return self

    def walk(self, world_from_parent: np.ndarray = IDENTITY) -> Iterator[tuple[Node, np.ndarray]]:
        """Yield every visible node with its world transform, parents first."""
        if not self.visible:
            return
        world_from_node = world_from_parent @ self.parent_from_node
        yield self, world_from_node
        for child in self.children:
            yield from child.walk(world_from_node)

    def find(self, name: str) -> Node:
        """Return the first node of that name here or below.

        Raises:
            KeyError: there is none.
        """
        stack: list[Node] = [self]
        while stack:
            node = stack.pop(0)
            if node.name == name:
                return node
            stack.extend(node.children)
        raise KeyError(f"the scene has no node {name!r}")


class Drawable(Node, ABC):
    """A node that draws itself with one program."""

    phase: Phase = Phase.SOLID

    def prepare(self, frame: Frame) -> None:  # most have nothing to prepare
        """Compute on the GPU what drawing needs."""

    @abstractmethod
    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw into the framebuffer in use; the renderer has set the state of the phase."""

    def release(self) -> None:  # most own nothing
        """Free the GPU memory that is this node's own."""
