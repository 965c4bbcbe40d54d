"""One image with its labels: augment, keep the recipe, make the very same again."""

from __future__ import annotations

from typing import Any

import numpy as np

import augkit
from augkit import image

generator = np.random.default_rng(0)
picture = generator.integers(0, 256, (240, 320, 3), dtype=np.uint8)
mask = np.zeros((240, 320), np.uint8)
mask[60:120, 80:200] = 1

pipeline = augkit.Compose(
    [
        image.HorizontalFlip(p=0.5),
        image.Rotate(degrees=(-20, 20)),
        image.ColorJitter(brightness=(0.8, 1.2), saturation=(0.8, 1.2)),
    ],
    seed=7,
    min_visibility=0.2,
)
given: dict[str, Any] = {
    "image": picture,
    "mask": mask,
    "boxes": [[80, 60, 200, 120]],
    "labels": ["cat"],
}
made, recipe = pipeline.run(given, key="cats/1.jpg", variant=3)

print(recipe)
print(pipeline.explain(recipe))
print("the box is now", [round(edge, 1) for edge in made["boxes"][0]], made["labels"])

again = pipeline.apply(recipe=augkit.Recipe.from_json(recipe.to_json()), **given)
assert (again["image"] == made["image"]).all()
assert (again["mask"] == made["mask"]).all()
assert again["boxes"] == made["boxes"]
