"""Word vectors: read from any usual file, kept in one that is mapped into memory, and searched.

>>> table = builtin()
>>> table.width
160
"""

from __future__ import annotations

from augkit.text.embeddings.converted import Vectors, convert, open_vectors
from augkit.text.embeddings.neighbours import Neighbours
from augkit.text.embeddings.source import builtin

__all__ = ["Neighbours", "Vectors", "builtin", "convert", "open_vectors"]
