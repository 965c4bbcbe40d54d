"""Pages: sections of words, tables, charts and pictures, as a terminal's text or as one HTML file."""

from __future__ import annotations

from regtrain.page.document import document, write
from regtrain.page.section import Section

__all__ = ["Section", "document", "write"]
