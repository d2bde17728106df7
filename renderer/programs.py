"""Loads GLSL: nested includes, defines, errors by file and line, reload on change.

`#include "draw/camera.glsl"` pastes a file (once per stage); `#include <position readonly>`
declares the storage buffer of that name, made from `blocks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import moderngl
import numpy as np

from .blocks import BLOCKS, declaration
from .buffers import StorageBuffer
from .errors import ShaderError

_INCLUDE = re.compile(
    r'^\s*#include\s+(?:"(?P<file>[^"]+)"|<(?P<block>\w+)(?:\s+(?P<access>\w+))?>)'
)
_UNIFORM = re.compile(r"^\s*uniform\s+\w+\s+(\w+)", re.MULTILINE)
# Mesa and Apple write "0:17(5)" or "0:17:", NVIDIA "0(17)".
_PLACES = (re.compile(r"\b0:(\d+)(?:\(\d+\))?"), re.compile(r"\b0\((\d+)\)"))
# The number of the file goes into that of the line: Mesa forgets the one that `#line` has for it.
_LINES_PER_FILE = 10_000


@dataclass
class Source:
    """One stage after its includes were pasted in.

    Attributes:
        text: what the driver compiles.
        files: names; line n of the file numbered f is `#line f * _LINES_PER_FILE + n`.
    """

    text: str = ""
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recipe:
    """What a program is made from: paths by stage, and defines."""

    stages: tuple[tuple[str, str], ...]  # (moderngl's keyword, path below shaders/)
    defines: tuple[tuple[str, Any], ...]


class Program:
    """A linked program and the names that it uses."""

    def __init__(self, gl: Any, bindings: dict[str, int], uniforms: frozenset[str]):
        self.gl = gl
        self.bindings = bindings
        self._uniforms = uniforms

    @cached_property
    def vertices(self) -> moderngl.VertexArray:
        """What draws it: a vertex array without attributes, vertices are pulled by index."""
        return self.gl.ctx.vertex_array(self.gl, [])

    def set(self, **uniforms: Any) -> None:
        """Set uniforms by name; matrices in column-vector convention, [4, 4].

        Raises:
            KeyError: the source declares no such uniform.
        """
        for name, value in uniforms.items():
            if name not in self._uniforms:
                raise KeyError(f"no uniform {name!r}; the program has {sorted(self._uniforms)}")
            member = self.gl.get(name, None)
            if member is None:  # declared, but the compiler found no use for it
                continue
            if isinstance(value, np.ndarray) and value.ndim == 2:
                member.write(np.ascontiguousarray(value.T, dtype="f4"))
            else:
                member.value = tuple(value) if isinstance(value, np.ndarray) else value

    def bind(self, buffers: Mapping[str, StorageBuffer]) -> None:
        """Bind every storage buffer that the program declares.

        Raises:
            KeyError: one of them is not among `buffers`.
        """
        for name, binding in self.bindings.items():
            buffers[name].gl.bind_to_storage_buffer(binding)

    def takes(self, uniform: str) -> bool:
        """Whether the source declares this uniform."""
        return uniform in self._uniforms

    def release(self) -> None:
        """Free it."""
        if "vertices" in vars(self):
            self.vertices.release()
        self.gl.release()


class Programs:
    """Makes programs, and makes them again when their files change."""

    def __init__(self, ctx: moderngl.Context, root: Path | None = None):
        self.ctx = ctx
        self.root = Path(str(resources.files("neuronaut.shaders"))) if root is None else root
        self._made: dict[Recipe, Program] = {}
        self._stamps: dict[str, float] = {}

    def draw(self, vertex: str, fragment: str, **defines: Any) -> Program:
        """Return the program of a vertex and a fragment shader (paths below `shaders/`)."""
        return self._get((("vertex_shader", vertex), ("fragment_shader", fragment)), defines)

    def compute(self, path: str, **defines: Any) -> Program:
        """Return the program of one compute shader."""
        return self._get((("compute_shader", path),), defines)

    def reload_changed(self) -> list[str]:
        """Rebuild what changed on disk; a program that fails keeps its last good state.

        Returns:
            The error messages, empty when all went well.
        """
        changed = {name for name, stamp in self._stamps.items() if self._mtime(name) != stamp}
        if not changed:
            return []
        self._stamps.update({name: self._mtime(name) for name in changed})
        errors = []
        for recipe, program in self._made.items():
            try:
                fresh = self._build(recipe)
            except ShaderError as error:
                errors.append(str(error))
                continue
            program.release()
            program.__dict__ = fresh.__dict__
        return errors

    def release(self) -> None:
        """Free all programs that were made."""
        for program in self._made.values():
            program.release()
        self._made.clear()

    def _get(self, stages: tuple[tuple[str, str], ...], defines: dict[str, Any]) -> Program:
        recipe = Recipe(stages, tuple(sorted(defines.items())))
        if recipe not in self._made:
            self._made[recipe] = self._build(recipe)
        return self._made[recipe]

    def _build(self, recipe: Recipe) -> Program:
        bindings: dict[str, int] = {}
        sources = {
            stage: self._resolve(path, recipe.defines, bindings) for stage, path in recipe.stages
        }
        texts = {stage: source.text for stage, source in sources.items()}
        try:
            if "compute_shader" in texts:
                gl = self.ctx.compute_shader(texts["compute_shader"])
            else:
                gl = self.ctx.program(
                    vertex_shader=texts["vertex_shader"], fragment_shader=texts["fragment_shader"]
                )
        except moderngl.Error as error:
            raise ShaderError(
                f"The driver refuses a shader: {_explain(str(error), sources)}; "
                "update the graphics driver, or report this."
            ) from None
        uniforms = frozenset(name for text in texts.values() for name in _UNIFORM.findall(text))
        return Program(gl, bindings, uniforms)

    def _resolve(
        self, path: str, defines: tuple[tuple[str, Any], ...], bindings: dict[str, int]
    ) -> Source:
        source = Source()
        header = "".join(f"#define {name} {_literal(value)}\n" for name, value in defines)
        body = self._paste(path, source, bindings, (), set())
        source.text = f"#version 430 core\n{header}{body}"
        return source

    def _paste(
        self,
        path: str,
        source: Source,
        bindings: dict[str, int],
        above: tuple[str, ...],
        declared: set[str],
    ) -> str:
        if path in above:
            raise ShaderError(f"{' includes '.join((*above, path))}: an include goes in a circle.")
        if path in source.files:
            return ""
        before = len(source.files) * _LINES_PER_FILE
        source.files.append(path)
        lines = [f"#line {before + 1}"]
        for count, line in enumerate(self._read(path, above).splitlines(), start=1):
            found = _INCLUDE.match(line)
            if found is None:
                lines.append(line)
            elif found["file"]:
                lines.append(self._paste(found["file"], source, bindings, (*above, path), declared))
                lines.append(f"#line {before + count + 1}")
            elif found["block"] not in BLOCKS:
                raise ShaderError(f"{path}:{count}: there is no storage buffer {found['block']!r}.")
            elif found["block"] in declared:
                lines.append("")
            else:
                declared.add(found["block"])
                binding = bindings.setdefault(found["block"], len(bindings))
                lines.append(declaration(found["block"], binding, found["access"] or ""))
        return "\n".join(lines) + "\n"

    def _read(self, path: str, above: tuple[str, ...]) -> str:
        try:
            text = (self.root / path).read_text(encoding="utf-8")
        except OSError as error:
            by = f", included by {above[-1]}" if above else ""
            raise ShaderError(f"{path}{by}: cannot be read ({error.strerror}).") from None
        self._stamps[path] = self._mtime(path)
        return text

    def _mtime(self, path: str) -> float:
        try:
            return (self.root / path).stat().st_mtime
        except OSError:
            return 0.0


def _literal(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _explain(message: str, sources: Mapping[str, Source]) -> str:
    """Replace the driver's file numbers by names, and keep the lines that say what is wrong."""
    stage = next((stage for stage in sources if stage in message), next(iter(sources)))
    files = sources[stage].files

    def place(found: re.Match[str]) -> str:
        number, line = divmod(int(found[1]), _LINES_PER_FILE)
        return f"{files[number]}:{line}" if number < len(files) else found[0]

    for pattern in _PLACES:
        message = pattern.sub(place, message)
    told = [line.strip() for line in message.splitlines() if ":" in line and "====" not in line]
    return ("; ".join(told[:4]) or message.strip()).rstrip(".;")
