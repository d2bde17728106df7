"""Struct layouts: what NumPy writes is what GLSL reads, for every block."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.blocks import BLOCKS, declaration, std430_fields
from neuronaut.renderer.buffers import StorageBuffer

ITEMS = 3


def components(dtype: np.dtype) -> list[str]:
    """GLSL expressions of all scalars of one element, e.g. `.center[2]`, in the order of bytes."""
    found = []
    for name in dtype.names or ("",):
        field = dtype[name] if name else dtype
        count = int(np.prod(field.shape, dtype=int))
        member = f".{name}" if name else ""
        found += [member if count == 1 else f"{member}[{i}]" for i in range(count)]
    return found


def scalars(values: np.ndarray) -> list[float]:
    """All scalars of a (structured) array, element by element."""
    if values.dtype.names is None:
        return values.ravel().tolist()
    return [
        float(scalar)
        for element in values
        for name in values.dtype.names
        for scalar in np.ravel(element[name])
    ]


def numbered(dtype: np.dtype) -> np.ndarray:
    """An array in which every scalar has another value."""
    values = np.zeros(ITEMS, dtype)
    count = iter(range(1, 10_000))
    for index in np.ndindex(values.shape if dtype.names is None else (ITEMS,)):
        for name in dtype.names or ("",):
            field = dtype[name] if name else dtype.base
            numbers = [next(count) for _ in range(int(np.prod(field.shape, dtype=int)))]
            value = np.reshape(numbers, field.shape)
            if name:
                values[name][index] = value
            else:
                values[index] = value
    return values


@pytest.mark.parametrize("name", BLOCKS)
def test_opengl_reads_what_numpy_writes(ctx, name):
    dtype = BLOCKS[name]
    expressions = components(dtype)
    copies = "\n".join(
        f"    result[gl_GlobalInvocationID.x * {len(expressions)} + {place}] = "
        f"float({name}[gl_GlobalInvocationID.x]{expression});"
        for place, expression in enumerate(expressions)
    )
    shader = ctx.compute_shader(
        "#version 430 core\nlayout(local_size_x = 1) in;\n"
        f"{declaration(name, 0, 'readonly')}\n"
        "layout(std430, binding = 1) writeonly buffer result_block { float result[]; };\n"
        f"void main() {{\n{copies}\n}}\n"
    )
    values = numbered(dtype)
    source = StorageBuffer.of(ctx, name, values)
    result = ctx.buffer(reserve=4 * ITEMS * len(expressions))
    source.gl.bind_to_storage_buffer(0)
    result.bind_to_storage_buffer(1)
    shader.run(group_x=ITEMS)
    ctx.memory_barrier()
    read = np.frombuffer(result.read(), "f4").tolist()
    assert read == scalars(values)
    assert len(set(read)) == len(read)
    source.release()
    result.release()
    shader.release()


@pytest.mark.parametrize(
    "fields",
    [
        [("a", "f4"), ("b", "f4", 3)],  # a vec3 begins at a multiple of 16
        [("a", "f4"), ("b", "f4", 2)],
        [("a", "u4", 3), ("b", "u4", 4)],
    ],
)
def test_a_misaligned_field_is_refused(fields):
    with pytest.raises(ValueError, match="field 'b' lies at byte"):
        std430_fields(np.dtype(fields))


@pytest.mark.parametrize(
    "fields", [[("a", "f4", 3)], [("a", "f4", 4), ("b", "f4")], [("a", "f4", 2), ("b", "f4")]]
)
def test_a_struct_of_another_length_is_refused(fields):
    with pytest.raises(ValueError, match="std430 rounds up"):
        std430_fields(np.dtype(fields))


def test_types_are_named_as_in_glsl():
    dtype = np.dtype([("a", "f4", 4), ("b", "i4", 2), ("c", "u4"), ("d", "f4")])
    assert std430_fields(dtype) == "vec4 a; ivec2 b; uint c; float d;"


def test_every_declaration_takes_one_line():
    assert all("\n" not in declaration(name, 0) for name in BLOCKS)
