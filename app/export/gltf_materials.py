"""The materials of a glTF scene, each written once.  Colours are sRGB here and linear there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from neuronaut.renderer.palettes import linear

from .glb import Glb

_GLOW = 0.22  # of a colour, so that it can be seen where a viewer has no light
_UNLIT = "KHR_materials_unlit"
_LINEAR, _MIPMAPS, _CLAMP = 9729, 9987, 33071


class Materials:
    """The materials of one scene."""

    def __init__(self, glb: Glb):
        self._glb = glb
        self._known: dict[object, int] = {}

    def of(self, color: np.ndarray, name: str) -> int:
        """Return the number of the material of one colour, uint8 [3]; it glows a little."""
        light = linear(tuple(color / 255.0))
        surface = {"baseColorFactor": [*light, 1.0], "roughnessFactor": 0.5}
        glow = [_GLOW * channel for channel in light]
        return self._add((name, *color.tolist()), name, surface, {"emissiveFactor": glow})

    def lit(self) -> int:
        """Return the number of the one that shows the colours of vertices, lit."""
        return self._add("lit", "neurons", {"roughnessFactor": 0.5}, {})

    def light(self) -> int:
        """Return the number of the one that shows the colours of vertices as they are."""
        return self._add("light", "light", {}, {"doubleSided": True, **self._unlit()})

    def text(self, image: int) -> int:
        """Return the number of one that shows a picture as it is, and what is behind it."""
        sampler = {
            "magFilter": _LINEAR, "minFilter": _MIPMAPS, "wrapS": _CLAMP, "wrapT": _CLAMP,
        }  # fmt: skip
        texture = {"sampler": self._glb.add("samplers", sampler), "source": image}
        surface = {"baseColorTexture": {"index": self._glb.add("textures", texture)}}
        fields = {"doubleSided": True, "alphaMode": "BLEND", **self._unlit()}
        return self._add(("text", image), "names", surface, fields)

    def _add(
        self, key: object, name: str, surface: Mapping[str, Any], fields: Mapping[str, Any]
    ) -> int:
        if key not in self._known:
            item = {"name": name, "pbrMetallicRoughness": {"metallicFactor": 0.0, **surface}}
            self._known[key] = self._glb.add("materials", {**item, **fields})
        return self._known[key]

    def _unlit(self) -> Mapping[str, Any]:
        self._glb.use_extension(_UNLIT)
        return {"extensions": {_UNLIT: {}}}
