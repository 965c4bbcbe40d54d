"""A real browser without a window, for the tests of pages.

The browser is part of what is tested, so a missing one is a failure and not a skipped test.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

INSTALL = (
    "install them with: apt-get install -y chromium chromium-driver && pip install selenium "
    "(or Google Chrome with the chromedriver of the same version)"
)


def open_browser(profile: Path) -> Any:
    """A Selenium driver of headless Chromium; ``profile`` is an empty folder for what it keeps."""
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        pytest.fail(f"selenium is missing; {INSTALL}")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next(filter(None, map(shutil.which, names)), None)
    driver_program = shutil.which("chromedriver")
    if program is None or driver_program is None:
        missing = "Chromium" if program is None else "chromedriver"
        pytest.fail(f"{missing} is missing; {INSTALL}")
    options = Options()
    options.binary_location = program
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--window-size=1400,1000",
        f"--user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver_program))
