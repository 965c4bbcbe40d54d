"""The image side of the protocol between the core and a modality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.errors import ReplayError
from augkit.core.settings import WithSettings
from augkit.core.transform import Step, Transform
from augkit.image import targets
from augkit.image.sample import ImageSample, Settings, Shadow, dtype_name

if TYPE_CHECKING:
    from augkit.core.modality import Direct
    from augkit.core.partners import Company
    from augkit.core.recipe import Recipe

__all__ = ["MODALITY", "ImageModality"]

_SMALL = 64 * 64 * 3  # values of an image whose passes are short beside the Python around them
_TOGETHER = 64  # of these at once; they stay in the cache


@cache
def _plan() -> ModuleType:
    """The planner, which brings the kernels: imported with the first image."""
    from augkit.image import plan

    return plan


@lru_cache(maxsize=256)
def _plain_shadow(shape: tuple[int, ...], dtype: str, alpha: bool) -> Shadow:
    """The shadow of an image without labels; shadows are never changed, so one does for all."""
    height, width, *channels = shape
    return Shadow(height, width, channels[0] if channels else 1, dtype, alpha)


class ImageModality(WithSettings[Settings]):
    """See `augkit.core.modality.Modality`."""

    name = "image"
    kinds = targets.KINDS
    beside: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__(Settings)

    def wrap(
        self, data: Any, named: Mapping[str, Any], settings: Settings, declared: Mapping[str, str]
    ) -> ImageSample:
        if named:
            return targets.read(named, settings, declared)
        return targets.bare(data, settings)

    def direct(self, transforms: Iterable[Transform]) -> Direct | None:
        """See `augkit.core.modality.Direct`: what is done to pixels is all there is to do."""
        return self._pixels if all(map(_plan().takes_pixels, transforms)) else None

    def _pixels(
        self, data: Any, named: Mapping[str, Any], steps: Sequence[Step], settings: Settings
    ) -> Any:
        if type(data) is not np.ndarray or len(steps) > 1 or named or settings.channels is not None:
            return None
        return targets.owned(_plan().only_pixels(targets.check_pixels(data), steps), data)

    def unwrap(self, sample: ImageSample, settings: Settings) -> Any:
        return targets.written(sample, settings)

    def shadow(self, sample: ImageSample) -> Shadow:
        image = sample.image
        dtype, alpha = dtype_name(image), sample.alpha
        if not (sample.form.named or sample.tensor):
            return _plain_shadow(image.shape, dtype, alpha)
        shape = image.shape
        return Shadow(
            *sample.size,
            1 if image.ndim == 2 else shape[0 if sample.tensor else 2],
            dtype,
            alpha,
            sample.annotations,
            bool(sample.annotations is not None or sample.masks or sample.maps),
        )

    def describe(self, sample: ImageSample) -> dict[str, Any]:
        height, width = sample.size
        return {
            "height": height,
            "width": width,
            "channels": sample.color_channels + sample.alpha,
            "dtype": dtype_name(sample.image),
        }

    def check_replay(self, sample: ImageSample, described: Mapping[str, Any]) -> None:
        """Sizes adapt; the dtype has to be the same, since fills and noise are in its units."""
        dtype = described.get("dtype")
        if dtype is not None and dtype != sample.image.dtype.name:
            raise ReplayError(
                f"the recipe was drawn for {dtype} images, this one is {sample.image.dtype.name}"
            )

    def execute(
        self,
        sample: ImageSample,
        steps: Sequence[Step],
        *,
        fuse: bool,
        company: Company | None = None,
    ) -> ImageSample:
        done: ImageSample = _plan().execute(sample, steps, fuse=fuse, company=company)
        return done

    def execute_many(
        self, samples: Sequence[ImageSample], steps: Sequence[Sequence[Step]], *, fuse: bool
    ) -> list[ImageSample]:
        """`execute` for several samples; small ones go together, large ones would leave the cache."""
        if not samples or max(sample.image.size for sample in samples) > _SMALL:
            return [
                self.execute(sample, each, fuse=fuse)
                for sample, each in zip(samples, steps, strict=True)
            ]
        done: list[ImageSample] = []
        for start in range(0, len(samples), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            done += _plan().execute_many(samples[part], steps[part], fuse=fuse)
        return done

    def finish(self, sample: ImageSample, settings: Settings) -> ImageSample:
        return targets.finished(sample, settings)

    def explain(self, recipe: Recipe) -> str:
        size = (recipe.input["height"], recipe.input["width"])
        lines: str = _plan().explain(recipe.steps, size, fuse=recipe.fuse)
        return lines

    def cost(self, sample: ImageSample) -> int:
        return sample.image.size


MODALITY = ImageModality()
