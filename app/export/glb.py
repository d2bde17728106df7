"""The container of a glTF 2.0 scene in one file: a chunk of JSON and a chunk of numbers.

Written here because the libraries that do it check nothing and bring more than they save; the
format is https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np

_MAGIC, _VERSION = 0x46546C67, 2
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_COMPONENTS = {np.dtype("f4"): 5126, np.dtype("u2"): 5123, np.dtype("u4"): 5125}
_TYPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4"}
_MOST_BYTES = 2**32 - 1  # the header's length has 32 bits


class Use(IntEnum):
    """What a GPU will take an array as; 0 for what it never sees, such as key frames."""

    NONE = 0
    VERTICES = 34962
    INDICES = 34963


class Glb:
    """A scene that is put together and then written whole.

    Args:
        generator: the program that makes it.
    """

    def __init__(self, generator: str):
        self._json: dict[str, Any] = {"asset": {"version": "2.0", "generator": generator}}
        self._chunks: list[bytes] = []
        self._length = 0

    def add(self, kind: str, item: Mapping[str, Any]) -> int:
        """Add an item to one of the top-level lists, and return its number there.

        Args:
            kind: name of the list, such as `nodes`.
            item: as the specification has it; what is None is left out.
        """
        items = self._json.setdefault(kind, [])
        items.append({name: value for name, value in item.items() if value is not None})
        return len(items) - 1

    def use_extension(self, name: str) -> None:
        """Note that an extension is used; a viewer may do without it."""
        used = self._json.setdefault("extensionsUsed", [])
        if name not in used:
            used.append(name)

    def show(self, nodes: list[int], extras: Mapping[str, Any]) -> None:
        """Make these nodes the scene that is shown, and note what is to be known of it."""
        self._json["scene"] = self.add("scenes", {"nodes": nodes, "extras": dict(extras)})

    def accessor(self, array: np.ndarray, use: Use = Use.NONE) -> int:
        """Add an array and return the number of its accessor.

        Args:
            array: float32, uint16 or uint32, [n] or [n, 2..4]; its bounds are written with it.

        Raises:
            ValueError: no accessor can hold it, or it has no elements or some that are not finite.
        """
        view = self._view(self._checked(array).tobytes(), use)
        return self._accessor(view, 0, array)

    def accessors(self, arrays: np.ndarray) -> list[int]:
        """Add key frames, [m, n] or [m, n, 2..4], and return m accessors of n elements each."""
        view, size = self._view(self._checked(arrays).tobytes(), Use.NONE), arrays[0].nbytes
        return [self._accessor(view, k * size, array) for k, array in enumerate(arrays)]

    def png(self, content: bytes, name: str) -> int:
        """Add a picture, the content of a .png, and return its number among the images."""
        view = self._view(content, Use.NONE)
        return self.add("images", {"bufferView": view, "mimeType": "image/png", "name": name})

    def to_bytes(self) -> bytes:
        """Return the file.

        Raises:
            ValueError: it would be longer than the format allows, 4 GiB.
        """
        if self._length:
            self._json["buffers"] = [{"byteLength": self._length}]
        text = json.dumps(self._json, ensure_ascii=False, separators=(",", ":")).encode()
        parts = [_chunk(_JSON, text, b" ")]
        if self._length:
            parts.append(_chunk(_BIN, b"".join(self._chunks), b"\0"))
        length = 12 + sum(map(len, parts))
        if length > _MOST_BYTES:
            raise ValueError(f"a .glb may be {_MOST_BYTES:,} bytes long, not {length:,}")
        return struct.pack("<III", _MAGIC, _VERSION, length) + b"".join(parts)

    def _checked(self, array: np.ndarray) -> np.ndarray:
        if array.dtype not in _COMPONENTS or array.size == 0 or not np.isfinite(array).all():
            raise ValueError(
                "an accessor holds finite float32, uint16 or uint32, "
                f"not {array.dtype} of shape {array.shape}"
            )
        return np.ascontiguousarray(array)

    def _view(self, content: bytes, use: Use) -> int:
        start = self._length
        padding = bytes(-len(content) % 4)  # every view begins where any number may
        self._chunks += [content, padding]
        self._length += len(content) + len(padding)
        return self.add(
            "bufferViews",
            {
                "buffer": 0,
                "byteOffset": start,
                "byteLength": len(content),
                "target": int(use) or None,
            },
        )

    def _accessor(self, view: int, offset: int, array: np.ndarray) -> int:
        rows = array.reshape(len(array), -1)
        return self.add(
            "accessors",
            {
                "bufferView": view,
                "byteOffset": offset or None,
                "componentType": _COMPONENTS[array.dtype],
                "count": len(array),
                "type": _TYPES[array.shape[1:]],
                "min": rows.min(axis=0).tolist(),
                "max": rows.max(axis=0).tolist(),
            },
        )


def _chunk(kind: int, content: bytes, filler: bytes) -> bytes:
    content += filler * (-len(content) % 4)
    return struct.pack("<II", len(content), kind) + content
