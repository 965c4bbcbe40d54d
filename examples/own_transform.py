"""A transform of your own, in a pipeline, in a spec, and tested with the library's assertions."""

from __future__ import annotations

import numpy as np
from scanlines import Scanlines

import augkit
from augkit import image
from augkit.testing import assert_pure, assert_replayable, assert_reproducible

picture = np.full((8, 8, 3), 200, np.uint8)
pipeline = augkit.Compose([image.VerticalFlip(p=0.5), Scanlines()], seed=1)
for key in ("a", "b"):
    print(pipeline.draw(picture, key=key))

spec = pipeline.to_dict()
print(spec["pipeline"])
assert augkit.Compose.from_dict(spec) == pipeline

assert_pure(Scanlines(), picture)
assert_replayable(Scanlines(), picture)
assert_reproducible(pipeline, picture)
