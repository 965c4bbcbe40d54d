"""The camera: rays through a thin lens, and the film that turns light into a photograph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .arrays import Array, Ids, column, mix, normalize, smoothstep
from .light import look
from .trace import NOTHING, World, nearest

_TILE = 160_000  # rays at a time: enough to hide NumPy's cost per call
_PLASTIC = 1.32471795724474602596  # R2 sequence (M. Roberts 2018): even coverage of the square


@dataclass(frozen=True)
class Camera:
    """A camera. ``aperture`` is the radius of the lens; ``focus`` a point that is sharp.

    ``size`` is (height, width) of the picture in pixels, ``view`` the vertical angle in degrees.
    """

    size: tuple[int, int]
    position: tuple[float, float, float]
    target: tuple[float, float, float]
    view: float = 32.0
    aperture: float = 0.05
    focus: tuple[float, float, float] | None = None

    def axes(self) -> tuple[Array, Array, Array]:
        """Unit vectors to the right, up and forward."""
        forward = normalize(column(*self.target) - column(*self.position))
        right = normalize(np.cross(forward, column(0, 1, 0), axis=0).astype(np.float32))
        return right, np.cross(right, forward, axis=0).astype(np.float32), forward

    def rays(self, x: Array, y: Array, lens: Array | None = None) -> tuple[Array, Array]:
        """Origins and unit directions of rays through pixel-edge coordinates (x, y)."""
        height, width = self.size
        right, up, forward = self.axes()
        half = np.tan(np.radians(self.view) / 2)
        u = (2 * x - width) / height * half
        v = (height - 2 * y) / height * half
        way = forward + right * u.astype(np.float32) + up * v.astype(np.float32)
        origin = np.broadcast_to(column(*self.position), way.shape)
        if lens is None:
            return origin.astype(np.float32), normalize(way)
        sharp = column(*(self.focus or self.target)) - column(*self.position)
        depth = np.float32((sharp * forward).sum())
        radius, angle = np.sqrt(lens[0]) * self.aperture, np.float32(2 * np.pi) * lens[1]
        shift = right * (radius * np.cos(angle)) + up * (radius * np.sin(angle))
        return (origin + shift).astype(np.float32), normalize(way * depth - shift)

    def blur(self, distance: Array) -> Array:
        """Diameter in pixels of the disc that a point at this distance becomes."""
        sharp = column(*(self.focus or self.target)) - column(*self.position)
        pixels = self.size[0] / (2 * np.tan(np.radians(self.view) / 2))
        gap = np.abs(1 / np.maximum(distance, 0.1) - 1 / np.sqrt((sharp * sharp).sum()))
        diameter: Array = (2 * self.aperture * pixels * gap).astype(np.float32)
        return diameter

    def project(self, points: Array) -> tuple[Array, Array]:
        """Pixel-edge coordinates (2, n) and distances from the camera of world points."""
        height, width = self.size
        right, up, forward = self.axes()
        offset = points - column(*self.position)
        depth = (offset * forward).sum(0)
        half = np.tan(np.radians(self.view) / 2) * depth
        x = ((offset * right).sum(0) / half * height + width) / 2
        y = (height - (offset * up).sum(0) / half * height) / 2
        return np.stack([x, y]), np.sqrt((offset * offset).sum(0))


@dataclass(frozen=True)
class Develop:
    """How the film is developed: exposure (1 is neutral), balance of red and blue, and marks."""

    exposure: float = 1.0
    warmth: float = 0.0
    contrast: float = 1.0
    vignette: float = 0.30
    grain: float = 0.012
    bloom: float = 0.06


@dataclass(frozen=True)
class Exposure:
    """What fell on the film, each (height, width, ...): the parts of ``light.Seen``, averaged.

    ``matte`` is the average of albedo times diffuse light, which at an outline is not the product
    of the averages.
    """

    albedo: Array
    matte: Array
    gloss: Array
    glow: Array
    normal: Array
    distance: Array
    coverage: Array


def labels_pass(world: World, camera: Camera) -> tuple[Ids, Array]:
    """Index of the thing at each pixel's centre (pinhole camera), and its distance.

    Grass counts as a soft edge: what stands in it is cut off at half its height, as a person
    drawing the mask would do, not blade by blade.
    """
    if world.grass:
        ground = tuple(replace(plane, offset=0.5 * world.grass) for plane in world.planes)
        world = replace(world, planes=ground, grass=0.0)
    height, width = camera.size
    x, y = _centers(height, width)
    which, distance = np.empty(x.size, np.int32), np.empty(x.size, np.float32)
    for first in range(0, x.size, _TILE):
        tile = slice(first, first + _TILE)
        origin, direction = camera.rays(x[tile], y[tile])
        t, hit = nearest(world, origin, direction, steps=128)
        which[tile], distance[tile] = hit, t
    return which.reshape(height, width), distance.reshape(height, width)


def expose(world: World, camera: Camera, samples: int, seed: int) -> Exposure:
    """Average ``samples`` camera rays per pixel."""
    height, width = camera.size
    count = height * width
    x, y = (c - np.float32(0.5) for c in _centers(height, width))
    # every pixel shifts one well spread sequence by its own random offset (Cranley-Patterson)
    offsets = np.random.Generator(np.random.Philox(key=seed)).random((10, count), np.float32)
    sums = [np.zeros((c, count), np.float32) for c in (3, 3, 3, 3, 3, 1, 1)]
    steps = np.array([_PLASTIC**-1, _PLASTIC**-2] * 5)
    for sample in range(samples):
        jitter = (0.5 + (sample + 1) * steps[:2]) % 1
        advance = (sample * steps % 1).astype(np.float32)[:, None]
        for first in range(0, count, _TILE):
            tile = slice(first, first + _TILE)
            u = (offsets[:, tile] + advance) % 1
            px, py = x[tile] + np.float32(jitter[0]), y[tile] + np.float32(jitter[1])
            seen = look(world, *camera.rays(px, py, u[8:10]), u[:8])
            # a few very bright reflections would stay as specks: clip before averaging
            parts = (
                seen.albedo,
                seen.albedo * np.minimum(seen.diffuse, 8),
                np.minimum(seen.gloss, 3),
                seen.glow,
                seen.normal,
                np.minimum(seen.distance, 60)[None],
                (seen.which != NOTHING)[None].astype(np.float32),
            )
            for total, part in zip(sums, parts, strict=True):
                total[:, tile] += part
    images = [np.ascontiguousarray((s / samples).T).reshape(height, width, -1) for s in sums]
    return Exposure(*images)


def _centers(height: int, width: int) -> tuple[Array, Array]:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return (columns + 0.5).ravel(), (rows + 0.5).ravel()


def _smooth(image: Array, exposure: Exposure, levels: int, tolerance: float) -> Array:
    """Edge-avoiding a-trous wavelet filter (Dammertz et al. 2010), guided by shape."""
    kernel = (1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16)
    guide_n = exposure.normal / np.maximum(
        np.linalg.norm(exposure.normal, axis=2, keepdims=True), np.float32(1e-3)
    )
    guide_d = np.log(exposure.distance[..., 0] + 1)
    height, width = guide_d.shape
    for level in range(levels):
        step, total, weight = (
            1 << level,
            np.zeros_like(image),
            np.zeros((height, width), np.float32),
        )
        # compared after a blur: single noisy pixels must not protect themselves
        luma = _blur(image.mean(2, keepdims=True), 1.0 if level == 0 else 0.6)[..., 0]
        for j in range(5):
            for i in range(5):
                rows = np.clip(np.arange(height) + (j - 2) * step, 0, height - 1)
                columns = np.clip(np.arange(width) + (i - 2) * step, 0, width - 1)
                pick = np.ix_(rows, columns)
                other = image[pick]
                turn = 1 - np.clip((guide_n[pick] * guide_n).sum(2), 0, 1)
                steepness = 40 / (1 + (abs(i - 2) + abs(j - 2)) * step * 0.1)
                gap = np.abs(guide_d[pick] - guide_d) * np.float32(steepness)
                change = np.abs(luma[pick] - luma) / np.float32(tolerance / (1 + level))
                if i == j == 2:  # the pixel itself always counts, whatever it straddles
                    turn = np.zeros_like(turn)
                w = np.exp(-gap - change - 16 * turn) * np.float32(kernel[i] * kernel[j])
                total += other * w[..., None]
                weight += w
        image = total / weight[..., None]
    return image


def _blur(image: Array, sigma: float) -> Array:
    """Gaussian blur by a product of spectra, mirrored at the edges."""
    height, width = image.shape[:2]
    pad = int(3 * sigma) + 1
    wide = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), mode="reflect")
    fy = np.fft.fftfreq(wide.shape[0])[:, None]
    fx = np.fft.rfftfreq(wide.shape[1])[None]
    response = np.exp(-2 * (np.pi * sigma) ** 2 * (fy * fy + fx * fx))[..., None]
    spectrum = np.fft.rfft2(wide, axes=(0, 1)) * response
    out = np.fft.irfft2(spectrum, s=wide.shape[:2], axes=(0, 1))
    return out[pad : pad + height, pad : pad + width].astype(np.float32)


def cut_out(exposure: Exposure, camera: Camera, settings: Develop, seed: int) -> NDArray[np.uint8]:
    """An 8-bit sRGB picture with straight alpha, (height, width, 4), of a world without planes."""
    # a sample that met nothing added zero: divide it out, so that edges keep the thing's colour
    share = np.maximum(exposure.coverage, np.float32(1e-3))
    whole = replace(
        exposure,
        albedo=exposure.albedo / share,
        matte=exposure.matte / share,
        gloss=exposure.gloss / share,
        glow=np.zeros_like(exposure.glow),
    )
    picture = develop(whole, camera, replace(settings, vignette=0.0, bloom=0.0), seed)
    alpha = np.round(exposure.coverage * 255).astype(np.uint8)
    return np.concatenate([picture * (alpha > 0), alpha], axis=2)


def develop(exposure: Exposure, camera: Camera, settings: Develop, seed: int) -> NDArray[np.uint8]:
    """An 8-bit sRGB picture, (height, width, 3)."""
    # texture is divided out, so that only the light is smoothed
    albedo = np.maximum(exposure.albedo, np.float32(0.004))
    diffuse = _smooth(exposure.matte / albedo, exposure, levels=4, tolerance=0.35)
    gloss = _smooth(exposure.gloss, exposure, levels=1, tolerance=0.15)
    light: Array = albedo * diffuse + gloss + exposure.glow
    # what is far out of focus is an average of few rays, texture and all: smooth that too
    unsharp = smoothstep(1.5, 4.0, camera.blur(exposure.distance))
    if unsharp.any():
        light = mix(light, _smooth(light, exposure, levels=2, tolerance=1.0), unsharp)
    height, width = light.shape[:2]
    light = light * np.float32(settings.exposure)
    light = light + settings.bloom * _blur(np.maximum(light - 0.9, 0), max(height, width) / 60)
    light = light * np.array([1 + settings.warmth, 1, 1 - settings.warmth], np.float32)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = light * (1 - settings.vignette * (x * x + y * y) / 2 * 0.9)[..., None].astype(
        np.float32
    )
    # filmic curve (K. Narkowicz's fit of ACES)
    light = np.maximum(light, 0) * np.float32(0.85)
    toned = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    toned = np.clip(toned, 0, 1)
    srgb = np.where(toned <= 0.0031308, 12.92 * toned, 1.055 * toned ** (1 / 2.4) - 0.055)
    srgb = 0.5 + (srgb - 0.5) * settings.contrast
    random = np.random.Generator(np.random.Philox(key=seed + 1))
    shared = random.standard_normal((height, width, 1), np.float32)
    own = random.standard_normal((height, width, 3), np.float32)
    grain = _blur(0.8 * shared + 0.5 * own, 0.6) * 1.9
    srgb = srgb + settings.grain * grain * (0.5 + 2 * srgb * (1 - srgb))
    result: NDArray[np.uint8] = np.clip(np.round(srgb * 255), 0, 255).astype(np.uint8)
    return result
