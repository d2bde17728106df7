"""Where the panels lie: as they are arranged at first, and as the person left them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from imgui_bundle import ImVec2, imgui

from .events import Place
from .text_files import read_text

_DOCK_SPACE = 0x4E45
_ROOM_PX = (760, 480)  # nominal, that all panels need at first
_MOST_OF_THE_FRAME = 0.3  # share that the panels of one side take at first
_NOTES = "[Neuronaut][Notes]"  # Dear ImGui passes over sections that it does not know
_CHECKSUM = "checksum="
_FARTHEST = 2**15 - 1  # Dear ImGui keeps places in 16 bits
_PIXELS = re.compile(r"\b(Pos|Size|SizeRef|ViewportPos)=(-?\d{1,9}),(-?\d{1,9})\b", re.ASCII)

Tabs = Sequence[str]  # panels that share a place


@dataclass(frozen=True)
class Arrangement:
    """Where panels lie until the person moves them; the scene keeps the middle.

    Attributes:
        left, right: places from top to bottom.
        bottom: one place between them.
        foot: one place below all others, as wide as the frame.
        left_px, right_px, bottom_px, foot_px: their widths and heights, nominal pixels.
    """

    left: Sequence[Tabs] = ()
    right: Sequence[Tabs] = ()
    bottom: Tabs = ()
    foot: Tabs = ()
    left_px: float = 300.0
    right_px: float = 340.0
    bottom_px: float = 220.0
    foot_px: float = 150.0


def dock_space() -> None:
    """Let panels be docked around the middle of the frame, which stays the scene's."""
    flags = imgui.DockNodeFlags_
    imgui.dock_space_over_viewport(
        _DOCK_SPACE,
        imgui.get_main_viewport(),
        flags.passthru_central_node.value | flags.no_docking_over_central_node.value,
    )


def is_arranged() -> bool:
    """Whether panels have been docked here before."""
    return imgui.internal.dock_builder_get_node(_DOCK_SPACE) is not None


def arrange(arrangement: Arrangement, size_px: tuple[int, int], scale: float) -> None:
    """Dock the panels anew; those that are not named stay where they are."""
    docking = imgui.internal
    docking.dock_builder_remove_node(_DOCK_SPACE)
    flags = docking.DockNodeFlagsPrivate_.dock_space.value
    docking.dock_builder_add_node(_DOCK_SPACE, flags)
    # For a frame without room they are sized as for a larger one, which it may become.
    width, height = (max(a / scale, b) for a, b in zip(size_px, _ROOM_PX, strict=True))
    docking.dock_builder_set_node_size(_DOCK_SPACE, ImVec2(width * scale, height * scale))
    left = min(arrangement.left_px, _MOST_OF_THE_FRAME * width) if arrangement.left else 0.0
    right = min(arrangement.right_px, _MOST_OF_THE_FRAME * width)
    bottom = min(arrangement.bottom_px, _MOST_OF_THE_FRAME * height)
    middle = _DOCK_SPACE
    if arrangement.foot:
        foot, middle = _split(middle, imgui.Dir.down, arrangement.foot_px / height)
        height -= arrangement.foot_px
        _stack(foot, [arrangement.foot])
    if arrangement.left:
        side, middle = _split(middle, imgui.Dir.left, left / width)
        _stack(side, arrangement.left)
    if arrangement.right:
        side, middle = _split(middle, imgui.Dir.right, right / (width - left))
        _stack(side, arrangement.right)
    if arrangement.bottom:
        side, middle = _split(middle, imgui.Dir.down, bottom / height)
        _stack(side, [arrangement.bottom])
    docking.dock_builder_finish(_DOCK_SPACE)


def free_middle() -> tuple[Place, Place]:
    """Return corner and size of what no docked panel covers, physical pixels from the top left."""
    node = imgui.internal.dock_builder_get_central_node(_DOCK_SPACE)
    if node is None:
        size = imgui.get_main_viewport().size
        return (0.0, 0.0), (size.x, size.y)
    return (node.pos.x, node.pos.y), (node.size.x, node.size.y)


def _split(node: int, side: imgui.Dir, share: float) -> tuple[int, int]:
    _, at_side, rest = imgui.internal.dock_builder_split_node_py(node, side, share)
    return at_side, rest


def _stack(node: int, places: Sequence[Tabs]) -> None:
    for k, tabs in enumerate(places):
        above = node
        if k + 1 < len(places):
            share = 1.0 / (len(places) - k)
            above, node = _split(node, imgui.Dir.up, share)
        for name in tabs:
            imgui.internal.dock_builder_dock_window(name, above)


class Remembered:
    """The file of the layout, in nominal pixels, so that another screen's density does not matter.

    Without a path, with a broken file or one that cannot be written it only forgets.

    Attributes:
        notes: what else is kept from start to start, by name; both of one line.
    """

    def __init__(self, path: Path | None):
        self.notes: dict[str, str] = {}
        self._path = path
        self._layout = self._written = ""
        if path is None:
            return
        with suppress(OSError, UnicodeDecodeError):
            self._written = read_text(path)
        body, _, checksum = self._written.rpartition(_CHECKSUM)
        # Dear ImGui ends the program over some layouts that it has not written itself.
        if checksum.strip() != _checksum(body):
            return
        self._layout, _, notes = body.partition(_NOTES)
        for line in notes.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                self.notes[name] = value

    def restore(self, scale: float) -> None:
        """Lay the panels out as they are in the file; call it before a frame begins."""
        imgui.load_ini_settings_from_memory(_scaled(self._layout, scale))

    def save(self, scale: float) -> None:
        """Write where the panels lie now, and the notes, if that is not what the file says."""
        if self._path is None:
            return
        notes = "".join(f"{name}={value}\n" for name, value in sorted(self.notes.items()))
        layout = _scaled(imgui.save_ini_settings_to_memory(), 1.0 / scale)
        body = f"{layout}{_NOTES}\n{notes}"
        text = f"{body}{_CHECKSUM}{_checksum(body)}\n"
        if text == self._written:
            return
        self._written = text
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Written aside first: an interrupted program leaves no half of a file.
            aside = self._path.with_name(self._path.name + ".new")
            aside.write_text(text, "utf-8")
            aside.replace(self._path)


def rescale(ratio: float) -> None:
    """Scale places and sizes of all panels about the top left; call it before a frame begins."""
    imgui.load_ini_settings_from_memory(_scaled(imgui.save_ini_settings_to_memory(), ratio))


def _scaled(layout: str, ratio: float) -> str:
    def scale(found: re.Match[str]) -> str:
        name, x, y = found.groups()
        least = 1 if name.startswith("Size") else -_FARTHEST  # of a window that has shrunk
        places = (str(min(max(round(int(v) * ratio), least), _FARTHEST)) for v in (x, y))
        return f"{name}={','.join(places)}"

    return _PIXELS.sub(scale, layout)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
