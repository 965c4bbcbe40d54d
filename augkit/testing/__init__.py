"""Assertions for your own transforms: the promises of the library, ready to be called in a test."""

from __future__ import annotations

from augkit.testing.assertions import assert_pure, assert_replayable, assert_reproducible

__all__ = ["assert_pure", "assert_replayable", "assert_reproducible"]
