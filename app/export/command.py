"""`neuronaut export`: its options and what it prints.  Imports nothing heavy until it runs."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path

from .. import arguments, values
from ..options import UserError, ViewOptions
from ..printing import print_json, warn

SCENES = (".glb",)
TABLES = (".csv", ".parquet")
COLORS = ("class", "region", "health", "activation", "bias", "gradient", "update")
KEYFRAMES = 48
_MOST_KEYFRAMES = 250  # a viewer keeps them as the layers of one texture, 256 at least


@dataclass(frozen=True)
class ExportOptions:
    """What is written, and of which moments.

    Attributes:
        source: a run, or the file of a network.
        out: its ending says what is written.
        data: what the network is looked at with; None leaves it to the run.
        activation: of a file's network, where it does not say.
        step: one moment, in optimizer steps; None for the whole run.
        keyframes: how many moments of the run, at most.
        seconds: how long the run lasts in the scene.
        force: whether an existing file is overwritten.
    """

    source: Path
    out: Path
    data: str | None = None
    activation: str | None = None
    step: int | None = None
    keyframes: int = KEYFRAMES
    seconds: float = 10.0
    force: bool = False

    @property
    def suffix(self) -> str:
        """The ending of the file, in lower case."""
        return self.out.suffix.lower()


def add_export(parser: argparse.ArgumentParser) -> None:
    """Add what is exported and how."""
    add = parser.add_argument
    add("source", type=Path, metavar="RUN|MODEL",
        help="a run; or weights: .npz, .safetensors, .onnx")  # fmt: skip
    add("out", type=Path, metavar="OUT",
        help=".glb, a scene for Blender and other viewers; .csv or .parquet, "
        "a row a neuron")  # fmt: skip
    add("--force", action="store_true", help="overwrite OUT")
    moments = parser.add_argument_group("moments").add_argument
    moments("--step", type=values.any_steps, default=None, metavar="N",
        help="one moment of the run, in optimizer steps (default: the whole run)")  # fmt: skip
    moments("--keyframes", type=_keyframes, default=KEYFRAMES, metavar="N",
        help="how many moments, spread over the run's snapshots "
        f"(default: {KEYFRAMES})")  # fmt: skip
    moments("--seconds", type=values.seconds, default=10.0, metavar="S",
        help="how long the run lasts in the scene (default: 10)")  # fmt: skip
    _add_network(parser.add_argument_group("network"))
    _add_scene(parser.add_argument_group("picture"))


def _add_network(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--data", default=None, metavar="NAME|PATH",
        help="what the network is looked at with (default: what it was trained on)")  # fmt: skip
    add("--activation", choices=arguments.ACTIVATIONS, default=None,
        help="of the hidden layers, for a MODEL that does not say (default: relu)")  # fmt: skip
    add("--metric", choices=("auto", *arguments.METRICS), default="auto",
        help="what makes neurons alike (default: output; incoming for two features)")  # fmt: skip
    add("--arrangement", choices=arguments.ARRANGEMENTS, default="planes",
        help="of the hidden layers (default: planes)")  # fmt: skip
    add("--input", dest="sample", type=values.sample, default=None, metavar="N",
        help="number of the test input on show (default: 0)")  # fmt: skip


def _add_scene(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--color", choices=COLORS, default="class",
        help="of the neurons, as they are in the end "
        "(default: class, the one they serve)")  # fmt: skip
    add("--edges", type=values.share_or_all, default=0.9, metavar="SHARE",
        help="the strongest weights that carry this share of each layer's energy, 0..1; "
        "2,000 at most (default: 0.9)")  # fmt: skip
    add("--strength", choices=("contribution", "weight"), default="contribution",
        help="a weight is strong by |weight × activation| of the shown input, or by |weight| "
        "(default: contribution)")  # fmt: skip
    add("--palette", choices=arguments.PALETTES, default="standard",
        help="safe keeps colours apart for colour-blind people (default: standard)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write a scene or a table."""
    fields = [field.name for field in dataclasses.fields(ExportOptions)]
    options = ExportOptions(**{name: getattr(args, name) for name in fields})
    view = dataclasses.replace(arguments.view_of(args), hud="none", images="none")
    check_out(options)
    return _export(options, view, args.json)


def check_out(options: ExportOptions) -> None:
    """Refuse a file that cannot be meant.

    Raises:
        UserError: its ending is unknown, its folder is not there, or it exists.
    """
    out = options.out
    if options.suffix not in (*SCENES, *TABLES):
        raise UserError(f"{out} should end in .glb, .csv or .parquet.")
    if not out.parent.is_dir():
        raise UserError(f"there is no folder {str(out.parent)!r} to write {out.name} in.")
    if out.is_dir():
        raise UserError(f"{out} is a folder; choose another name.")
    if out.exists() and not options.force:
        raise UserError(f"{out} already exists; choose another name or add --force.")


def _export(options: ExportOptions, view: ViewOptions, as_json: bool) -> int:
    from ..progress import download_bar, frame_bar  # noqa: PLC0415
    from .exports import export  # noqa: PLC0415  # JAX

    with download_bar() as on_download, frame_bar() as on_frame:
        done = export(options, view, on_frame, on_download)
    if done["note"]:
        warn(done["note"] + ".")
    if as_json:
        print_json(done)
        return 0
    moments = "1 moment" if done["moments"] == 1 else f"{done['moments']} moments"
    what = f"{done['rows']:,} rows" if "rows" in done else f"{done['edges']:,} weights"
    print(f"{done['path']}: {done['neurons']:,} neurons, {what}, {moments}, {_size(done['bytes'])}")
    return 0


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"


def _keyframes(text: str) -> int:
    return values.whole(text, 1, _MOST_KEYFRAMES)
