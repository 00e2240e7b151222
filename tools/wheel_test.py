"""Run the tests of the built sdist against the built, installed wheel, in a fresh environment.

The Python that runs this script is the one tested. The sdist is unpacked without its ``src``, so
that nothing but the wheel can be imported; ``--lowest`` holds every dependency of ours to the lower
bound that ``pyproject.toml`` declares.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parent.parent
# What a wheel, an interpreter or a lower bound of the core could change. Databases, storage clients
# and the documentation are tested once, by the suite.
_CORE = [
    "tests/exemption",
    "tests/policy",
    "tests/retention",
    "tests/test_cloud_traps.py",
    "tests/test_designation.py",
    "tests/test_destination.py",
    "tests/test_errors.py",
    "tests/test_explanation.py",
    "tests/test_guard.py",
    "tests/test_guard_cache.py",
    "tests/test_guard_threads.py",
    "tests/test_placement.py",
    "tests/test_relocation.py",
    "tests/test_table.py",
]


def main() -> int:
    """Build the environment, run pytest in it, and return pytest's exit code."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("dist", type=Path, help="the folder with one wheel and one sdist")
    options.add_argument("--lowest", action="store_true", help="test our lower bounds")
    arguments = options.parse_args()

    (wheel,) = arguments.dist.resolve().glob("*.whl")
    (sdist,) = arguments.dist.resolve().glob("*.tar.gz")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = _REPOSITORY / "build" / f"wheel-{version}{'-lowest' if arguments.lowest else ''}"

    shutil.rmtree(base, ignore_errors=True)
    tree = _unpack(sdist, base)
    python = _environment(base / "venv")
    _install(python, wheel, tree, lowest=arguments.lowest)
    _require_wheel(python, tree)
    tests = [python, "-m", "pytest", "--numprocesses", "auto", "--dist", "worksteal"]
    tests += ["-m", "not ceph and not once", *_CORE]
    # The environment is not activated, so scripts are found as they would be if it were.
    path = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", os.defpath)])
    return subprocess.run(tests, cwd=tree, env={**os.environ, "PATH": path}, check=False).returncode


def _unpack(sdist: Path, into: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(into, filter="data")
    (tree,) = into.iterdir()
    shutil.rmtree(tree / "src")
    return tree


def _environment(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    _pip(python, "--upgrade", "pip>=25.1")
    return python


def _install(python: str, wheel: Path, tree: Path, *, lowest: bool) -> None:
    pyproject = tree / "pyproject.toml"
    constraints: list[str] = []
    if lowest:
        file = tree.parent / "lowest.txt"
        file.write_text("\n".join(_lower_bounds(pyproject)) + "\n", encoding="utf-8")
        constraints = ["--constraint", str(file)]
    _pip(python, *constraints, f"{wheel}[all]", "--group", f"{pyproject}:core-test")


def _pip(python: str, *arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([python, "-m", "pip", "install", *quiet, *arguments], check=True)


def _lower_bounds(pyproject: Path) -> list[str]:
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        declared += [name for name in extra if not name.startswith(project["name"])]
    return [f"{name.partition('[')[0]}=={bound}" for name, _, bound in map(_split, declared)]


def _split(requirement: str) -> tuple[str, str, str]:
    name, comparison, bound = requirement.partition(">=")
    if not comparison:
        sys.exit(f"{requirement}: needs a lower bound, written `name>=version`")
    return name, comparison, bound


def _require_wheel(python: str, tree: Path) -> None:
    where = [python, "-c", "import residency.errors as m; print(m.__file__)"]
    found = Path(subprocess.check_output(where, cwd=tree, text=True).strip())
    if "site-packages" not in found.parts:
        sys.exit(f"the tests would import {found}, which is not the installed wheel")


if __name__ == "__main__":
    sys.exit(main())
