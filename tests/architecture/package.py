"""The package under test as files and modules, be it a source tree or an installed wheel."""

import ast
import importlib.util
from pathlib import Path


def _folder() -> Path:
    # Found, not imported: a package that cannot be imported still has an architecture to check.
    spec = importlib.util.find_spec("residency")
    if spec is None or spec.origin is None:
        message = "the package `residency` is not installed: run `make develop`"
        raise ModuleNotFoundError(message)
    return Path(spec.origin).parent


PACKAGE = _folder()
REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(PACKAGE.rglob("*.py"))


def module_name(source: Path) -> str:
    """Return the dotted name of a source file of the package."""
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def label(source: Path) -> str:
    """Return a short, stable test id for a source file."""
    return source.relative_to(PACKAGE).as_posix()


def tree(source: Path) -> ast.Module:
    """Return the syntax tree of a source file."""
    return ast.parse(source.read_text(encoding="utf-8"), filename=str(source))


PUBLIC_SOURCES = [
    source
    for source in SOURCES
    if not any(
        part.startswith("_") and part != "__init__.py" for part in source.relative_to(PACKAGE).parts
    )
]
MODULES = [module_name(source) for source in SOURCES]
