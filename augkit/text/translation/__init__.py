"""Engines of translation behind one protocol: a list of texts in, as many texts out."""

from __future__ import annotations

from augkit.text.translation.engine import Translator, TranslatorError, open_pair

__all__ = ["Translator", "TranslatorError", "open_pair"]
