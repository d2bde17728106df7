"""How long a frame takes: the whole network drawn and read back, pass by pass if asked."""

from __future__ import annotations

import argparse
import math
import platform
import time
from typing import Any

import jax
import numpy as np
from neuronaut.core import network, signals
from neuronaut.renderer.context import create_headless
from neuronaut.renderer.node import Frame
from neuronaut.renderer.passes import PassTimer
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.readback import read_now

from ..options import ViewOptions
from ..scene.coloring import Tint
from ..scene.stage import Stage

_WARM_UP_FRAMES = 3
_PROBE_ROWS = 64
_LIT_SHARE = 0.19  # of the inputs are not zero, as in MNIST's images


def bench_render(args: argparse.Namespace) -> dict[str, Any]:
    """Draw a network of random weights, the camera moving, and return the times.

    Args:
        args: sizes, size, edges (a share), frames, bundling, profile.

    Raises:
        GraphicsError: there is no OpenGL to draw with.
    """
    ctx = create_headless()
    try:
        stage = random_stage(ctx, args.sizes, args.edges, args.bundling)
        canvas = ctx.framebuffer([ctx.texture(args.size, 4)])
        first = frame_secs(stage, canvas, 0)
        for k in range(_WARM_UP_FRAMES):
            frame_secs(stage, canvas, k)
        milliseconds = [1e3 * frame_secs(stage, canvas, k) for k in range(args.frames)]
        drawn = int(stage.edges.selection.drawn())
        passes = _profile(stage, canvas, args.frames) if args.profile else None
        stage.release()
        return {
            "sizes": list(args.sizes),
            "size": list(args.size),
            "edges": int(sum(a * b for a, b in zip(args.sizes, args.sizes[1:], strict=False))),
            "drawn": drawn,
            "share": args.edges,
            "frames": args.frames,
            "median_ms": round(float(np.median(milliseconds)), 3),
            "p99_ms": round(float(np.percentile(milliseconds, 99)), 3),
            "least_ms": round(min(milliseconds), 3),
            "first_frame_s": round(first, 3),
            "opengl": str(ctx.info["GL_RENDERER"]),
            "machine": platform.machine(),
        } | ({} if passes is None else {"passes_ms": passes})
    finally:
        ctx.release()


def report(found: dict[str, Any]) -> str:
    """Return the result as a small table."""
    rows = [
        f"{'–'.join(map(str, found['sizes']))} at {found['size'][0]}x{found['size'][1]}, "
        f"{found['drawn']:,} of {found['edges']:,} weights drawn, {found['opengl']}",
        f"{'frame with read-back':24}{found['median_ms']:9.2f} ms  (p99 {found['p99_ms']:.2f})",
    ]
    rows += [f"  {name:22}{ms:9.2f} ms" for name, ms in found.get("passes_ms", {}).items()]
    return "\n".join(rows)


def random_stage(
    ctx: Any, sizes: tuple[int, ...], edges: float = 0.9, bundling: float = 0.0
) -> Stage:
    """Build the scene of a network as it is before training, with one random input on show.

    Args:
        ctx: the context that is current.
        sizes: neurons of every layer.
        edges: share of each layer's energy that is drawn.
        bundling: from straight weights, 0, to strands, 1.
    """
    side = math.isqrt(sizes[0])
    shape = (side, side) if side * side == sizes[0] and side > 1 else (sizes[0],)
    # By contribution, weights of inputs at zero would not count among all.
    strength = "weight" if edges >= 1 else "contribution"
    view = ViewOptions(edges=edges, strength=strength, bundling=bundling, images="none", hud="none")
    hidden = sum(sizes[1:-1])
    rng = np.random.default_rng(0)
    start = rng.normal(size=(hidden, 3)).astype("f4") * math.sqrt(max(hidden, 1)) * 0.3
    stage = Stage(ctx, Programs(ctx), sizes, shape, start, view)
    config = network.NetworkConfig(sizes)
    params = network.init(jax.random.key(0), config)
    probe = rng.random((_PROBE_ROWS, sizes[0])).astype("f4")
    probe *= rng.random(probe.shape) < _LIT_SHARE
    still = jax.tree.map(np.zeros_like, params)
    moment = signals.measure(params, still, probe[0], 0, probe, config)
    stage.publish(moment)
    stage.set_tint(Tint(np.asarray(moment.activation)))
    stage.set_regions(rng.integers(0, 10, hidden).astype(np.int32))
    stage.place()
    return stage


def frame_secs(stage: Stage, canvas: Any, number: int) -> float:
    """Draw a frame and read it back; return how long that takes."""
    pose = stage.view_pose(canvas.size, (0.80 + 0.02 * (number % 20), -0.20, -1.0))
    start = time.perf_counter()
    stage.draw(Frame(pose, canvas.size, first=True), canvas)
    read_now(canvas)
    return time.perf_counter() - start


def _profile(stage: Stage, canvas: Any, frames: int) -> dict[str, float]:
    """Return the median milliseconds of each pass, by the GPU's own clock."""
    stage.renderer.timings = timer = PassTimer(stage.ctx)
    for k in range(frames):
        frame_secs(stage, canvas, k)
    stage.renderer.timings = None
    return {name: round(float(np.median(ms)), 3) for name, ms in timer.milliseconds.items()}
