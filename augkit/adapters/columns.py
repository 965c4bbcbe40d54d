"""Texts or images in columns: a function for ``datasets.Dataset.map``, or for any dict of lists.

Hugging Face's library itself is not imported: a batch is a mapping from names to lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from augkit.adapters.given import checked_pipeline
from augkit.core.compose import Compose
from augkit.core.random import Key

__all__ = ["AugmentedColumns"]


class AugmentedColumns:
    """Augments a batch of columns; every row becomes exactly as many rows as there are variants.

    Args:
        pipeline: of texts or images.
        columns: from the names that a pipeline knows to columns, as ``{"text": "sentence"}``
            (the default is ``{"text": "text"}``, or ``{"image": "image"}``),
            ``{"tokens": "tokens", "tags": "ner_tags"}`` or ``{"image": "img", "mask": "mask"}``.
            Tags that are numbers need ``Compose(tag_names=[...])``.
        variants: how many of each row, at least 0.
        originals: whether the row itself stands before its variants, with None for its variant.
        key: the column whose value is the key of a row; default: its index.

    A row depends on the seed, its key and the variant alone: ``batch_size``, ``num_proc`` and the
    order of rows change nothing. Two columns are added, ``source_index`` and ``variant``.

    ``dataset.map(augmented, batched=True, with_indices=True)`` does it for a whole data set. With
    ``dataset.set_transform(augmented)`` it is done when rows are read; then give ``key``, since the
    rows of such a batch have no index. In a training loop `augkit.adapters.torch.AugmentedDataset`
    takes a data set as it is, and makes other variants in each epoch.

    >>> from augkit import Compose, text
    >>> augmented = AugmentedColumns(Compose([text.RandomDeletion(n=1)], seed=7), originals=True)
    >>> made = augmented({"text": ["a fine film"], "label": [1]}, [40])
    >>> made["text"][0], len(made["text"][1].split()), made["label"]
    ('a fine film', 2, [1, 1])
    >>> made["source_index"], made["variant"]
    ([40, 40], [None, 0])
    """

    def __init__(
        self,
        pipeline: Compose,
        columns: Mapping[str, str] | None = None,
        *,
        variants: int = 1,
        originals: bool = False,
        key: str | None = None,
    ) -> None:
        if isinstance(variants, bool) or not isinstance(variants, int) or variants < 0:
            raise ValueError(f"variants must be a whole number of at least 0, got {variants!r}")
        bare = checked_pipeline(pipeline).modality_name
        if bare not in ("text", "image"):
            raise ValueError(f"pipeline must be one of texts or images, not of {bare}")
        _ = pipeline.seed  # settled now, so that copies of this in other processes agree
        self.pipeline = pipeline
        self.columns = dict(columns or {bare: bare})
        self.variants = variants
        self.originals = originals
        self.key = key

    def __reduce__(self) -> tuple[Any, ...]:
        """As the spec: ``datasets`` hashes what it pickles, and finds results that it has made."""
        try:
            made: Any = self.pipeline.to_dict()
        except ValueError:  # a transform that has no name elsewhere
            made = self.pipeline
        settings = {"variants": self.variants, "originals": self.originals, "key": self.key}
        return _again, (made, self.columns, settings)

    def __call__(
        self, batch: Mapping[str, Sequence[Any]], indices: Sequence[int] | None = None
    ) -> dict[str, list[Any]]:
        """The batch, augmented.

        Args:
            batch: columns of equal length.
            indices: of its rows in the whole data set; default: counted from 0.

        Raises:
            KeyError: a column is missing.
            ValueError: there is a column with the name of one that is added.
        """
        for name in (*self.columns.values(), *([] if self.key is None else [self.key])):
            if name not in batch:
                kind = self.pipeline.modality_name
                hint = f"; say which, as columns={{{kind!r}: ...}}" if name == kind else ""
                raise KeyError(f"no column {name!r}; there are {', '.join(batch)}{hint}")
        for name in ("source_index", "variant"):
            if name in batch:
                raise ValueError(f"there is a column {name!r} already; rename or remove it")
        count = len(next(iter(batch.values())))
        numbers = list(range(count)) if indices is None else list(indices)
        keys: list[Key] = list(numbers if self.key is None else batch[self.key])
        rows = self._samples(batch, count)
        made = [self.pipeline.batch(rows, keys=keys, variant=k) for k in range(self.variants)]
        order = [
            (row, variant)
            for row in range(count)
            for variant in (*([None] if self.originals else []), *range(self.variants))
        ]
        out = {name: [values[row] for row, _ in order] for name, values in batch.items()}
        for name, column in self.columns.items():
            out[column] = [
                batch[column][row] if variant is None else self._part(made[variant][row], name)
                for row, variant in order
            ]
        out["source_index"] = [numbers[row] for row, _ in order]
        out["variant"] = [variant for _, variant in order]
        return out

    def _samples(self, batch: Mapping[str, Sequence[Any]], count: int) -> list[Any]:
        if len(self.columns) == 1 and self._is_bare:  # bare texts go the quick way
            return list(batch[self.columns[self.pipeline.modality_name]])
        return [
            {name: batch[column][row] for name, column in self.columns.items()}
            for row in range(count)
        ]

    @property
    def _is_bare(self) -> bool:
        return self.pipeline.modality_name in self.columns

    def _part(self, made: Any, name: str) -> Any:
        return made[name] if isinstance(made, Mapping) else made


def _again(
    made: Compose | Mapping[str, Any], columns: Mapping[str, str], settings: Mapping[str, Any]
) -> AugmentedColumns:
    pipeline = made if isinstance(made, Compose) else Compose.from_dict(made)
    return AugmentedColumns(pipeline, columns, **settings)
