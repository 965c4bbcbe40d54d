"""A real browser, for the pages of all modalities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..browser import open_browser


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    driver = open_browser(tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()
