"""Reads a .glb and holds every accessor of it to the specification of glTF 2.0."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

COMPONENTS = {5126: "<f4", 5123: "<u2", 5125: "<u4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
KINDS = {"translation": "VEC3", "scale": "VEC3", "weights": "SCALAR"}
VERTICES, INDICES = 34962, 34963


class Scene:
    """A scene, checked as it is read."""

    def __init__(self, path: Path):
        content = path.read_bytes()
        magic, version, length = struct.unpack_from("<4sII", content)
        assert (magic, version, length) == (b"glTF", 2, len(content))
        size, kind = struct.unpack_from("<I4s", content, 12)
        assert kind == b"JSON" and size % 4 == 0
        self.json: dict[str, Any] = json.loads(content[20 : 20 + size])
        start = 20 + size
        size, kind = struct.unpack_from("<I4s", content, start)
        assert kind == b"BIN\0" and size % 4 == 0 and start + 8 + size == len(content)
        self._bin = content[start + 8 :]
        (buffer,) = self.json["buffers"]
        assert 0 <= len(self._bin) - buffer["byteLength"] < 4
        self.arrays = [self._array(accessor) for accessor in self.json["accessors"]]
        self._check_meshes()
        self._check_nodes()
        self.by_name = {node["name"]: node for node in self.json["nodes"]}
        assert len(self.by_name) == len(self.json["nodes"])

    def track(self, name: str, path: str) -> np.ndarray | None:
        """Return the key frames of a node, or None."""
        found = self._tracks().get((name, path))
        return None if found is None else self.arrays[found]

    def times(self) -> np.ndarray:
        """Return when the key frames are, seconds."""
        (animation,) = self.json["animations"]
        (number,) = {sampler["input"] for sampler in animation["samplers"]}
        return self.arrays[number]

    def vertices(self, name: str) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return a node's vertices at rest and under each of its morph targets."""
        primitive = self.json["meshes"][self.by_name[name]["mesh"]]["primitives"][0]
        rest = self.arrays[primitive["attributes"]["POSITION"]]
        targets = [self.arrays[target["POSITION"]] for target in primitive.get("targets", [])]
        return rest, [rest + target for target in targets]

    def color(self, name: str) -> list[float]:
        """Return the colour of a neuron's material, linear."""
        primitive = self.json["meshes"][self.by_name[name]["mesh"]]["primitives"][0]
        material = self.json["materials"][primitive["material"]]
        return material["pbrMetallicRoughness"]["baseColorFactor"][:3]

    def _array(self, accessor: dict[str, Any]) -> np.ndarray:
        view = self.json["bufferViews"][accessor["bufferView"]]
        kind, width = np.dtype(COMPONENTS[accessor["componentType"]]), WIDTHS[accessor["type"]]
        offset, count = accessor.get("byteOffset", 0), accessor["count"]
        assert count > 0 and (view["byteOffset"] + offset) % kind.itemsize == 0
        if view.get("target") == VERTICES:
            assert kind.itemsize * width % 4 == 0
        assert offset + count * width * kind.itemsize <= view["byteLength"]
        assert view["byteOffset"] + view["byteLength"] <= len(self._bin)
        flat = np.frombuffer(self._bin, kind, count * width, view["byteOffset"] + offset)
        rows = flat.reshape(count, width)
        assert np.isfinite(rows).all()
        np.testing.assert_array_equal(np.array(accessor["min"], kind), rows.min(axis=0))
        np.testing.assert_array_equal(np.array(accessor["max"], kind), rows.max(axis=0))
        return rows if width > 1 else flat

    def _check_meshes(self) -> None:
        for mesh in self.json["meshes"]:
            for primitive in mesh["primitives"]:
                counts = {len(self.arrays[k]) for k in primitive["attributes"].values()}
                assert len(counts) == 1 and "POSITION" in primitive["attributes"]
                indices = self.arrays[primitive["indices"]]
                assert indices.dtype.kind == "u" and len(indices) % 3 == 0
                assert indices.max() < min(counts)
                targets = primitive.get("targets", [])
                assert len(mesh.get("weights", [])) == len(targets)
                assert all(len(self.arrays[t["POSITION"]]) in counts for t in targets)
                assert 0 <= primitive["material"] < len(self.json["materials"])
                if "NORMAL" in primitive["attributes"]:
                    length = np.linalg.norm(self.arrays[primitive["attributes"]["NORMAL"]], axis=1)
                    np.testing.assert_allclose(length, 1, atol=1e-5)

    def _check_nodes(self) -> None:
        """Hold the tree and the tracks to be sound."""
        nodes = self.json["nodes"]
        (scene,) = self.json["scenes"]
        below = scene["nodes"] + [child for node in nodes for child in node.get("children", [])]
        assert sorted(below) == list(range(len(nodes)))  # each at one place
        for animation in self.json.get("animations", []):
            aims = [tuple(channel["target"].values()) for channel in animation["channels"]]
            assert len(set(aims)) == len(aims)
            for channel in animation["channels"]:
                self._check_track(animation["samplers"][channel["sampler"]], channel["target"])

    def _check_track(self, sampler: dict[str, Any], target: dict[str, Any]) -> None:
        times, values = self.arrays[sampler["input"]], self.arrays[sampler["output"]]
        assert times[0] >= 0 and (np.diff(times) > 0).all()
        assert self.json["accessors"][sampler["output"]]["type"] == KINDS[target["path"]]
        of_each = 1
        if target["path"] == "weights":
            mesh = self.json["meshes"][self.json["nodes"][target["node"]]["mesh"]]
            of_each = len(mesh["weights"])
        assert len(values) == of_each * len(times)

    def _tracks(self) -> dict[tuple[str, str], int]:
        (animation,) = self.json["animations"]
        return {
            (self.json["nodes"][channel["target"]["node"]]["name"], channel["target"]["path"]): (
                animation["samplers"][channel["sampler"]]["output"]
            )
            for channel in animation["channels"]
        }
