"""What must not stand in any file of the repository."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.package import REPOSITORY

# Split, so that this file does not find itself.
_HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "crates" + ".io",
    "proxy.golang" + ".org",
    "deb.debian" + ".org",
    "conda.anaconda" + ".org",
]
_HOST = re.compile("|".join(map(re.escape, _HOSTS)))
_MACHINE_PATH = re.compile(r"(?<![\w/.:~-])/(home|root|work|workspace|Users|opt|mnt)/[\w.]")
_MADE_HERE = {"build", "dist", "demo-output", "__pycache__", "venv", "node_modules", "htmlcov"}


def _files() -> Iterator[Path]:
    if (REPOSITORY / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.check_output(command, cwd=REPOSITORY, text=True).split("\0")
        paths = [REPOSITORY / name for name in listed if name]
    else:  # an unpacked sdist
        paths = [
            path
            for path in REPOSITORY.rglob("*")
            if not any(
                part in _MADE_HERE or part.startswith(".")
                for part in path.relative_to(REPOSITORY).parts
            )
        ]
    yield from (path for path in paths if path.is_file())


def _lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:120]}"
        for path in _files()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the user's configuration, never ours."""
    assert _lines_matching(_HOST) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    """No file depends on, or shows, the folders of the machine that it was written on."""
    assert _lines_matching(_MACHINE_PATH) == []


def test_the_files_are_seen() -> None:
    """The two checks above read the repository: they do not pass because they see nothing."""
    seen = {path.relative_to(REPOSITORY).as_posix() for path in _files()}
    assert {"pyproject.toml", "LICENSE", "tests/architecture/test_repository.py"} <= seen
