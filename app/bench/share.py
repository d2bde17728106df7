"""What it costs to bring a network to the GPU, against the frame that shows it and plain copies."""

from __future__ import annotations

import argparse
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import devices, network, signals
from neuronaut.renderer.bridges import Bridge, HostBridge, bridge_for
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.context import create_headless

from ..scene.stage import Stage
from .figures import line, machine, seconds, spread
from .render import frame_secs, random_stage

GOAL = 0.03  # of a frame
DEVICE_GOAL = 0.7  # of a plain copy on the device
_PROBE_ROWS = 256  # as a training has them
_CHECKED = 100  # frames whose bytes are compared


def bench_share(args: argparse.Namespace) -> dict[str, Any]:
    """Pack and publish the signals of a network, and vectors of weights by themselves.

    Args:
        args: sizes, size (pixels), frames, weights (several numbers).

    Raises:
        GraphicsError: there is no OpenGL.
    """
    ctx = create_headless()
    try:
        stage = random_stage(ctx, args.sizes)
        found = _signals(stage, args) | {
            "bridge": stage.bridge.name,
            "reason": stage.bridge.reason,
            "exact_frames": _exact(stage.bridge, stage.network.by_name["weight"]),
            "vectors": [_vector(ctx, count, args.frames) for count in args.weights],
        }
        stage.release()
        device = jax.devices()[0].device_kind
        return found | {"opengl": str(ctx.info["GL_RENDERER"]), "device": device} | machine()
    finally:
        ctx.release()


def report(found: dict[str, Any]) -> str:
    """Return the result as a small table."""
    width, height = found["size"]
    lines = [
        f"{'–'.join(map(str, found['sizes']))} at {width}x{height}; {found['opengl']}, JAX on "
        f"{found['device']}, {found['cores']} cores; bridge: {found['bridge']}"
        + (f" ({found['reason'].rstrip('.')})" if found["reason"] else ""),
        line(found, "pack_ms", "packing the signals", "ms", 3),
        line(found, "publish_ms", f"publishing {found['uploads']} vectors", "ms", 3),
        line(found, "frame_ms", "a frame with read-back", "ms", 3),
        f"{'share of the frame':32}{100 * found['share_of_frame']:12.2f} %   "
        f"(goal: at most {100 * found['goal']:.0f} %)",
        f"{'frames whose bytes arrived':32}{found['exact_frames']:9} of {_CHECKED}",
        f"{'weights':>12} {'published, ms':>14} {'fetched, ms':>12} {'written, ms':>12} "
        f"{'memcpy, ms':>11} "
        f"{'on the device, ms':>18} {'of it':>6}",
    ]
    for row in found["vectors"]:
        device, share = row["device_copy_ms"], row["of_device_copy"]
        on_device = "" if device is None else f"{device:.3f}"
        lines.append(
            f"{row['weights']:12,} {row['publish_ms']:14.3f} {row['fetch_ms']:12.3f} "
            f"{row['write_ms']:12.3f} {row['memcpy_ms']:11.3f} {on_device:>18} "
            f"{'' if share is None else f'{share:.2f}':>6}"
        )
    return "\n".join(lines)


def _signals(stage: Stage, args: argparse.Namespace) -> dict[str, Any]:
    """Time packing, publishing, and the frame that they are part of."""
    config = network.NetworkConfig(args.sizes)
    params = network.init(jax.random.key(0), config)
    probe = jnp.asarray(np.random.default_rng(0).random((_PROBE_ROWS, args.sizes[0])), "f4")
    still = jax.tree.map(jnp.zeros_like, params)

    def pack() -> signals.Signals:
        return jax.block_until_ready(signals.measure(params, still, probe[0], 0, probe, config))

    moment = pack()

    def publish() -> None:
        stage.publish(moment)
        stage.ctx.finish()

    before = _uploads(stage)
    publish()
    uploads = _uploads(stage) - before
    canvas = stage.ctx.framebuffer([stage.ctx.texture(args.size, 4)])
    frame_secs(stage, canvas, 0)
    packed, published = seconds(pack, args.frames), seconds(publish, args.frames)
    frames = [frame_secs(stage, canvas, number) for number in range(args.frames)]
    share = (np.median(packed) + np.median(published)) / np.median(frames)
    found: dict[str, Any] = {"sizes": list(args.sizes), "size": list(args.size)}
    for name, values in (("pack_ms", packed), ("publish_ms", published), ("frame_ms", frames)):
        found |= spread(name, [1e3 * secs for secs in values])
    return found | {"uploads": uploads, "share_of_frame": round(float(share), 5), "goal": GOAL}


def _uploads(stage: Stage) -> int:
    return sum(buffer.uploads for buffer in stage.network.by_name.values())


def _exact(bridge: Bridge, buffer: StorageBuffer) -> int:
    """Return how many vectors of random numbers arrived bit by bit, and came back so."""
    rng, right = np.random.default_rng(0), 0
    for _ in range(_CHECKED):
        sent = rng.normal(size=buffer.count).astype("f4")
        bridge.publish(jax.device_put(sent), buffer)
        back = devices.received(bridge.fetch(buffer))
        right += bool(np.array_equal(buffer.read(), sent) and np.array_equal(back, sent))
    return right


def _vector(ctx: Any, count: int, times: int) -> dict[str, Any]:
    """Time one vector by the bridge, by the host, and copies that do nothing else."""
    bridge, buffer = bridge_for(ctx), StorageBuffer(ctx, "weight", count)
    values = np.random.default_rng(0).random(count, np.float32)
    vector, target, host = jax.device_put(values), np.empty_like(values), HostBridge()

    def median_ms(what: Any) -> float:
        return round(1e3 * float(np.median(seconds(what, times))), 4)

    def finished(by: Bridge, what: Any) -> None:
        by.publish(what, buffer)
        ctx.finish()

    found = {
        "weights": count,
        "publish_ms": median_ms(lambda: finished(bridge, vector)),
        "fetch_ms": median_ms(lambda: devices.received(bridge.fetch(buffer))),
        "write_ms": median_ms(lambda: finished(host, values)),
        "memcpy_ms": median_ms(lambda: np.copyto(target, values)),
        "device_copy_ms": None,
        "of_device_copy": None,
        "device_goal": DEVICE_GOAL,
    }
    if bridge.name == "cuda":
        copy = jax.jit(jnp.copy)
        found["device_copy_ms"] = median_ms(lambda: copy(vector).block_until_ready())
        found["of_device_copy"] = round(found["device_copy_ms"] / found["publish_ms"], 4)
    bridge.release()
    buffer.release()
    return found
