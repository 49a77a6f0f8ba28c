"""Images of the seed, each test its own."""

from pathlib import Path

import pytest

from tests.files.storage import store_below


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    """The folder that stored objects are below."""
    return store_below(tmp_path / "media", settings)
