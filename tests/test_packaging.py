"""What is installed is what lies in the folders, under one name, at versions that are pinned."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

ROOT = Path(__file__).parent.parent
FOLDERS = ("core", "renderer", "shaders", "app")
BESIDE = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "MANIFEST.in"}
BYTECODE = shutil.ignore_patterns("__pycache__", ".*")
BUILD = "import sys; from setuptools import build_meta; build_meta.{}(sys.argv[1])"


def sources() -> set[str]:
    """Return every file of the folders, by its path from the root."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }


def build(kind: str, tree: Path, out: Path) -> Path:
    """Build as pip would, where any warning is an error, and return the one file built."""
    command = [sys.executable, "-W", "error", "-c", BUILD.format(kind), out]
    subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)
    (built,) = out.iterdir()
    return built


def contents(wheel: Path) -> dict[str, int]:
    """Return the names of the files in a wheel, and a checksum of each."""
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: info.CRC for info in archive.infolist()}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout: a build in it would take in what older builds left."""
    copy = tmp_path_factory.mktemp("tree")
    for file in (*BESIDE, "CONTRIBUTING.md", "Makefile", "constraints.txt", ".gitignore"):
        shutil.copy(ROOT / file, copy)
    for folder in (*FOLDERS, ".ci", "demos"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=BYTECODE)
    (copy / "tests").mkdir()  # setuptools takes these along unless told not to
    for file in (ROOT / "tests").glob("*.py"):
        shutil.copy(file, copy / "tests")
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("build_wheel", tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one folder of the source distribution, unpacked."""
    into = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(build("build_sdist", tree, tmp_path_factory.mktemp("sdist"))) as archive:
        archive.extractall(into, filter="data")
    (folder,) = into.iterdir()
    return folder


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the scripts' folder of an environment with the wheel, and no editable install.

    It finds the dependencies where this one has them: by a .pth file, whose folder's own .pth
    files, which lead to the checkout, Python does not read.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home)
    folders = {"base": str(home), "platbase": str(home)}
    scripts = Path(sysconfig.get_path("scripts", "venv", folders))
    pip = [sys.executable, "-m", "pip", "-q", "--python", scripts / "python", "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--no-compile", wheel], check=True)
    dependencies = Path(sysconfig.get_path("purelib", "venv", folders), "dependencies.pth")
    dependencies.write_text(sysconfig.get_path("purelib"))
    return scripts


def run(folder: Path, *command: str | Path) -> str:
    """Return what a command says that is run in a folder without a checkout or a screen."""
    env = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    done = subprocess.run(
        command, cwd=folder, env={**env, "XDG_CACHE_HOME": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_holds_every_file_of_the_folders_and_no_other(wheel: Path):
    code = {name for name in contents(wheel) if ".dist-info/" not in name}
    assert code == {f"neuronaut/{name}" for name in sources()}
    assert any(name.endswith(".comp") for name in code)


def test_sdist_holds_what_builds_and_no_more(unpacked: Path):
    found = {
        path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()
    }
    found = {name for name in found if not name.startswith("neuronaut.egg-info/")}
    assert found == sources() | BESIDE | {"PKG-INFO", "setup.cfg"}


def test_sdist_builds_the_same_wheel(unpacked: Path, wheel: Path, tmp_path: Path):
    assert contents(build("build_wheel", unpacked, tmp_path)) == contents(wheel)


def test_installed_wheel_answers_and_renders_a_frame(installed: Path, tmp_path: Path):
    python = installed / "python"
    where = "import neuronaut; print(*neuronaut.__path__)"
    home = Path(run(tmp_path, python, "-c", where).removesuffix("\n"))
    assert home.is_relative_to(installed.parent)  # and nothing of it comes from the checkout
    assert run(tmp_path, installed / "neuronaut", "--help").startswith("usage: neuronaut")
    options = ("--data", "xor", "--hidden", "4", "--size", "64x36", "--seconds", "0.1")
    run(tmp_path, python, "-m", "neuronaut.app.cli", "record", "frame.png", *options)
    with Image.open(tmp_path / "frame.png") as frame:
        assert frame.size == (64, 36)
        assert np.asarray(frame).std() > 5


def test_every_direct_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    pins = dict(line.split("==") for line in lines)
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    for requirement in map(Requirement, wanted):
        pinned = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pinned), requirement
