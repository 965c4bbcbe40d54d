"""Print the hash of what every image transform makes: one line per setting, dtype and channels.

    python -m tests.acceptance.hash_images

Its output has to be the same on every processor.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np

import augkit
from augkit import image
from tests.image.cases import settings_of
from tests.image.test_properties import partners, picture

BOXES = [[5, 6, 30, 40], [20.5, 3, 60, 30.25]]


def outputs(name: str, settings: dict[str, Any], dtype: str, channels: int) -> Any:
    """What one pipeline gives for three variants of an image, with its labels where it takes any."""
    shape = (48, 64, channels)
    cls = getattr(image, name)
    given: dict[str, Any] = {"image": picture(dtype, shape)}
    if name != "AugMix":
        given["mask"] = (picture("uint8", shape[:2]) // 40).astype(np.uint8)
        given |= {"boxes": BOXES, "labels": ["a", "b"]}
    if getattr(cls, "mixes", False):
        more = picture("uint8", shape[:2])
        given["partners"] = [
            {"image": each, "boxes": BOXES, "labels": ["c", "d"], "mask": more}
            for each in partners(dtype, shape)
        ]
    pipeline = augkit.Compose([cls(**settings)], seed=11)
    for variant in range(3):
        yield pipeline(**given, key="k", variant=variant)


def main() -> None:
    """Print all of them."""
    for name in image.TRANSFORMS:
        for position, settings in enumerate(settings_of(name)):
            for dtype in ("uint8", "uint16"):
                for channels in (1, 3, 4, 5):
                    digest = blake2b(digest_size=16)
                    try:
                        for made in outputs(name, settings, dtype, channels):
                            for part in ("image", "mask", "boxes"):
                                if part in made:
                                    digest.update(np.ascontiguousarray(made[part]).tobytes())
                    except (TypeError, ValueError) as error:  # as of a hue without colors
                        digest.update(str(error).encode())
                    print(name, position, dtype, channels, digest.hexdigest())


if __name__ == "__main__":
    main()
