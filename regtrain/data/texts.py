"""Tables of texts: CSV, TSV and JSON Lines with a column of texts and one of labels."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from regtrain.data.files import DataError, records
from regtrain.layers.base import Array

__all__ = ["read_texts"]


def read_texts(
    path: str | os.PathLike[str],
    text: str = "text",
    target: str | None = None,
    *,
    labels: bool = True,
    targets: bool = True,
) -> tuple[list[str], Array | None, list[str]]:
    """Texts, targets and the names of the classes.

    Args:
        path: ``.csv`` or ``.tsv`` with a header, or ``.jsonl`` with an object per line.
        text: the column with the texts (default ``text``).
        target: the column to predict (default: the last that is not ``text``).
        labels: whether the target is a class (numbered in sorted order) or a number.
        targets: whether there are any; without, None comes in their place.

    Raises:
        DataError: with the line of the first thing that is wrong.
    """
    name = os.fspath(path)
    rows = _json_lines(name) if name.endswith((".jsonl", ".ndjson")) else _table(name)
    if not rows:
        raise DataError(f"{name}: holds no texts")
    columns = list(rows[0][1])
    if text not in columns:
        raise DataError(
            f"{name}: no column {text!r} with texts; there are {', '.join(columns)} (name it with "
            "data.text)"
        )
    texts = [_text(row[text], f"{name}:{line}: {text}") for line, row in rows]
    if not targets:
        return texts, None, []
    if target is None:
        others = [column for column in columns if column != text]
        if not others:
            raise DataError(
                f"{name}: has no column beside {text!r}; there has to be one to predict"
            )
        target = others[-1]
    if target not in columns:
        raise DataError(f"{name}: no column {target!r}; there are {', '.join(columns)}")
    answers = []
    for line, row in rows:
        if row[target] is None or row[target] == "":
            raise DataError(f"{name}:{line}: {target}: is empty; fill it in or remove the row")
        answers.append(row[target])
    if labels:
        names, numbers = np.unique([str(answer) for answer in answers], return_inverse=True)
        return texts, numbers.astype(np.int64), names.tolist()
    try:
        return texts, np.array(answers, np.float32), []
    except ValueError as error:
        raise DataError(f"{name}: {target}: {error}") from None


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{where}: must be a text, got {value!r}")
    return value


def _table(name: str) -> list[tuple[int, dict[str, Any]]]:
    head, rows = records(name)
    return [(line, dict(zip(head, row, strict=True))) for line, row in rows]


def _json_lines(name: str) -> list[tuple[int, dict[str, Any]]]:
    found: list[tuple[int, dict[str, Any]]] = []
    try:
        with open(name, encoding="utf-8-sig") as file:
            for line, said in enumerate(file, start=1):
                if not said.strip():
                    continue
                value = json.loads(said)
                if not isinstance(value, dict):
                    raise DataError(f"{name}:{line}: must be an object, got {said.strip()[:40]}")
                if found and (missing := set(found[0][1]) - set(value)):
                    raise DataError(f"{name}:{line}: lacks {', '.join(sorted(missing))}")
                found.append((line, value))
    except json.JSONDecodeError as error:
        raise DataError(f"{name}:{len(found) + 1}: is no JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: is no UTF-8 text ({error.reason})") from None
    return found
