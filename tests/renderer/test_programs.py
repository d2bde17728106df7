"""The shader loader: includes, errors by file and line, reload, uniforms that are checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.errors import ShaderError
from neuronaut.renderer.programs import Program, Programs

Write = Callable[..., Programs]
HEAD = "layout(local_size_x = 1) in;\n#include <weight>\n"


@pytest.fixture
def write(ctx: moderngl.Context, tmp_path: Path) -> Write:
    """Write shader files (name to text) and return a loader that reads them."""
    programs = Programs(ctx, tmp_path)
    clock = iter(range(1, 1000))

    def write_files(files: dict[str, str]) -> Programs:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            stamp = next(clock)  # edits within one tick of the clock must count too
            os.utime(path, (stamp, stamp))
        return programs

    return write_files


def result(ctx: moderngl.Context, program: Program) -> float:
    """Run a compute program and return the weight[0] that it wrote."""
    buffer = StorageBuffer(ctx, "weight", 1)
    program.bind({"weight": buffer})
    program.gl.run()
    ctx.memory_barrier()
    value = float(buffer.read()[0])
    buffer.release()
    return value


def error_of(programs: Programs, path: str = "main.comp") -> str:
    with pytest.raises(ShaderError) as caught:
        programs.compute(path)
    return str(caught.value)


def test_includes_nest(ctx, write):
    programs = write(
        {
            "main.comp": HEAD + '#include "a/outer.glsl"\nvoid main() { weight[0] = outer(); }\n',
            "a/outer.glsl": '#include "b/inner.glsl"\nfloat outer() { return 2.0 * inner(); }\n',
            "b/inner.glsl": "float inner() { return 21.0; }\n",
        }
    )
    assert result(ctx, programs.compute("main.comp")) == 42.0


def test_a_file_is_pasted_once_into_a_stage_and_into_every_stage(ctx, write):
    programs = write(
        {
            "main.comp": HEAD
            + '#include "one.glsl"\n#include "two.glsl"\n#include "one.glsl"\n'
            + "void main() { weight[0] = one() + two(); }\n",
            "one.glsl": "float one() { return 1.0; }\n",
            "two.glsl": '#include "one.glsl"\nfloat two() { return one() + one(); }\n',
            "a.vert": '#include "one.glsl"\nvoid main() { gl_Position = vec4(one()); }\n',
            "a.frag": '#include "one.glsl"\nout vec4 c;\nvoid main() { c = vec4(one()); }\n',
        }
    )
    assert result(ctx, programs.compute("main.comp")) == 3.0
    programs.draw("a.vert", "a.frag")


def test_a_circle_of_includes_is_named(write):
    programs = write(
        {
            "main.comp": '#include "a.glsl"\n',
            "a.glsl": '#include "b.glsl"\n',
            "b.glsl": '#include "a.glsl"\n',
        }
    )
    message = error_of(programs)
    assert "main.comp includes a.glsl includes b.glsl includes a.glsl" in message
    assert "circle" in message


def test_a_missing_file_is_named_with_who_wanted_it(write):
    programs = write({"main.comp": HEAD + '#include "gone.glsl"\n'})
    assert "gone.glsl, included by main.comp: cannot be read" in error_of(programs)
    assert "nowhere.comp: cannot be read" in error_of(programs, "nowhere.comp")


def test_an_unknown_block_is_named(write):
    programs = write({"main.comp": "\n#include <wieght readonly>\n"})
    assert error_of(programs).startswith("main.comp:2: there is no storage buffer 'wieght'")


def test_an_error_says_file_and_line(write):
    programs = write({"main.comp": HEAD + "void main() {\n    weight[0] = nonsense;\n}\n"})
    assert "main.comp:4" in error_of(programs)
    assert "nonsense" in error_of(programs)


@pytest.mark.parametrize(
    ("broken", "place"),
    [("a.glsl", "a.glsl:3"), ("b.glsl", "b.glsl:2"), ("main.comp", "main.comp:7")],
)
def test_an_error_says_the_right_file_after_includes(write, broken, place):
    files = {
        "main.comp": HEAD + '#include "a.glsl"\n#include <weight>\n\nvoid main() {\n    MARK;\n}\n',
        "a.glsl": '#include "b.glsl"\nvoid a() {\n    MARK;\n}\n',
        "b.glsl": "void b() {\n    MARK;\n}\n",
    }
    marked = {
        name: text.replace("MARK", "nonsense = 1" if name == broken else "")
        for name, text in files.items()
    }
    assert place in error_of(write(marked))


@pytest.mark.parametrize("broken", ["vert", "frag"])
def test_an_error_says_the_right_stage(write, broken):
    files = {
        "a.vert": "void main() { gl_Position = vec4(VERT); }\n",
        "a.frag": "out vec4 color;\nvoid main() { color = vec4(FRAG); }\n",
    }
    marked = {
        name: text.replace(broken.upper(), "nonsense").replace("VERT", "1").replace("FRAG", "1")
        for name, text in files.items()
    }
    with pytest.raises(ShaderError, match=rf"a\.{broken}:{1 if broken == 'vert' else 2}"):
        write(marked).draw("a.vert", "a.frag")


def test_defines_choose_and_count(ctx, write):
    programs = write(
        {
            "main.comp": HEAD
            + "void main() {\n#if DOUBLED\n    weight[0] = 2.0 * VALUE;\n"
            + "#else\n    weight[0] = VALUE;\n#endif\n}\n"
        }
    )
    assert result(ctx, programs.compute("main.comp", DOUBLED=True, VALUE=1.5)) == 3.0
    assert result(ctx, programs.compute("main.comp", DOUBLED=False, VALUE=1.5)) == 1.5


def test_defines_do_not_shift_line_numbers(write):
    programs = write({"main.comp": HEAD + "void main() {\n    nonsense;\n}\n"})
    with pytest.raises(ShaderError, match=r"main\.comp:4"):
        programs.compute("main.comp", ONE=1, TWO=2)


def test_a_program_is_made_once(write):
    programs = write({"main.comp": HEAD + "void main() { weight[0] = 1.0; }\n"})
    assert programs.compute("main.comp") is programs.compute("main.comp")
    assert programs.compute("main.comp") is not programs.compute("main.comp", ANY=1)


def test_reload_picks_up_an_edited_include(ctx, write):
    main = HEAD + '#include "value.glsl"\nvoid main() { weight[0] = VALUE; }\n'
    programs = write({"main.comp": main, "value.glsl": "#define VALUE 1.0\n"})
    program = programs.compute("main.comp")
    assert programs.reload_changed() == []
    write({"value.glsl": "#define VALUE 2.0\n"})
    assert result(ctx, program) == 1.0
    assert programs.reload_changed() == []
    assert result(ctx, program) == 2.0


def test_reload_keeps_the_last_good_program(ctx, write):
    good = HEAD + "uniform float value;\nvoid main() { weight[0] = value; }\n"
    programs = write({"main.comp": good})
    program = programs.compute("main.comp")
    program.set(value=7.0)
    write({"main.comp": good.replace("= value", "= valeu")})
    (message,) = programs.reload_changed()
    assert "main.comp:4" in message
    assert result(ctx, program) == 7.0
    assert programs.reload_changed() == []  # told once
    write({"main.comp": good.replace("= value", "= -value")})
    assert programs.reload_changed() == []
    program.set(value=7.0)
    assert result(ctx, program) == -7.0


def test_reload_reports_a_file_that_went_away(ctx, write, tmp_path):
    programs = write({"main.comp": HEAD + "void main() { weight[0] = 5.0; }\n"})
    program = programs.compute("main.comp")
    (tmp_path / "main.comp").unlink()
    (message,) = programs.reload_changed()
    assert "main.comp: cannot be read" in message
    assert result(ctx, program) == 5.0


def test_a_drawn_program_is_drawn_anew_after_reload(ctx, write):
    vertex = (
        "void main() {\n    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
        "    gl_Position = vec4(4.0 * corner - 1.0, 0, 1);\n}\n"
    )
    fragment = (
        "uniform float value;\nout vec4 color;\nvoid main() { color = vec4(value, 0, 0, 1); }\n"
    )
    programs = write({"a.vert": vertex, "a.frag": fragment})
    program = programs.draw("a.vert", "a.frag")
    texture = ctx.texture((1, 1), 4)
    framebuffer = ctx.framebuffer([texture])
    framebuffer.use()
    ctx.enable_only(moderngl.NOTHING)

    def drawn(value: float) -> tuple[int, ...]:
        program.set(value=value)
        program.vertices.render(moderngl.TRIANGLES, vertices=3)
        return tuple(framebuffer.read(components=3))

    assert drawn(1.0) == (255, 0, 0)
    write({"a.frag": fragment.replace("value, 0, 0", "0, value, 0")})
    assert programs.reload_changed() == []
    assert drawn(1.0) == (0, 255, 0)
    assert drawn(0.0) == (0, 0, 0)
    framebuffer.release()
    texture.release()


def test_an_unknown_uniform_is_refused(write):
    programs = write({"main.comp": HEAD + "uniform float a;\nvoid main() { weight[0] = a; }\n"})
    with pytest.raises(KeyError, match=r"no uniform 'b'.*\['a'\]"):
        programs.compute("main.comp").set(a=1.0, b=2.0)


def test_a_declared_uniform_may_go_unused(ctx, write):
    programs = write(
        {"main.comp": HEAD + "uniform float unused;\nvoid main() { weight[0] = 1.0; }\n"}
    )
    program = programs.compute("main.comp")
    program.set(unused=1.0)
    assert program.takes("unused")
    assert not program.takes("other")
    assert result(ctx, program) == 1.0


def test_matrices_multiply_column_vectors(ctx, write):
    programs = write(
        {
            "main.comp": HEAD + "uniform mat4 b_from_a;\nuniform vec3 point_a;\n"
            "void main() { weight[0] = (b_from_a * vec4(point_a, 1)).x; }\n"
        }
    )
    program = programs.compute("main.comp")
    b_from_a = np.eye(4)
    b_from_a[0] = (1, 10, 100, 1000)
    program.set(b_from_a=b_from_a, point_a=np.array([1.0, 2.0, 3.0]))
    assert result(ctx, program) == 1321.0


def test_a_buffer_that_is_missing_is_named(write):
    programs = write({"main.comp": HEAD + "void main() { weight[0] = 1.0; }\n"})
    with pytest.raises(KeyError, match="weight"):
        programs.compute("main.comp").bind({})
