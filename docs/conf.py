"""How Sphinx builds these pages: `make docs`.  Nothing is read from the network."""

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for `reference_parser`

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]

project = "Neuronaut"
author = "the authors of Neuronaut"
copyright = "2026, the authors of Neuronaut"
release = version = _PROJECT["version"]

extensions = ["myst_parser", "sphinxarg.ext"]
exclude_patterns = ["_build"]
root_doc = "index"
myst_heading_anchors = 3
nitpicky = True
smartquotes = False  # two hyphens begin an option

html_theme = "furo"
html_title = f"Neuronaut {release}"
html_static_path = ["_static"]
html_css_files = ["neuronaut.css"]
html_show_sphinx = False
html_copy_source = False
