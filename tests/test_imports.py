"""Each part imports without the libraries that belong to another."""

import subprocess
import sys

GRAPHICS = ("moderngl", "glfw", "imgui_bundle", "pyrr", "av")
LEARNING = ("jax", "jaxlib", "optax", "sklearn")
WINDOW = ("glfw", "imgui_bundle")

# Python refuses to import a name that is None in sys.modules.
IMPORT_ALL = """
import importlib, pkgutil, sys
package, blocked, exempt = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
sys.modules.update(dict.fromkeys(blocked))
root = importlib.import_module(package)
found = [module.name for module in pkgutil.walk_packages(root.__path__, package + ".")]
for name in [package, *(name for name in found if name not in exempt)]:
    importlib.import_module(name)
    print(name)
"""


def run_python(code: str, *arguments: str) -> list[str]:
    """Run code in an interpreter that has imported nothing yet, and return the lines it printed."""
    finished = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


def import_all(package: str, blocked: tuple[str, ...], exempt: str = "") -> list[str]:
    """Import every module of a package but the exempt ones; return the names imported."""
    return run_python(IMPORT_ALL, package, ",".join(blocked), exempt)


def test_core_imports_without_graphics():
    other_parts = ("neuronaut.renderer", "neuronaut.app")
    imported = import_all("neuronaut.core", (*GRAPHICS, *other_parts))
    assert "neuronaut.core.network" in imported


def test_renderer_imports_without_learning():
    imported = import_all("neuronaut.renderer", (*LEARNING, "neuronaut.core", "neuronaut.app"))
    assert "neuronaut.renderer.context" in imported


def test_only_the_window_needs_a_window_library():
    window = ("window", "glfw_names", "hud", "hud_images", "hud_input", "hud_layout", "hud_style")
    exempt = ",".join(f"neuronaut.renderer.{name}" for name in window)
    imported = import_all("neuronaut.renderer", WINDOW, exempt=exempt)
    assert "neuronaut.renderer.context" in imported


def test_command_line_starts_without_learning_or_a_window_library():
    code = "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:])); import neuronaut.app.cli"
    run_python(code, *LEARNING, *WINDOW)
