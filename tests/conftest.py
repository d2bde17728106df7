"""Check the shapes and types of everything in `core` while the tests run; share one GL context.

The hook lies here, not beside the tests of `core`, because it must come before the first import of
`neuronaut.core`, and the tests of `app` are collected earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from jaxtyping import install_import_hook

if TYPE_CHECKING:
    import moderngl
    from neuronaut.renderer.programs import Programs

install_import_hook("neuronaut.core", "beartype.beartype")


@pytest.fixture(scope="session")
def headless() -> Iterator[tuple[moderngl.Context, Programs]]:
    """One context without a window for all tests, and the programs compiled in it."""
    from neuronaut.renderer.context import create_headless
    from neuronaut.renderer.programs import Programs

    ctx = create_headless()
    yield ctx, Programs(ctx)
    ctx.release()


@pytest.fixture
def ctx(headless: tuple[moderngl.Context, Programs]) -> Iterator[moderngl.Context]:
    """The shared context, current: a test before may have made another one current."""
    with headless[0] as current:
        yield current


@pytest.fixture
def programs(ctx: moderngl.Context, headless: tuple[moderngl.Context, Programs]) -> Programs:
    """The real shaders, in the shared context."""
    return headless[1]
