"""What a model has to know of its data, kept with the run: so predictions need no training files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from regtrain.data.sounds import SoundFeatures
from regtrain.data.vocabulary import Vocabulary

__all__ = ["Facts"]


@dataclass(frozen=True)
class Facts:
    """What was learned of the training part before the first step.

    Attributes:
        shape: of one example as the model takes it.
        names: of the classes; none for numbers.
        outputs: how many the model has.
        columns: csv: the names of the inputs, in order.
        features: of texts or sounds: what turns one into numbers.
    """

    shape: tuple[int, ...]
    names: list[str]
    outputs: int
    columns: tuple[str, ...] = ()
    features: Vocabulary | SoundFeatures | None = None

    @property
    def tokens(self) -> int | None:
        """How many different tokens texts have."""
        return len(self.features) if isinstance(self.features, Vocabulary) else None

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back."""
        features: dict[str, Any] | None = None
        if isinstance(self.features, Vocabulary):
            features = {"words": self.features.words, "length": self.features.length}
        elif self.features is not None:
            features = asdict(self.features)
        return {
            "shape": list(self.shape), "names": self.names, "outputs": self.outputs,
            "columns": list(self.columns), "features": features,
        }  # fmt: skip

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Facts:
        """The facts in plain data."""
        said = given["features"]
        features: Vocabulary | SoundFeatures | None = None
        if said is not None:
            features = Vocabulary(**said) if "words" in said else SoundFeatures(**said)
        return cls(
            tuple(given["shape"]),
            given["names"],
            given["outputs"],
            tuple(given["columns"]),
            features,
        )
