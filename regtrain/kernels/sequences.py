"""Rows of a table by number, and their gradients."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["add_rows", "bag", "bag_back"]

Array = NDArray[Any]


@kernel
def add_rows(rows: Array, numbers: Array, table: Array) -> None:
    """table[numbers[i]] += rows[i], in order."""
    for i in range(rows.shape[0]):
        target = table[numbers[i]]
        for j in range(rows.shape[1]):
            target[j] += rows[i, j]


@kernel
def bag(table: Array, tokens: Array, skip: int, out: Array) -> None:
    """The mean of the rows named by each row of tokens, without ``skip``."""
    for i in range(tokens.shape[0]):
        total, count = out[i], 0
        total[:] = out.dtype.type(0)
        for token in tokens[i]:
            if token != skip:
                count += 1
                for j in range(total.size):
                    total[j] += table[token, j]
        share = out.dtype.type(1 / max(count, 1))
        for j in range(total.size):
            total[j] *= share


@kernel
def bag_back(dy: Array, tokens: Array, skip: int, table: Array) -> None:
    """Each token's row gets its share of the gradient."""
    for i in range(tokens.shape[0]):
        count = 0
        for token in tokens[i]:
            count += token != skip
        share = dy.dtype.type(1 / max(count, 1))
        for token in tokens[i]:
            if token != skip:
                for j in range(dy.shape[1]):
                    table[token, j] += share * dy[i, j]
