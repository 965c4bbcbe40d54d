"""Sections as one HTML page: no script, no request, nothing but itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from regtrain.page.section import Section

__all__ = ["document", "write"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'"


def document(title: str, facts: str, sections: Sequence[Section]) -> str:
    """The page: a title, a line of facts, links to the sections, and the sections."""
    style = files("regtrain.page").joinpath("page.css").read_text("utf-8")
    links = "".join(
        f'<li><a href="#{section.anchor}">{escape(section.name or section.title)}</a></li>'
        for section in sections
    )
    navigation = f'<nav aria-label="Sections"><ul>{links}</ul></nav>' if len(sections) > 1 else ""
    body = "\n".join(section.html() for section in sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="regtrain">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>{escape(title)}</h1>
<p class="facts">{escape(facts)}</p>
{navigation}
</header>
<main id="content">
{body}
</main>
<footer>Made by regtrain.</footer>
</body>
</html>
"""


def write(path: str | Path, title: str, facts: str, sections: Sequence[Section]) -> Path:
    """Write the page; a page that was there before stays whole until the new one is."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(document(title, facts, sections), "utf-8", errors="replace")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target
