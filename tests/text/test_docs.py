"""The examples of docs/text.md run as they stand."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "text.md"


@pytest.mark.parametrize("path", [DOCS], ids=lambda path: path.name)
def test_examples(path):
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    done = doctest.testfile(str(path), module_relative=False, optionflags=flags)
    assert done.attempted > 8
    assert done.failed == 0
