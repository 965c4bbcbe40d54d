"""Other samples that take part in one: for MixUp, CutMix, Mosaic, background noise.

A mixing transform draws an index into a listing; the recipe keeps the partner's key and the
partner's own steps (what stands before the mix in the pipeline, drawn with the partner's key),
never its data. So a partner is augmented like any other sample, and can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from augkit.core.errors import ReplayError
from augkit.core.random import Key, key_from_json, key_to_json

__all__ = ["PartnerList", "Partners", "as_partners"]


@runtime_checkable
class Partners(Protocol):
    """A listing of samples in a fixed order, each loaded when it is asked for."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> Key:
        """The key of the sample at ``index``."""
        ...

    def index(self, key: Key) -> int:
        """Where ``key`` stands; ``KeyError`` if it does not."""
        ...

    def load(self, index: int) -> Any:
        """The sample at ``index``: bare or named data, as a pipeline takes it."""
        ...


class PartnerList:
    """Partners from a list in memory.

    >>> partners = PartnerList(["a", "b"])
    >>> len(partners), partners.key(1), partners.load(1)
    (2, 1, 'b')
    """

    def __init__(self, samples: Sequence[Any], keys: Sequence[Key] | None = None) -> None:
        if keys is not None and len(keys) != len(samples):
            raise ValueError(f"{len(samples)} partners but {len(keys)} keys; give one key each")
        self._samples = samples
        self._keys: Sequence[Key] = range(len(samples)) if keys is None else keys
        self._index = {key: index for index, key in enumerate(self._keys)}

    def __len__(self) -> int:
        return len(self._samples)

    def key(self, index: int) -> Key:
        return self._keys[index]

    def index(self, key: Key) -> int:
        return self._index[key]

    def load(self, index: int) -> Any:
        return self._samples[index]


def as_partners(partners: Partners | Sequence[Any] | None) -> Partners | None:
    """A list (or array) of samples as `Partners`; partners and None as they are."""
    if partners is None or isinstance(partners, PartnerList):
        return partners
    if hasattr(partners, "load") and hasattr(partners, "key"):
        return partners
    return PartnerList(partners)


@dataclass(frozen=True)
class Company:
    """What a mixing transform is given: the listing, and how a partner is drawn and made.

    Attributes:
        partners: the listing.
        own_key: the key of the sample itself, which is not its own partner if there is another.
        draw: key and raw data of a partner to its steps, as JSON.
        make: raw data and steps to the partner's finished sample.
    """

    partners: Partners
    own_key: Key
    draw: Callable[[Key, Any], list[dict[str, Any]]]
    make: Callable[[Any, list[dict[str, Any]]], Any]

    def choose(self, words: Sequence[int]) -> list[dict[str, Any]]:
        """One partner per word, never the sample itself where there is a choice."""
        count = len(self.partners)
        if count == 0:
            raise ValueError("there is no other sample to mix with: partners is empty")
        try:
            own = self.partners.index(self.own_key)
        except KeyError:
            own = -1
        skip = own >= 0 and count > 1
        chosen = []
        for word in words:
            index = word * (count - skip) >> 64
            index += skip and index >= own
            key = self.partners.key(index)
            steps = self.draw(key, self.partners.load(index))
            chosen.append({"key": key_to_json(key), "steps": steps})
        return chosen

    def sample(self, partner: dict[str, Any]) -> Any:
        """The finished sample of a partner that was chosen (or stands in a recipe)."""
        key = key_from_json(partner["key"])
        try:
            index = self.partners.index(key)
        except (KeyError, ValueError):
            raise ReplayError(
                f"the recipe mixes in {key!r}, which is not among the partners given; "
                "pass the same partners= as when it was drawn"
            ) from None
        return self.make(self.partners.load(index), partner["steps"])
