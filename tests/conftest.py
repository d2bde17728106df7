"""Check the shapes and types of everything in `core` while the tests run.

The hook lies here, not beside the tests of `core`, because it must come before the first import of
`neuronaut.core`, and the tests of `app` are collected earlier.
"""

from jaxtyping import install_import_hook

install_import_hook("neuronaut.core", "beartype.beartype")
