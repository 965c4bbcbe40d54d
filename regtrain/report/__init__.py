"""The report of a run: one page that needs nothing but itself."""

from __future__ import annotations

from regtrain.report.report import report, sections

__all__ = ["report", "sections"]
