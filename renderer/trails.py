"""What neurons did recently: a strip behind each of them, moment by moment."""

from __future__ import annotations

import moderngl
import numpy as np

from . import state
from .buffers import StorageBuffer
from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .palettes import DARK, Theme, linear


class Trails(Drawable):
    """Strips of the recent values of the neurons of some layers.

    The moments lie in a ring on the GPU, filled by copies there: nothing is uploaded or read back.

    Args:
        layers: consecutive layers whose neurons have a strip.
        moments: how many the ring holds.
        length_world: of a strip with all moments.
        width_world: of a strip where the value is the layer's largest |value| in the ring.
        palette: colours of the values -1..1, of which 1 is that largest.

    Attributes:
        direction: for each of the layers, 1 away from the input, -1 towards it.
        clearance_world: for each of the layers, how far from its neuron a strip begins.
        recorded: how many moments the ring holds now.

    Raises:
        ValueError: there are no such layers, or the ring is larger than a buffer may be.
    """

    phase = Phase.SPARK  # after all that hides strips; they hide nothing: faint ones cut no holes

    def __init__(
        self,
        network: NetworkBuffers,
        layers: range,
        moments: int,
        length_world: float,
        width_world: float,
        palette: moderngl.Texture,
        theme: Theme = DARK,
    ):
        super().__init__("trails")
        last = len(network.layers) - 1
        if not layers or layers.step != 1 or layers[0] < 0 or layers[-1] > last or moments < 1:
            raise ValueError(
                f"trails need moments and consecutive layers of 0 to {last}, "
                f"not {moments} moments of {layers}."
            )
        self.network = network
        self.layers = layers
        self.moments = moments
        self.length_world = length_world
        self.width_world = width_world
        self.palette = palette
        self.theme = theme
        self.direction = tuple(-1.0 if layer == last else 1.0 for layer in layers)
        self.clearance_world = (0.0,) * len(layers)
        self.recorded = 0
        self._newest = moments - 1
        rows = network.layers[layers[0] : layers[-1] + 1]
        self._first = int(rows["neuron_start"][0])
        self._count = int(rows["neuron_count"].sum())
        largest = network.ctx.info["GL_MAX_SHADER_STORAGE_BLOCK_SIZE"]
        if 4 * self._count * moments > largest:
            raise ValueError(
                f"{moments} moments of {self._count:,} neurons take {4 * self._count * moments:,} "
                f"bytes; a buffer may have {largest:,} here."
            )
        self._own = {
            "history": StorageBuffer(network.ctx, "history", moments * self._count),
            "history_range": StorageBuffer(
                network.ctx, "history_range", (moments + 1) * len(layers)
            ),
        }
        self._range = network.programs.compute("draw/trail.comp")
        self._program = network.programs.draw("draw/trail.vert", "draw/trail.frag")

    def record(self, source: StorageBuffer) -> None:
        """Copy a value of every neuron, [N], as the newest moment; the oldest gives way.

        Raises:
            ValueError: `source` does not have a number for each neuron of the network.
        """
        if source.count != self.network.neurons or source.dtype != np.dtype("f4"):
            raise ValueError(
                f"trails record {self.network.neurons} float32 values, "
                f"not {source.count} of {source.dtype} ({source.name!r})."
            )
        self._newest = (self._newest + 1) % self.moments
        self.recorded = min(self.recorded + 1, self.moments)
        self.network.ctx.copy_buffer(
            self._own["history"].gl,
            source.gl,
            4 * self._count,
            read_offset=4 * self._first,
            write_offset=4 * self._count * self._newest,
        )
        self._range.set(**self._shared(), moment=self._newest)
        self._range.bind(self.network.by_name | self._own)
        self._range.gl.run(group_x=len(self.layers))
        self.network.ctx.memory_barrier()

    def clear(self) -> None:
        """Forget all moments."""
        self.recorded = 0
        for buffer in self._own.values():
            buffer.gl.clear()

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw the strips of all moments that were recorded."""
        if not self.recorded:
            return
        state.SPARK_INK.apply(self.network.ctx)
        self.palette.use(0)
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            **self._shared(),
            layers_recorded=len(self.layers),
            recorded=self.recorded,
            newest=self._newest,
            length_world=self.length_world,
            width_world=self.width_world,
            palette=0,
            track_color=linear(self.theme.track),
        )
        self._program.bind(self.network.by_name | self._own)
        for k, layer in enumerate(self.layers):
            self._program.set(
                layer=layer, direction=self.direction[k], clearance_world=self.clearance_world[k]
            )
            vertices = 6 * int(self.network.layers["neuron_count"][layer])
            self._program.vertices.render(moderngl.TRIANGLES, vertices=vertices)

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self._own.values():
            buffer.release()

    def _shared(self) -> dict[str, int]:
        return {
            "first_neuron": self._first,
            "neuron_count": self._count,
            "first_layer": self.layers[0],
            "moments": self.moments,
        }
