"""regtrain: a NumPy trainer for better initialization and better regularization."""

from __future__ import annotations
