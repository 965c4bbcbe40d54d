"""What several tests of texts read, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from augkit.text.lexicon.wordnet import Synset, read_synsets


@pytest.fixture(scope="session")
def synsets() -> list[Synset]:
    """All of WordNet."""
    return list(read_synsets(Path("/usr/share/wordnet")))
