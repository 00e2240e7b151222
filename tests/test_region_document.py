"""The page of cloud regions shows the data."""

import subprocess
import sys
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parent.parent
_PAGE = _REPOSITORY / "docs" / "reference" / "cloud-regions.md"
_TOOL = _REPOSITORY / "tools" / "document_regions.py"


@pytest.mark.skipif(not _TOOL.is_file(), reason="not in this distribution")
def test_the_page_shows_the_data() -> None:
    """Every table of the page is what the tool makes of the data today."""
    shown = subprocess.run([sys.executable, _TOOL], capture_output=True, check=True)
    assert shown.stdout.decode() == _PAGE.read_text(encoding="utf-8")
